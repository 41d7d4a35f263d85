#pragma once

#include <string>
#include <vector>

#include "jobs/job_plan.hpp"

namespace rollingdepth {

/// "12 of 58 snippets are missing in samples-1: 3 to 8, 20 to 25", of many ranges the first ones; a
/// line for each store that misses some, and one for those beyond the first ten.
std::vector<std::string> missing_texts(const std::vector<UnitsDone>& units);

}  // namespace rollingdepth
