#include "make_method.hpp"

#include "method/gemdepth/gemdepth.hpp"
#include "method/rolling_depth/rolling_depth.hpp"
#include "method/video_depth_anything/video_depth_anything.hpp"
#include "nn/device.hpp"
#include "nn/package.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

// Values by name over those of the package and the struct.
template <class Options>
void lay_over(Options& options, const Package& package, const Settings& settings) {
  options.clip.res_px = package.info.preferred_res.value_or(options.clip.res_px);
  options.set(settings);
}

}  // namespace

std::unique_ptr<DepthMethod> make_method(const Package& package, const MethodOptions& options) {
  if (package.info.kind == kRollingDepthKind) {
    return std::make_unique<RollingDepth>(package.folder, model_info_of(package),
                                          options.rolling_depth);
  }
  if (package.info.kind == vda::kKind) {
    return std::make_unique<vda::VideoDepthAnything>(package, options.video_depth_anything);
  }
  if (package.info.kind == gemdepth::kKind) {
    return std::make_unique<gemdepth::GemDepth>(package, options.gemdepth);
  }
  throw Error(ErrorKind::kModel, "cannot load model package '" + package.folder.string() +
                                     "': model.json describes a model of kind '" +
                                     package.info.kind + "', which this program does not know");
}

std::unique_ptr<DepthMethod> load_method(const std::filesystem::path& folder,
                                         const Settings& settings, std::string_view device,
                                         std::string_view dtype) {
  const c10::Device where = resolve_device(device);
  MethodOptions options;
  const Package package = open_package(folder);
  if (package.info.kind == vda::kKind) {
    lay_over(options.video_depth_anything, package, settings);
  } else if (package.info.kind == gemdepth::kKind) {
    lay_over(options.gemdepth, package, settings);
  } else {
    lay_over(options.rolling_depth, package, settings);
  }
  std::unique_ptr<DepthMethod> method = make_method(package, options);
  method->load({where}, resolve_dtype(dtype, where), /*tf32=*/false);
  return method;
}

}  // namespace rollingdepth
