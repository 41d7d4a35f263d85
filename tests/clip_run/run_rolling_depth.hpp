#pragma once

#include <gtest/gtest.h>

#include <vector>

#include "method/rolling_depth/rolling_depth.hpp"
#include "rollingdepth/run.hpp"

namespace rollingdepth::testing {

/// Where a run keeps what it computes, in memory as far as that goes.
inline SpoolPlace temporary_spool() {
  SpoolPlace place;
  place.folder = ::testing::TempDir();
  return place;
}

/// A run of RollingDepth with networks that are there already.
inline ClipRunSummary run_rolling_depth(FrameSource& source, DepthModel& model,
                                        const std::vector<DepthSink*>& sinks,
                                        const RollingDepthOptions& options, Progress& progress,
                                        const ClipRunOptions& run) {
  RollingDepth method(model, options);
  return run_clip(source, method, sinks, nullptr, run, progress);
}

/// The same at a place of its own.
inline ClipRunSummary run_rolling_depth(FrameSource& source, DepthModel& model,
                                        const std::vector<DepthSink*>& sinks,
                                        const RollingDepthOptions& options, Progress& progress,
                                        const SpoolPlace& spool = temporary_spool()) {
  ClipRunOptions run;
  run.spool = spool;
  return run_rolling_depth(source, model, sinks, options, progress, run);
}

}  // namespace rollingdepth::testing
