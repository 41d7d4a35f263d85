#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "align/co_align.hpp"
#include "base/clip.hpp"
#include "base/progress.hpp"
#include "base/resample.hpp"
#include "merge/clip_depth.hpp"
#include "merge/merge_clip.hpp"
#include "method/rolling_depth/clip_plan.hpp"
#include "method/rolling_depth/model.hpp"
#include "method/rolling_depth/refine.hpp"
#include "nn/batch_sizes.hpp"
#include "store/map_codec.hpp"
#include "store/spool.hpp"

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
  /// Frames of an encoder or decoder call and snippets of a UNet call; 0: choose_batch_sizes.
  BatchSizes batch{.vae_frames = 0, .snippets = 0};
  std::int64_t seed = 42;
  CoAlignOptions align;
  MergeMethod merge = MergeMethod::kWeighted;
  RefineOptions refine;
  /// Frames that are aligned at a time; 0: the whole clip. Chunks are joined to one scale.
  std::int64_t chunk_frames = 0;
  std::int64_t chunk_overlap = 0;  ///< Frames that two chunks share, 1..chunk_frames / 2.
  SpoolPlace spool;
  SpoolDtype spool_dtype = SpoolDtype::kUint16;  ///< Of the maps between prediction and merge.
  bool keep_maps = false;  ///< Not given back once merged, for a SnippetArchive.
  /// Of the files that are written to the spool's own disk; only looked at beforehand.
  double output_bytes_per_pixel = 0;
  /// Told of every stage that ends, for the record of a job; may be empty.
  std::function<void(const std::string& stage)> on_finished;
  /// The stages that earlier runs of the job have told of: what they leave is not looked for record
  /// by record.
  std::vector<std::string> finished;
  /// Told, when the clip is read, what FrameSource::warnings() says of it; not where an earlier run
  /// of the job has read it. May be empty.
  std::function<void(const std::vector<std::string>& remarks)> on_read;
  void validate() const;  ///< Throws Error(kUsage) naming the field and value.
};

/// Frames that chunks share where nothing else is asked for.
std::int64_t default_chunk_overlap(std::int64_t chunk_frames);

/// Where `--save-snippets` goes; called once, before the merge.
class SnippetArchive {
 public:
  virtual ~SnippetArchive() = default;
  virtual void write(const std::vector<SpooledSnippets>& snippets) = 0;
  virtual void finish() = 0;
};

/// One chunk of a run; a clip in one piece is one.
struct ChunkSummary {
  std::int64_t first_frame = 0;
  std::int64_t frames = 0;
  ChunkAffine joined_from_chunk;
  CoAlignSummary align;
};

/// What a run did, for the report and the last lines on the terminal.
struct PipelineSummary {
  std::int64_t frames = 0;
  Rational frame_rate;  ///< As the times of all frames tell; the average where it varies.
  bool variable_frame_rate = false;
  FrameSize input_size;
  FrameSize processing_size;
  FrameSize output_size;
  BatchSizes batch;
  std::vector<std::int64_t> dilations;  ///< In effect, in the order asked for, repeats kept; of
                                        ///< the first chunk.
  std::int64_t snippet_length = 0;
  std::int64_t snippets = 0;
  std::vector<ChunkSummary> chunks;
  std::int64_t spool_bytes = 0;  ///< The largest part of the disk that the spool took.
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
