#include "app/import/package_check.hpp"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "make_method.hpp"
#include "nn/package.hpp"
#include "rollingdepth/clip.hpp"
#include "rollingdepth/error.hpp"
#include "rollingdepth/run.hpp"

namespace rollingdepth {
namespace {

constexpr std::int64_t kFrames = 6;
constexpr std::int64_t kHeightPx = 112;
constexpr std::int64_t kWidthPx = 140;
constexpr std::uint64_t kSeed = 20;

/// Blotches that move to the right, the same every time.
class Noise final : public FrameSource {
 public:
  Noise()
      : picture_(at::upsample_bilinear2d(
            at::rand({1, 3, 8, 20}, at::make_generator<at::CPUGeneratorImpl>(kSeed), at::kFloat),
            {kHeightPx, 2 * kWidthPx}, /*align_corners=*/false)[0]) {
    info_.name = "noise";
    info_.width_px = kWidthPx;
    info_.height_px = kHeightPx;
    info_.frame_rate = {25, 1};
    info_.time_base = {1, 25};
    info_.frames_estimate = kFrames;
    info_.frames_exact = true;
  }
  [[nodiscard]] const ClipInfo& info() const override { return info_; }
  std::optional<Frame> next() override {
    if (at_ == kFrames) return std::nullopt;
    const at::Tensor part = picture_.slice(2, 8 * at_, 8 * at_ + kWidthPx);
    return Frame{.rgb = (255 * part).round().to(at::kByte).contiguous(), .pts = at_++};
  }

 private:
  ClipInfo info_;
  at::Tensor picture_;  // [3, H, 2 W] float32, 0 to 1.
  std::int64_t at_ = 0;
};

/// Looks at the values.
class Values final : public DepthSink {
 public:
  void begin(const DepthClipInfo& info) override { range_ = info.max - info.min; }
  void write(const at::Tensor& depth, std::int64_t /*pts*/) override {
    finite_ = finite_ && depth.isfinite().all().item<bool>();
  }
  void finish() override {}
  [[nodiscard]] bool good() const { return finite_ && range_ > 0; }

 private:
  double range_ = 0;
  bool finite_ = true;
};

}  // namespace

void check_package(const std::filesystem::path& package) {
  make_method(open_package(package), MethodOptions{});
}

void run_package(const std::filesystem::path& package, Progress& progress) {
  const Settings settings = {{"res", kHeightPx}};
  const auto method = load_method(package, settings, "cpu", "fp32");
  Noise source;
  Values values;
  ClipRunOptions options;
  options.spool.folder = package / "check";
  run_clip(source, *method, {&values}, /*archive=*/nullptr, options, progress);
  std::filesystem::remove_all(options.spool.folder);
  if (!values.good()) {
    throw Error(ErrorKind::kModel,
                "the depth of a few frames of noise is not finite, or the same "
                "everywhere");
  }
}

}  // namespace rollingdepth
