#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "method/rolling_depth/model.hpp"
#include "method/rolling_depth/options.hpp"
#include "nn/per_device.hpp"
#include "rollingdepth/method.hpp"

namespace rollingdepth {

/// RollingDepth: frames to latents, snippets of a few frames at several spacings in one denoising
/// step each, co-alignment, merge, and refinement where it is asked for. Phases: encode (frames),
/// snippets (snippets), both once a chunk, and refine (steps). Source: Ke et al. 2025, "Video Depth
/// without Video Models".
class RollingDepth final : public DepthMethod {
 public:
  /// @param package a folder that read_model_info() takes.
  /// @throws Error(kUsage) for options out of range, or for which the model was not made.
  RollingDepth(std::filesystem::path package, ModelInfo info, RollingDepthOptions options);
  /// With networks that are there already. @param model borrowed.
  RollingDepth(DepthModel& model, RollingDepthOptions options);
  ~RollingDepth() override;

  [[nodiscard]] const PackageInfo& package() const override { return info_; }
  [[nodiscard]] const ClipOptions& clip_options() const override { return options_.clip; }
  [[nodiscard]] Settings settings() const override { return options_.settings(); }
  [[nodiscard]] FrameSize processing_size(FrameSize input) const override;
  [[nodiscard]] std::string unit() const override { return "snippets"; }
  [[nodiscard]] Plan plan(const ClipShape& clip) const override;
  [[nodiscard]] Forecast forecast(const ClipShape& clip, c10::ScalarType dtype) const override;
  [[nodiscard]] std::vector<UnitRecords> unit_records(const ClipShape& clip,
                                                      c10::ScalarType dtype) const override;
  [[nodiscard]] std::vector<Saving> savings(const ClipShape& clip,
                                            c10::ScalarType dtype) const override;
  [[nodiscard]] BatchSizes batch_sizes(FrameSize input, c10::Device device, c10::ScalarType dtype,
                                       std::uint64_t parameters_bytes) const override;
  [[nodiscard]] NetworkMemory network_memory(FrameSize input, std::optional<std::int64_t> frames,
                                             std::uint64_t file_bytes, c10::Device device,
                                             c10::ScalarType dtype) const override;
  void load(const std::vector<c10::Device>& devices, c10::ScalarType dtype, bool tf32) override;
  [[nodiscard]] c10::Device device() const override { return models_.front().device(); }
  [[nodiscard]] c10::ScalarType dtype() const override { return models_.front().dtype(); }
  [[nodiscard]] std::unique_ptr<MethodRun> begin(const MethodInput& input) override;
  std::vector<std::string> take_warnings() override { return models_.take_warnings(); }

 private:
  std::filesystem::path package_;
  ModelInfo info_;
  RollingDepthOptions options_;
  PerDevice<DepthModel> models_;
};

}  // namespace rollingdepth
