#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rollingdepth/clip.hpp"
#include "rollingdepth/method.hpp"
#include "rollingdepth/progress.hpp"
#include "rollingdepth/spool_place.hpp"

namespace rollingdepth {

/// The method whose networks a model package holds, loaded.
/// @param package  a folder with model.json.
/// @param settings by the names that DepthMethod::settings() gives them; those that are left out
///                 have the values of the preset "fast" and of model.json.
/// @param device   auto, cpu, cuda, cuda:N or mps. @param dtype auto, fp32, fp16 or bf16.
/// @throws Error(kUsage) naming a setting that the method does not have or take; Error(kModel),
///         Error(kDevice).
std::unique_ptr<DepthMethod> load_method(const std::filesystem::path& package,
                                         const Settings& settings = Settings::object(),
                                         std::string_view device = "auto",
                                         std::string_view dtype = "auto");

/// Where a run keeps what it computes, and whom it tells.
struct ClipRunOptions {
  SpoolPlace spool;
  /// As the method chose, or as a job began with; 0: chosen now.
  BatchSizes batch{.vae_frames = 0, .snippets = 0};
  /// Who computes, on devices that the method was loaded onto; empty: one, on the first of them,
  /// with all threads.
  std::vector<Worker> workers = {};
  /// First frames of the shots after the first, of the frames that are used, in order; empty: one
  /// shot. Each shot gets the depth that it has as a clip of its own.
  std::vector<std::int64_t> cuts = {};
  /// With cuts: map the depth of all shots to [-1, 1] at once, not that of each shot. Only of
  /// affine-invariant depth that is not refined.
  bool one_range = false;
  /// Put the camera of each frame into the summary, where the method has cameras.
  bool cameras = false;
  /// Whether an earlier run of the job has left more than what it knows of the clip; unset: where
  /// the spool holds anything.
  std::optional<bool> goes_on = std::nullopt;
  /// Of the files that are written to the spool's own disk; only looked at beforehand.
  double output_bytes_per_pixel = 0;
  /// The stages that earlier runs of the job have told of: what they leave is not looked for record
  /// by record.
  std::vector<std::string> finished = {};
  /// Gets every frame as it is merged, [H, W] float32 at the processing size, in a scale that is
  /// the clip's where it is in one piece; before it is mapped to [-1, 1] or refined, for a preview.
  /// May be empty.
  MergedFrame on_merged = {};
  /// Told of every stage that ends, for the record of a job; may be empty.
  std::function<void(const std::string& stage)> on_finished = {};
  /// Told, when the clip is read, what FrameSource::warnings() says of it: of a part of it where an
  /// earlier run of the job has read it, and not where nothing is read again. May be empty.
  std::function<void(const std::vector<std::string>& remarks)> on_read = {};
  /// Told how many frames are used, once that is known: others can help with the rest from then on.
  /// May be empty.
  std::function<void(std::int64_t frames)> on_counted = {};
};

/// What a run did, for the report and the last lines on the terminal.
struct ClipRunSummary {
  std::int64_t frames = 0;
  Rational frame_rate;  ///< As the times of all frames tell; the average where it varies.
  bool variable_frame_rate = false;
  FrameSize input_size;
  FrameSize processing_size;
  FrameSize output_size;
  BatchSizes batch;
  /// What a worker has done.
  struct Share {
    Worker worker;
    std::int64_t batches = 0;  ///< Calls of networks on some frames or snippets.
    double seconds = 0;        ///< In them.
  };
  std::vector<Share> shares;
  Settings method;                        ///< MethodRun::summary().
  std::vector<FrameCamera> cameras = {};  ///< Of each frame, where they were asked for.
  std::int64_t spool_bytes = 0;           ///< The largest part of the disk that the spool took.
  std::vector<std::pair<std::string, double>> stage_seconds;  ///< In order.
};

/// Turns a clip into depth: read, the method's phases, range, resize, write.
/// @param method  loaded.
/// @param sinks   borrowed; each gets every frame, front to back. finish() is the caller's.
/// @param archive may be null.
/// @throws Error, nested with what was attempted; Cancelled.
ClipRunSummary run_clip(FrameSource& source, DepthMethod& method,
                        const std::vector<DepthSink*>& sinks, SnippetArchive* archive,
                        const ClipRunOptions& options, Progress& progress);

}  // namespace rollingdepth
