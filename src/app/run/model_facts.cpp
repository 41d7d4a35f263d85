#include "app/run/model_facts.hpp"

#include <filesystem>
#include <utility>

#include "app/import/imported_package.hpp"
#include "app/model_search.hpp"
#include "checkpoint/checkpoint.hpp"
#include "make_method.hpp"
#include "nn/device.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

void require_metres_for_png_scale(const RunOptions& options, const DepthMethod& method) {
  if (!options.png_scale || method.values() == DepthValues::kMetres) return;
  throw Error(ErrorKind::kUsage, "--png-scale: needs depth in metres, and model '" +
                                     method.package().name + "' gives " +
                                     to_string(method.values()));
}

void require_pose_for_cameras(const RunOptions& options, const DepthMethod& method) {
  if (!options.writes("cameras") || method.has_cameras()) return;
  throw Error(ErrorKind::kUsage, "--save-cameras: without --pose no camera is found");
}

void require_cuda_for_tf32(const RunOptions& options, c10::Device device) {
  if (!options.tf32 || device.is_cuda()) return;
  throw Error(ErrorKind::kUsage, "--tf32: needs CUDA, and this run is on " + device.str());
}

std::filesystem::path chosen_package(const RunOptions& options, Console& console) {
  if (options.import_checkpoint && options.checkpoint && is_checkpoint(*options.checkpoint)) {
    return imported_package(*options.checkpoint, console);
  }
  return find_model(model_places(options.checkpoint));
}

// Networks need not go where nobody works.
void keep_those_that_work(std::vector<c10::Device>& devices, const RunOptions& options,
                          const DepthMethod& method) {
  const int most = method.can_share_units() ? options.workers.value_or(kMaxThreads) : 1;
  if (std::cmp_greater(devices.size(), most)) devices.erase(devices.begin() + most, devices.end());
}

}  // namespace

ModelFacts choose_model(const RunOptions& options, Console& console) {
  // Before anything else asks LibTorch for a device: it remembers what it found first.
  std::vector<c10::Device> devices = resolve_devices(options.devices);
  const c10::Device device = devices.front();
  if (options.devices.front() == "auto" && device.is_cpu()) {
    if (const std::string why = why_no_gpu(); !why.empty()) {
      console.say("note: GPU not used: " + why);
    }
  }
  require_cuda_for_tf32(options, device);
  const Package package = open_package(chosen_package(options, console));
  ResolvedOptions resolved = resolve_options(options, package.info);
  std::unique_ptr<DepthMethod> method = make_method(package, resolved.method);
  require_metres_for_png_scale(options, *method);
  require_pose_for_cameras(options, *method);
  if (options.writes("ply")) options.points.clouds.require_fit(method->values());
  keep_those_that_work(devices, options, *method);
  PlannedNetworks networks{
      .file_bytes = package_bytes(package.folder),
      .devices = std::move(devices),
      .dtype = resolve_dtype(options.planned ? options.planned->dtype : resolved.dtype, device),
      .threads = set_threads(options.threads)};
  return {package.folder, std::move(networks), std::move(resolved), std::move(method)};
}

}  // namespace rollingdepth
