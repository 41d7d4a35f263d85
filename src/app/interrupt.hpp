#pragma once

#include <functional>
#include <string>

namespace rollingdepth {

/// Makes Ctrl-C and the signals of schedulers (SIGTERM, SIGUSR1, SIGHUP) ask for a stop:
/// interrupt_requested() turns true and the run unwinds at its next check. A network can run for
/// minutes between two checks, so a run that has not ended after a second and a half, or at another
/// signal a second or more after the first, removes the partial files and ends the process with
/// interrupt_exit_code(). Writing to a closed pipe or past a file-size limit becomes an ordinary
/// write error.
/// @param last_words says why, where the process is ended so; called on a thread of its own.
/// REQUIRES: called once, before any other thread starts: threads inherit the blocked signals.
void install_signal_handlers(std::function<void(const std::string&)> last_words);

/// From now on a signal waits for as long as it takes to finish what is in hand; another one, a
/// second or more later, does not.
void finish_what_is_in_hand();

/// Whether a signal has asked to stop.
bool interrupt_requested();

/// How the first such signal is told: "interrupted" for Ctrl-C, "stopped by SIGTERM".
std::string interrupt_text();
/// 130 for Ctrl-C, with which a person gives up; 75 for the others: the same command goes on.
int interrupt_exit_code();

}  // namespace rollingdepth
