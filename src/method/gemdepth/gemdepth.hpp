#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "method/gemdepth/model.hpp"
#include "method/gemdepth/options.hpp"
#include "method/windows/windows.hpp"
#include "nn/per_device.hpp"
#include "rollingdepth/method.hpp"

namespace rollingdepth::gemdepth {

/// GemDepth: the windows of Video-Depth-Anything, with a stage between encoder and head that finds
/// the cameras of a window and lets its frames see each other at all places. Phase: windows,
/// counted in frames that are read.
/// Source: Liu et al. 2026, "GemDepth", arXiv 2605.10525.
class GemDepth final : public DepthMethod {
 public:
  /// @throws Error(kModel) for a package of another kind or damaged; Error(kUsage) for options out
  ///         of range.
  GemDepth(Package package, Options options);

  [[nodiscard]] const PackageInfo& package() const override { return info_; }
  [[nodiscard]] const ClipOptions& clip_options() const override { return options_.clip; }
  [[nodiscard]] Settings settings() const override { return options_.settings(); }
  [[nodiscard]] FrameSize processing_size(FrameSize input) const override;
  [[nodiscard]] DepthValues values() const override { return DepthValues::kRelativeInverse; }
  [[nodiscard]] bool has_cameras() const override { return options_.pose; }
  [[nodiscard]] std::string unit() const override { return "windows"; }
  [[nodiscard]] Plan plan(const ClipShape& clip) const override;
  [[nodiscard]] Forecast forecast(const ClipShape& clip, c10::ScalarType dtype) const override;
  [[nodiscard]] std::vector<UnitRecords> unit_records(const ClipShape& clip,
                                                      c10::ScalarType dtype) const override;
  /// None: memory does not grow with the clip, and what is kept of a frame is its depth.
  [[nodiscard]] std::vector<Saving> savings(const ClipShape&, c10::ScalarType) const override {
    return {};
  }
  [[nodiscard]] BatchSizes batch_sizes(FrameSize input, c10::Device device, c10::ScalarType dtype,
                                       std::uint64_t parameters_bytes) const override;
  [[nodiscard]] NetworkMemory network_memory(FrameSize input, std::optional<std::int64_t> frames,
                                             std::uint64_t file_bytes, c10::Device device,
                                             c10::ScalarType dtype) const override;
  void load(const std::vector<c10::Device>& devices, c10::ScalarType dtype, bool tf32) override;
  [[nodiscard]] c10::Device device() const override { return networks_.front().device(); }
  [[nodiscard]] c10::ScalarType dtype() const override { return networks_.front().dtype(); }
  [[nodiscard]] std::unique_ptr<MethodRun> begin(const MethodInput& input) override;
  std::vector<std::string> take_warnings() override { return networks_.take_warnings(); }

 private:
  [[nodiscard]] WindowShape shape() const { return WindowShape(options_.window_frames); }
  [[nodiscard]] FrameSize output_size(FrameSize input) const;
  [[nodiscard]] double parameter_bytes(c10::ScalarType dtype) const;

  Package package_;
  ModelInfo info_;
  Options options_;
  PerDevice<Networks> networks_;
};

}  // namespace rollingdepth::gemdepth
