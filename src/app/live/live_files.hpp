#pragma once

#include "app/live/live_command.hpp"

namespace rollingdepth {

/// Makes sure, without writing, that the files of a live run can be made, that each is written by
/// one target alone, and that none is lost that is not to be replaced.
/// @throws Error(kUsage) where two are the same, or one is the source; Error(kOutput).
void require_free_files(const LiveCommand& command);

/// @throws Error(kUsage) where pictures would go to a terminal.
void require_no_terminal(const LiveCommand& command);

}  // namespace rollingdepth
