#pragma once

#include <filesystem>

#include "app/run/inputs.hpp"

namespace rollingdepth {

/// Drops inputs that read the same files as one before them, under whatever name, and notes it.
void drop_repeated_inputs(InputPlan& plan);

/// Gives inputs whose outputs would have the same names, such as those of `a.mov` and `a.mp4`,
/// their extension in the stem, and notes it. One that is alone keeps the extension where its
/// outputs or its job in `output_dir` have it already. Inputs that differ in nothing else stay as
/// they are.
void give_distinct_stems(InputPlan& plan, const std::filesystem::path& output_dir);

}  // namespace rollingdepth
