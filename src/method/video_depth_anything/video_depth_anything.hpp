#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "method/video_depth_anything/model.hpp"
#include "method/video_depth_anything/options.hpp"
#include "nn/per_device.hpp"
#include "rollingdepth/method.hpp"

namespace rollingdepth::vda {

/// Video-Depth-Anything: windows of 32 frames through a vision transformer with temporal attention,
/// stitched (Mode::kOffline), or frame by frame with the states of those before
/// (Mode::kStreaming). Phase: windows or stream, both counted in frames that are read.
/// Source: Chen et al. 2025, "Video Depth Anything", arXiv 2501.12375.
class VideoDepthAnything final : public DepthMethod {
 public:
  /// @throws Error(kModel) for a package of another kind or damaged; Error(kUsage) for options out
  ///         of range.
  VideoDepthAnything(Package package, Options options);

  [[nodiscard]] const PackageInfo& package() const override { return info_; }
  [[nodiscard]] const ClipOptions& clip_options() const override { return options_.clip; }
  [[nodiscard]] Settings settings() const override { return options_.settings(); }
  [[nodiscard]] FrameSize processing_size(FrameSize input) const override;
  [[nodiscard]] DepthValues values() const override;
  [[nodiscard]] std::string unit() const override;
  [[nodiscard]] Plan plan(const ClipShape& clip) const override;
  [[nodiscard]] Forecast forecast(const ClipShape& clip, c10::ScalarType dtype) const override;
  /// None: memory does not grow with the clip, and what is kept of a frame is its depth.
  [[nodiscard]] std::vector<UnitRecords> unit_records(const ClipShape& clip,
                                                      c10::ScalarType dtype) const override;
  [[nodiscard]] std::vector<Saving> savings(const ClipShape&, c10::ScalarType) const override {
    return {};
  }
  [[nodiscard]] BatchSizes batch_sizes(FrameSize input, c10::Device device, c10::ScalarType dtype,
                                       std::uint64_t parameters_bytes) const override;
  [[nodiscard]] NetworkMemory network_memory(FrameSize input, std::optional<std::int64_t> frames,
                                             std::uint64_t file_bytes, c10::Device device,
                                             c10::ScalarType dtype) const override;
  /// Not of a causal run, where a frame needs those before it.
  [[nodiscard]] bool can_share_units() const override { return options_.mode == Mode::kOffline; }
  void load(const std::vector<c10::Device>& devices, c10::ScalarType dtype, bool tf32) override;
  [[nodiscard]] c10::Device device() const override { return networks_.front().device(); }
  [[nodiscard]] c10::ScalarType dtype() const override { return networks_.front().dtype(); }
  [[nodiscard]] std::unique_ptr<MethodRun> begin(const MethodInput& input) override;
  std::vector<std::string> take_warnings() override { return networks_.take_warnings(); }

 private:
  [[nodiscard]] FrameSize output_size(FrameSize input) const;

  Package package_;
  ModelInfo info_;
  Options options_;
  PerDevice<Networks> networks_;
};

}  // namespace rollingdepth::vda
