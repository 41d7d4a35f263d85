#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "method/video_depth_anything/model.hpp"
#include "method/windows/window_networks.hpp"
#include "nn/network.hpp"
#include "nn/package.hpp"
#include "rollingdepth/frame_size.hpp"

namespace rollingdepth::gemdepth {

/// The `kind` of the packages whose networks these are.
inline constexpr const char* kKind = "gemdepth";

/// What `model.json` says of a package.
struct ModelInfo : vda::ModelInfo {
  std::int64_t embed = 1024;  ///< Numbers of a cell between the encoder and the head.
};

/// Numbers that a frame takes at one size of picture.
class FrameNumbers {
 public:
  /// @param size of the networks: multiples of kPatchPx.
  FrameNumbers(const ModelInfo& model, FrameSize size);

  /// Of the head, which is that of Video-Depth-Anything.
  [[nodiscard]] const vda::FrameNumbers& head() const { return head_; }
  /// One level of the encoder's features, such as the last.
  [[nodiscard]] std::int64_t tap() const { return embed_ * head_.rows() * head_.columns(); }
  /// The frame block's result: the same, with five special tokens in front.
  [[nodiscard]] std::int64_t frame_block() const { return tap() + kSpecialTokens * embed_; }
  /// What the temporal modules see of it: the third level, and the fourth.
  [[nodiscard]] std::int64_t level3() const { return level3_; }
  [[nodiscard]] std::int64_t level4() const { return head_.levels() - level3_; }
  [[nodiscard]] std::int64_t embed() const { return embed_; }

 private:
  static constexpr std::int64_t kSpecialTokens = 5;

  vda::FrameNumbers head_;
  std::int64_t embed_;
  std::int64_t level3_;
};

/// Names of the networks, whose files are NAME.ts. @param pose with those that find poses.
const std::vector<std::string>& network_names(bool pose);

/// Reads what belongs to this kind and verifies the package. @throws Error(kModel).
ModelInfo read_info(const Package& package);

/// The networks. What a frame is by itself: the third level of the head, the encoder's last
/// features, what waits for the decoder, and, with poses, the frame block's result. Thread-safe.
class Networks final : public WindowNetworks {
 public:
  /// Loads them and compares the SHA-256 of their files meanwhile.
  /// @param pose without, those that find poses are left where they are.
  /// @throws Error(kModel), Error(kDevice).
  Networks(const Package& package, c10::Device device, c10::ScalarType dtype, bool pose);

  [[nodiscard]] const ModelInfo& info() const { return info_; }
  [[nodiscard]] c10::Device device() const override { return device_; }
  [[nodiscard]] c10::ScalarType dtype() const { return dtype_; }

  FrameParts parts_of(const at::Tensor& frames, std::int64_t first) override;
  WindowResult window(const std::vector<FrameParts>& frames, FrameSize size) override;
  at::Tensor depth(const at::Tensor& paths, const std::vector<FrameParts>& frames,
                   FrameSize size) override;

  /// As Network::take_warning(), of all.
  std::vector<std::string> take_warnings();

 private:
  // Those that find poses.
  struct PoseNetworks {
    Network frame_block;
    Network global_block;
    Network camera;
  };

  void load(const Package& package, bool pose);
  at::Tensor frame_block(const at::Tensor& last_taps, std::int64_t first,
                         const FrameNumbers& numbers);
  at::Tensor camera(const std::vector<FrameParts>& frames, const FrameNumbers& numbers);
  at::Tensor mix(const std::vector<FrameParts>& frames, const at::Tensor& features,
                 const FrameNumbers& numbers);

  ModelInfo info_;
  c10::Device device_;
  c10::ScalarType dtype_;
  std::optional<Network> encoder_;
  std::optional<PoseNetworks> pose_;
  std::optional<Network> astt_;
  std::optional<Network> levels_;
  std::optional<Network> level4_;
  std::optional<vda::Head> head_;
};

}  // namespace rollingdepth::gemdepth
