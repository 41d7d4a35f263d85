#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "method/windows/frames.hpp"
#include "method/windows/window_networks.hpp"
#include "method/windows/windows.hpp"
#include "nn/network.hpp"
#include "nn/package.hpp"
#include "rollingdepth/frame_size.hpp"

namespace rollingdepth::vda {

/// The `kind` of the packages whose networks these are.
inline constexpr const char* kKind = "video-depth-anything";

/// Frames that temporal attention sees at most.
inline constexpr std::int64_t kWindowFrames = 32;
/// How whole clips are cut.
inline constexpr WindowShape kWindow{kWindowFrames};

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
/// What packages of this kind and GemDepth's describe alike. @throws Error(kModel).
ModelInfo parse_info(const Package& package);

/// What temporal attention makes of frames.
struct Attended {
  at::Tensor paths;   ///< [T, FrameNumbers::path()], model dtype and device.
  at::Tensor states;  ///< [T, FrameNumbers::state()]; undefined unless asked for.
};

/// The networks behind the encoder: temporal attention, decoder and output layers. Thread-safe.
class Head {
 public:
  /// @param info of the package. @param dtype of the model. @param kept dtype of what attend()
  /// gives. @throws Error(kModel), Error(kDevice).
  Head(const Package& package, const ModelInfo& info, c10::Device device, c10::ScalarType dtype,
       c10::ScalarType kept);

  /// As those of Networks.
  Attended attend(const at::Tensor& levels, const at::Tensor& context, const FrameNumbers& numbers,
                  bool keep_states);
  at::Tensor decode(const at::Tensor& paths, const at::Tensor& skips, const FrameNumbers& numbers);
  /// Borrowed.
  [[nodiscard]] std::vector<Network*> networks() { return {&temporal_, &decoder_, &output_}; }

 private:
  c10::ScalarType kept_;
  Network temporal_;
  Network decoder_;
  Network output_;
};

/// The four networks. Thread-safe.
class Networks final : public WindowNetworks {
 public:
  /// Loads them and compares the SHA-256 of their files meanwhile.
  /// @throws Error(kModel), Error(kDevice).
  Networks(const Package& package, c10::Device device, c10::ScalarType dtype);

  [[nodiscard]] const ModelInfo& info() const { return info_; }
  [[nodiscard]] c10::Device device() const override { return device_; }
  [[nodiscard]] c10::ScalarType dtype() const { return dtype_; }

  /// Features of frames that stand alone.
  /// @param frames [B, 3, H, W] float32, normalised; H, W multiples of kPatchPx.
  /// @return [B, FrameNumbers::features()], model dtype and device.
  at::Tensor encode(const at::Tensor& frames);
  /// @param levels  [T, FrameNumbers::levels()], the first part of features, of frames in order.
  /// @param context [S, FrameNumbers::state()] of the frames that they see besides; S + T at most
  ///                kWindowFrames.
  Attended attend(const at::Tensor& levels, const at::Tensor& context, const FrameNumbers& numbers,
                  bool keep_states) {
    return head_->attend(levels, context, numbers, keep_states);
  }
  /// @param paths [B, path()], skips [B, skips()]. @return [B, H, W] float32 on the device, >= 0.
  at::Tensor decode(const at::Tensor& paths, const at::Tensor& skips, const FrameNumbers& numbers) {
    return head_->decode(paths, skips, numbers);
  }

  /// One part of a frame: its features.
  FrameParts parts_of(const at::Tensor& frames, std::int64_t first) override;
  WindowResult window(const std::vector<FrameParts>& frames, FrameSize size) override;
  at::Tensor depth(const at::Tensor& paths, const std::vector<FrameParts>& frames,
                   FrameSize size) override;

  /// As Network::take_warning(), of all.
  std::vector<std::string> take_warnings();

 private:
  ModelInfo info_;
  c10::Device device_;
  c10::ScalarType dtype_;
  std::optional<Network> encoder_;
  std::optional<Head> head_;
};

}  // namespace rollingdepth::vda
