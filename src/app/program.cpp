#include <rollingdepth_commit.hpp>  // Written by cmake/Commit.cmake.

#include "app/application.hpp"

/// What main() calls: all that the library of the program shows.
/// @return the exit code.
extern "C" __attribute__((visibility("default"))) int rollingdepth_run_application(int argc,
                                                                                   char** argv) {
  return rollingdepth::run_application(argc, argv, ROLLINGDEPTH_COMMIT);
}
