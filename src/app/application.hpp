#pragma once

#include <string>

namespace rollingdepth {

/// The whole program: reads the command line, runs every input, prints, and never throws.
/// @param commit that it was built from, for --version and the log; empty where nobody knows.
/// @return the exit code: 0 done, 1 failed, 2 wrong usage, 3 some inputs of several failed,
///         4 a bound of compare or bench is broken, 75 unfinished, 130 interrupted.
int run_application(int argc, char** argv, const std::string& commit);

}  // namespace rollingdepth
