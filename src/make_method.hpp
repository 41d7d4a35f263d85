#pragma once

#include <memory>

#include "method/gemdepth/options.hpp"
#include "method/rolling_depth/options.hpp"
#include "method/video_depth_anything/options.hpp"
#include "nn/package.hpp"
#include "rollingdepth/method.hpp"

namespace rollingdepth {

/// The options of every method; a package takes those of its own.
struct MethodOptions {
  RollingDepthOptions rolling_depth;
  vda::Options video_depth_anything;
  gemdepth::Options gemdepth;
};

/// The method whose networks the package holds, as model.json's `kind` says; not loaded yet.
/// @throws Error(kModel) naming the folder and what is wrong with it; Error(kUsage) for options
///         out of range, or for which the model was not made.
std::unique_ptr<DepthMethod> make_method(const Package& package, const MethodOptions& options);

}  // namespace rollingdepth
