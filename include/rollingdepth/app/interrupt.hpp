#pragma once

namespace rollingdepth {

/// Makes Ctrl-C, SIGTERM and SIGHUP ask for a stop: interrupt_requested() turns true and the run
/// unwinds at its next check. A network can run for minutes between two checks, so a run that has
/// not ended after a second and a half, or a second signal, removes the partial files and ends the
/// process with 130. Writing to a closed pipe or past a file-size limit becomes an ordinary write
/// error.
/// REQUIRES: called once, before any other thread starts: threads inherit the blocked signals.
void install_signal_handlers();

/// Whether the user has asked to stop.
bool interrupt_requested();

}  // namespace rollingdepth
