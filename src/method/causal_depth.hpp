#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nn/package.hpp"
#include "rollingdepth/clip.hpp"
#include "rollingdepth/frame_size.hpp"
#include "rollingdepth/method.hpp"

namespace rollingdepth {

/// Depth of frames one after another, each from itself and those before: what was given is never
/// changed. Memory does not grow with their number. Not thread-safe.
class CausalDepth {
 public:
  virtual ~CausalDepth() = default;
  [[nodiscard]] virtual DepthValues values() const = 0;
  /// The size at which networks run for such frames: that of the maps.
  [[nodiscard]] virtual FrameSize processing_size(FrameSize input) const = 0;
  /// The edge of that size that change_res() sets.
  [[nodiscard]] virtual std::int64_t edge_px(FrameSize input) const = 0;
  /// Depth of the next frame.
  /// @param rgb [3, H, W] uint8 on CPU. @return [h, w] float32 on CPU, finite.
  /// @throws Error(kDevice), Error(kFailed).
  virtual at::Tensor next(const at::Tensor& rgb) = 0;
  /// The next frame has nothing to do with those before: a cut, another source.
  virtual void begin_anew() = 0;
  /// Runs the networks at another size from the next frame on; what is remembered of the frames
  /// before is kept as far as its size allows, the scale of depth too. @param res_px as
  /// CausalOptions::res_px.
  virtual void change_res(std::int64_t res_px) = 0;
  /// Every value that changes a pixel, for the report.
  [[nodiscard]] virtual Settings settings() const = 0;
};

/// How RollingDepth packages look at frames that come one after another.
enum class CausalMode {
  kFrame,    ///< Each frame alone: the fastest.
  kSnippet,  ///< With frames before it, aligned to the depth that was given for them.
};
/// frame, snippet.
std::vector<std::string> causal_mode_names();
std::string to_string(CausalMode mode);
/// @throws Error(kUsage) for an unknown name.
CausalMode parse_causal_mode(std::string_view name);

struct CausalOptions {
  /// Processing edge: of RollingDepth the longest, of Video-Depth-Anything the shortest; 0 keeps
  /// the input's; unset: the package's, or the method's default.
  std::optional<std::int64_t> res_px = {};
  CausalMode mode = CausalMode::kSnippet;     ///< Of RollingDepth packages.
  std::vector<std::int64_t> dilations = {1};  ///< Spacings of snippets, in frames, >= 1.
  std::int64_t snippet_length = 2;            ///< 2 to 4, as the package has them.

  void validate() const;  ///< Throws Error(kUsage) naming the option and value.
};

/// Loads the networks of a package for it.
/// @throws Error(kModel), Error(kDevice), Error(kUsage).
std::unique_ptr<CausalDepth> load_causal_depth(const Package& package, const CausalOptions& options,
                                               c10::Device device, c10::ScalarType dtype);

}  // namespace rollingdepth
