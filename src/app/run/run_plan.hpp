#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/run/outputs.hpp"
#include "rollingdepth/clip.hpp"
#include "rollingdepth/method.hpp"

namespace rollingdepth {

/// Who would compute a clip.
struct PlannedWorkers {
  std::vector<Worker> workers;
  std::string warning;  ///< memory_warning().
};

/// What a run of one clip would do, as far as the container tells.
struct RunPlan {
  FrameSize processing_size;
  /// Unset where the container does not say how many frames.
  std::optional<DepthMethod::Plan> clip;
  std::string unit;  ///< DepthMethod::unit().
  std::optional<std::int64_t> frames;
  bool frames_exact = true;        ///< Else what is counted in frames is an estimate.
  std::uint64_t memory_bytes = 0;  ///< An estimate of the peak.
  /// The same of a GPU with memory of its own.
  std::optional<std::uint64_t> gpu_memory_bytes;
  PlannedWorkers workers;
  std::int64_t spool_bytes = 0;  ///< Of disk.
  std::string shots = {};        ///< Where they are from; empty: there is one.
  std::string sound = {};        ///< sound_text().
  std::int64_t cloud_bytes = 0;  ///< Of disk, at most, where point clouds are written.
  Forecast forecast;             ///< Zeros where the number of frames is not known.
};

/// Networks that are not loaded.
struct PlannedNetworks {
  std::uint64_t file_bytes;          ///< Of the package's files.
  std::vector<c10::Device> devices;  ///< On which they are to run.
  c10::ScalarType dtype;
  int threads = 1;  ///< As set_threads() set them.
};

/// Who would compute a clip of that size now. @param frames unset: unknown.
PlannedWorkers plan_workers(FrameSize input, std::optional<std::int64_t> frames,
                            const RunOptions& run, const DepthMethod& method,
                            const PlannedNetworks& networks);

/// What these options come to for a clip; asks a GPU for its free memory, reads and writes nothing.
/// @param spool_memory_bytes of the spool without a job, before it goes to disk.
RunPlan plan_run(const ClipInfo& clip, const RunOptions& run, const DepthMethod& method,
                 const PlannedNetworks& networks, std::int64_t spool_memory_bytes);

/// "city.mp4 · 720×405, 60 frames at 25 fps → 384×216"; "about 60" where the container does not
/// count them.
std::string clip_line(const std::string& name, const ClipInfo& clip, const ClipOptions& options,
                      FrameSize processing);

/// The lines of `--dry-run` for one input.
std::string plan_text(const std::string& name, const ClipInfo& clip, const RunPlan& plan,
                      const OutputFiles& files);

}  // namespace rollingdepth
