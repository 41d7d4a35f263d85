#pragma once

namespace rollingdepth {

/// Makes Ctrl-C, SIGTERM and SIGHUP set a flag; a second one ends the process at once with 130.
/// Writing to a closed pipe or past a file-size limit becomes an ordinary write error.
void install_signal_handlers();

/// Whether the user has asked to stop.
bool interrupt_requested();

}  // namespace rollingdepth
