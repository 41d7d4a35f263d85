#include "make_method.hpp"

#include "method/rolling_depth/rolling_depth.hpp"
#include "nn/device.hpp"
#include "nn/package.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
std::vector<std::string> method_kinds() { return {kRollingDepthKind}; }

std::unique_ptr<DepthMethod> make_method(const Package& package, const MethodOptions& options) {
  if (package.info.kind == kRollingDepthKind) {
    return std::make_unique<RollingDepth>(package.folder, model_info_of(package),
                                          options.rolling_depth);
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
  ClipOptions& clip = options.rolling_depth.clip;
  const Package package = open_package(folder);
  clip.res_px = package.info.preferred_res.value_or(clip.res_px);
  options.rolling_depth.set(settings);
  std::unique_ptr<DepthMethod> method = make_method(package, options);
  method->load(where, resolve_dtype(dtype, where), /*tf32=*/false);
  return method;
}

}  // namespace rollingdepth
