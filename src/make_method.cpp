#include "make_method.hpp"

#include "method/rolling_depth/rolling_depth.hpp"
#include "nn/device.hpp"
#include "nn/package.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

PackageInfo info_of(const std::filesystem::path& package) {
  return in_package(package, [&] { return read_package(package).info; });
}

}  // namespace

std::vector<std::string> method_kinds() { return {kRollingDepthKind}; }

std::unique_ptr<DepthMethod> make_method(const std::filesystem::path& package,
                                         const MethodOptions& options) {
  const std::string kind = info_of(package).kind;
  if (kind == kRollingDepthKind) {
    return std::make_unique<RollingDepth>(package, read_model_info(package), options.rolling_depth);
  }
  throw Error(ErrorKind::kModel, "cannot load model package '" + package.string() +
                                     "': model.json describes a model of kind '" + kind +
                                     "', which this program does not know");
}

std::unique_ptr<DepthMethod> load_method(const std::filesystem::path& package,
                                         const Settings& settings, std::string_view device,
                                         std::string_view dtype) {
  const c10::Device where = resolve_device(device);
  MethodOptions options;
  ClipOptions& clip = options.rolling_depth.clip;
  clip.res_px = info_of(package).preferred_res.value_or(clip.res_px);
  options.rolling_depth.set(settings);
  std::unique_ptr<DepthMethod> method = make_method(package, options);
  method->load(where, resolve_dtype(dtype, where), /*tf32=*/false);
  return method;
}

}  // namespace rollingdepth
