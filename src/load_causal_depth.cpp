#include <c10/core/Device.h>

#include <memory>

#include "method/causal_depth.hpp"
#include "method/gemdepth/model.hpp"
#include "method/rolling_depth/causal_snippets.hpp"
#include "method/rolling_depth/model.hpp"
#include "method/video_depth_anything/causal_frames.hpp"
#include "method/video_depth_anything/options.hpp"
#include "nn/device.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {

std::unique_ptr<CausalDepth> load_causal_depth(const Package& package, const CausalOptions& options,
                                               c10::Device device, c10::ScalarType dtype) {
  options.validate();
  const auto with_res = [&](const ClipOptions& method) {
    CausalOptions whole = options;
    if (!whole.res_px) whole.res_px = package.info.preferred_res.value_or(method.res_px);
    return whole;
  };
  if (package.info.kind == kRollingDepthKind) {
    return std::make_unique<CausalSnippets>(load_model(package.folder, device, dtype),
                                            with_res(ClipOptions()));
  }
  if (package.info.kind == vda::kKind) {
    if (device.is_cuda()) allow_tf32(false);
    return std::make_unique<vda::CausalFrames>(
        std::make_unique<vda::Networks>(package, device, dtype), with_res(vda::Options().clip));
  }
  if (package.info.kind == gemdepth::kKind) {
    throw Error(ErrorKind::kUsage,
                "model '" + package.info.name + "' is of kind '" + package.info.kind +
                    "', which needs the frames that follow: it cannot follow live ones");
  }
  throw Error(ErrorKind::kModel, "cannot load model package '" + package.folder.string() +
                                     "': model.json describes a model of kind '" +
                                     package.info.kind + "', which this program does not know");
}

}  // namespace rollingdepth
