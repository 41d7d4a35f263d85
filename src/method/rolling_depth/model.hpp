#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "method/rolling_depth/scheduler.hpp"
#include "nn/package.hpp"

namespace rollingdepth {

/// The `kind` of the packages whose networks these are.
inline constexpr const char* kRollingDepthKind = "rollingdepth";

/// What `model.json` says of a RollingDepth package.
struct ModelInfo : PackageInfo {
  std::int64_t latent_channels = 4;
  std::int64_t downscale = 8;           ///< Pixels per latent cell.
  double rgb_latent_scale = 0.18215;    ///< Multiplies the encoded colour frames.
  double depth_latent_scale = 0.18215;  ///< Multiplies encoded, divides decoded depth.
  std::vector<std::int64_t> snippet_lengths = {1, 2, 3, 4};
  SchedulerConfig scheduler;
};

/// Names of the networks, whose files are NAME.ts.
const std::vector<std::string>& rolling_depth_networks();

/// The three networks of a depth model behind one interface. Thread-safe.
class DepthModel {
 public:
  virtual ~DepthModel() = default;
  [[nodiscard]] virtual const ModelInfo& info() const = 0;
  [[nodiscard]] virtual c10::Device device() const = 0;
  [[nodiscard]] virtual c10::ScalarType dtype() const = 0;

  /// @param rgb [B, 3, H, W] in [-1, 1], any float dtype, model device; H, W multiples of d, the
  ///            package's `downscale`.
  /// @return    [B, C, H/d, W/d] mean of the latent distribution, unscaled, model dtype.
  virtual at::Tensor encode(const at::Tensor& rgb) = 0;
  /// @param sample [B*L, 2C, h, w]: colour latent, then depth latent; frames of a snippet adjacent.
  /// @param views  L, 1..4.
  /// @return       [B*L, C, h, w], what the scheduler's prediction type says.
  virtual at::Tensor denoise(const at::Tensor& sample, std::int64_t timestep,
                             std::int64_t views) = 0;
  /// @param latent [B, C, h, w] unscaled.
  /// @return       [B, 1, d h, d w] affine-invariant inverse depth, model dtype or float32.
  virtual at::Tensor decode(const at::Tensor& latent) = 0;

  /// What happened since the last time that the user should know: calls that memory did not hold.
  virtual std::vector<std::string> take_warnings() { return {}; }
};

/// The models that the members of a crew work with: one a member, the same on one device. Borrowed.
using CrewModels = std::vector<DepthModel*>;

/// Reads and verifies `folder`/model.json: format version, files present, sizes.
/// @throws Error(kModel) naming the file and what is wrong with it.
ModelInfo read_model_info(const std::filesystem::path& folder);
/// The same of a package that is open.
ModelInfo model_info_of(const Package& package);

/// Loads a TorchScript package, compares the SHA-256 of its files meanwhile, and converts it to
/// `dtype` on `device`. On MPS its networks are compared with those on the CPU.
/// @param tf32  as allow_tf32(), in effect for all models of the process; CUDA only.
/// @throws Error(kModel) for a package that fails verification or whose networks have another
///         signature; Error(kDevice) when memory runs out, or where MPS computes something else.
std::unique_ptr<DepthModel> load_model(const std::filesystem::path& folder, c10::Device device,
                                       c10::ScalarType dtype, bool tf32 = false);

}  // namespace rollingdepth
