#pragma once

#include <string>
#include <vector>

#include "app/run/inputs.hpp"
#include "app/run/options.hpp"
#include "base/resample.hpp"
#include "rollingdepth/clip.hpp"

namespace rollingdepth {

/// Which outputs of an input can be written.
struct CheckedOutputs {
  RunOptions options;                 ///< Those asked for, without what is left out.
  std::vector<std::string> warnings;  ///< Why something is left out, one line each.
};

/// Tries every output of `input` as far as that goes without writing: encoders are opened with the
/// clip's size and rate, names are measured, what is in the way is looked for. An output that
/// nobody named and that cannot be written is left out.
/// @param clip  what is to be written, as the source tells.
/// @param depth size of the depth maps.
/// @throws Error(kOutput) for an output that was asked for by name, and where nothing is left.
CheckedOutputs check_outputs(const PlannedInput& input, const ClipInfo& clip, FrameSize depth,
                             const RunOptions& options);

/// Makes sure that the output folder and the spool's folder can be written to.
/// @param prove by making a file there; without it nothing is written. @throws Error(kOutput).
void check_folders(const RunOptions& options, bool prove);

}  // namespace rollingdepth
