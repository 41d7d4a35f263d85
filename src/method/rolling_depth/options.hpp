#pragma once

#include <cstdint>
#include <vector>

#include "align/co_align.hpp"
#include "merge/merge_frame.hpp"
#include "method/rolling_depth/model.hpp"
#include "method/rolling_depth/refine.hpp"
#include "nn/batch_sizes.hpp"
#include "rollingdepth/method.hpp"
#include "store/map_codec.hpp"

namespace rollingdepth {

inline constexpr std::int64_t kMaxSnippetLength = 4;

/// What RollingDepth does with a clip.
struct RollingDepthOptions {
  ClipOptions clip;
  std::vector<std::int64_t> dilations = {1, 25};  ///< Must hold 1.
  bool cap_dilation = true;
  std::int64_t snippet_length = 3;  ///< 1..kMaxSnippetLength.
  /// Frames of an encoder or decoder call and snippets of a UNet call; 0: choose_batch_sizes.
  BatchSizes batch{.vae_frames = 0, .snippets = 0};
  std::int64_t seed = 42;  ///< >= 0.
  CoAlignOptions align;
  MergeMethod merge = MergeMethod::kWeighted;
  RefineOptions refine;
  /// Frames that are aligned at a time; 0: the whole clip. Chunks are joined to one scale.
  std::int64_t chunk_frames = 0;
  std::int64_t chunk_overlap = 0;  ///< Frames that two chunks share, 1..chunk_frames / 2.
  SpoolDtype spool_dtype = SpoolDtype::kUint16;  ///< Of the maps between prediction and merge.
  bool keep_maps = false;  ///< Not given back once merged, for a SnippetArchive.

  void validate() const;  ///< Throws Error(kUsage) naming the option and value.
  /// Every value that changes a pixel, by the option's name.
  [[nodiscard]] Settings settings() const;
  /// Takes values by their names in settings(), and `quality`, which stands for those of the
  /// alignment. @throws Error(kUsage) naming one that there is not, or of the wrong type.
  void set(const Settings& settings);
};

/// What the alignment depends on.
Settings align_settings(const CoAlignOptions& align);

/// Frames that chunks share where nothing else is asked for.
std::int64_t default_chunk_overlap(std::int64_t chunk_frames);

/// @throws Error(kUsage) where the model was not made for the snippet lengths asked for.
void check_model_supports(const ModelInfo& model, const RollingDepthOptions& options);

}  // namespace rollingdepth
