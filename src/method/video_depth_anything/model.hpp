#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "nn/network.hpp"
#include "nn/package.hpp"
#include "rollingdepth/frame_size.hpp"

namespace rollingdepth::vda {

/// The `kind` of the packages whose networks these are.
inline constexpr const char* kKind = "video-depth-anything";

/// Pixels of a cell along each side.
inline constexpr std::int64_t kPatchPx = 14;
/// Frames that temporal attention sees at most.
inline constexpr std::int64_t kWindowFrames = 32;

/// What `model.json` says of a package.
struct ModelInfo : PackageInfo {
  bool metric = false;            ///< Metres; else relative inverse depth.
  std::int64_t stored_bytes = 4;  ///< Of a weight in the package's files.
  std::int64_t features = 64;     ///< Channels of the fused levels.
  std::array<std::int64_t, 2> level_channels = {192, 384};  ///< Of the third and fourth level.
};

/// Numbers that a frame takes at one size of picture.
class FrameNumbers {
 public:
  /// @param size of the networks: multiples of kPatchPx.
  FrameNumbers(const ModelInfo& model, FrameSize size);

  [[nodiscard]] std::int64_t rows() const { return rows_; }        ///< Cells.
  [[nodiscard]] std::int64_t columns() const { return columns_; }  ///< Cells.
  /// Of a frame's features: what goes to the temporal modules, and what waits for the decoder.
  [[nodiscard]] std::int64_t levels() const { return levels_; }
  [[nodiscard]] std::int64_t skips() const { return 20 * cells() * features_; }
  [[nodiscard]] std::int64_t features() const { return levels() + skips(); }
  /// What the temporal modules leave of a frame,
  [[nodiscard]] std::int64_t path() const { return 4 * cells() * features_; }
  /// and what later frames may see of it.
  [[nodiscard]] std::int64_t state() const { return 2 * (levels_ + 5 * cells() * features_); }
  /// Channels of the map before the last convolutions.
  [[nodiscard]] std::int64_t half_features() const { return features_ / 2; }

 private:
  [[nodiscard]] std::int64_t cells() const { return rows_ * columns_; }

  std::int64_t rows_;
  std::int64_t columns_;
  std::int64_t features_;
  std::int64_t levels_;
};

/// Names of the networks, whose files are NAME.ts.
const std::vector<std::string>& network_names();

/// Reads what belongs to this kind and verifies the package. @throws Error(kModel).
ModelInfo read_info(const Package& package);

/// What temporal attention makes of frames.
struct Attended {
  at::Tensor paths;   ///< [T, FrameNumbers::path()], model dtype and device.
  at::Tensor states;  ///< [T, FrameNumbers::state()]; undefined unless asked for.
};

/// The four networks. Thread-safe.
class Networks {
 public:
  /// Loads them and compares the SHA-256 of their files meanwhile.
  /// @throws Error(kModel), Error(kDevice).
  Networks(const Package& package, c10::Device device, c10::ScalarType dtype);

  [[nodiscard]] const ModelInfo& info() const { return info_; }
  [[nodiscard]] c10::Device device() const { return device_; }
  [[nodiscard]] c10::ScalarType dtype() const { return dtype_; }

  /// Features of frames that stand alone.
  /// @param frames [B, 3, H, W] float32, normalised; H, W multiples of kPatchPx.
  /// @return [B, FrameNumbers::features()], model dtype and device.
  at::Tensor encode(const at::Tensor& frames);
  /// @param levels  [T, FrameNumbers::levels()], the first part of features, of frames in order.
  /// @param context [S, FrameNumbers::state()] of the frames that they see besides; S + T at most
  ///                kWindowFrames.
  Attended attend(const at::Tensor& levels, const at::Tensor& context, const FrameNumbers& numbers,
                  bool keep_states);
  /// @param paths [B, path()], skips [B, skips()]. @return [B, H, W] float32 on the device, >= 0.
  at::Tensor decode(const at::Tensor& paths, const at::Tensor& skips, const FrameNumbers& numbers);

  /// As Network::take_warning(), of all.
  std::vector<std::string> take_warnings();

 private:
  ModelInfo info_;
  c10::Device device_;
  c10::ScalarType dtype_;
  std::vector<std::unique_ptr<Network>> networks_;
};

/// The networks that the members of a crew work with: one a member, the same on one device.
/// Borrowed.
using CrewNetworks = std::vector<Networks*>;

}  // namespace rollingdepth::vda
