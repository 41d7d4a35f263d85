#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "rollingdepth/align/co_align.hpp"
#include "rollingdepth/align/merge_clip.hpp"
#include "rollingdepth/base/clip.hpp"
#include "rollingdepth/base/progress.hpp"
#include "rollingdepth/clip_plan.hpp"
#include "rollingdepth/infer/frame_preparation.hpp"
#include "rollingdepth/infer/model.hpp"
#include "rollingdepth/refine/refine.hpp"
#include "rollingdepth/store/float_store.hpp"

namespace rollingdepth {

struct PipelineOptions {
  std::int64_t start_frame = 0;  ///< First frame used, >= 0.
  std::int64_t frame_count = 0;  ///< Frames used; 0 takes all that follow.
  std::int64_t res_px = 768;     ///< Longest processing edge; 0 keeps the input's.
  bool restore_res = false;      ///< Output at the input's size instead of the processing size.
  ResampleMethod resample = ResampleMethod::kBilinear;
  std::vector<std::int64_t> dilations = {1, 25};  ///< Must hold 1.
  bool cap_dilation = true;
  std::int64_t snippet_length = 3;  ///< 1..4.
  std::int64_t max_vae_frames = 4;  ///< >= 1.
  std::int64_t max_snippets = 1;    ///< >= 1.
  bool unload_snippet = false;      ///< Keep latents in main memory, not on the device.
  std::int64_t seed = 42;
  CoAlignOptions align;
  MergeMethod merge = MergeMethod::kWeighted;
  RefineOptions refine;
  SpoolPlace spool;
  void validate() const;  ///< Throws Error(kUsage) naming the field and value.
};

/// Where `--save-snippets` goes; called once, before the merge.
class SnippetArchive {
 public:
  virtual ~SnippetArchive() = default;
  virtual void write(const std::vector<SpooledSnippets>& snippets) = 0;
  virtual void finish() = 0;
};

/// What a run did, for the report and the last lines on the terminal.
struct PipelineSummary {
  std::int64_t frames = 0;
  FrameSize input_size;
  FrameSize processing_size;
  FrameSize output_size;
  std::vector<std::int64_t> dilations;  ///< In effect, in the order asked for, repeats kept.
  std::int64_t snippet_length = 0;
  std::int64_t snippets = 0;
  CoAlignSummary align;
  std::vector<std::pair<std::string, double>> stage_seconds;  ///< In order.
};

/// Turns a clip into depth: encode, snippets, align, merge, refine, write.
/// @param sinks   borrowed; each gets every frame, front to back. finish() is the caller's.
/// @param archive may be null.
/// @throws Error, nested with what was attempted; Cancelled.
PipelineSummary run_pipeline(FrameSource& source, DepthModel& model,
                             const std::vector<DepthSink*>& sinks, SnippetArchive* archive,
                             const PipelineOptions& options, Progress& progress);

}  // namespace rollingdepth
