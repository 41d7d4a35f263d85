#include "base/resample.hpp"

#include <ATen/core/Tensor.h>
#include <ATen/ops/_upsample_bicubic2d_aa.h>
#include <ATen/ops/_upsample_bilinear2d_aa.h>
#include <ATen/ops/_upsample_nearest_exact2d.h>

#include <algorithm>
#include <cctype>

#include "base/suggestion.hpp"
#include "base/trace.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

std::int64_t nearest_multiple(std::int64_t value, std::int64_t multiple) {
  return std::max(multiple, (value + multiple / 2) / multiple * multiple);
}

}  // namespace

ResampleMethod parse_resample_method(std::string_view name) {
  std::string upper(name);
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  for (const ResampleMethod method :
       {ResampleMethod::kBilinear, ResampleMethod::kBicubic, ResampleMethod::kNearestExact}) {
    if (upper == to_string(method)) return method;
  }
  throw Error(ErrorKind::kUsage, "unknown resample method '" + std::string(name) + "'" +
                                     did_you_mean(upper, {"BILINEAR", "BICUBIC", "NEAREST_EXACT"}));
}

std::string to_string(ResampleMethod method) {
  switch (method) {
    case ResampleMethod::kBilinear:
      return "BILINEAR";
    case ResampleMethod::kBicubic:
      return "BICUBIC";
    case ResampleMethod::kNearestExact:
      return "NEAREST_EXACT";
  }
  throw Error(ErrorKind::kFailed, "unknown resample method");
}

FrameSize processing_size(FrameSize input, std::int64_t res_px, std::int64_t multiple) {
  FrameSize size = input;
  if (res_px > 0) {
    const double res = static_cast<double>(res_px);
    const double width = static_cast<double>(input.width_px);
    const double height = static_cast<double>(input.height_px);
    const double scale = std::min(res / width, res / height);
    size = {static_cast<std::int64_t>(width * scale), static_cast<std::int64_t>(height * scale)};
  }
  return {nearest_multiple(size.width_px, multiple), nearest_multiple(size.height_px, multiple)};
}

at::Tensor resample(const at::Tensor& images, FrameSize size, ResampleMethod method) {
  if (images.dim() != 4 || images.scalar_type() != at::kFloat) {
    throw Error(ErrorKind::kFailed, "resample expects [B, C, H, W] float32");
  }
  if (images.size(2) == size.height_px && images.size(3) == size.width_px) return images;
  const std::vector<std::int64_t> target{size.height_px, size.width_px};
  switch (method) {
    case ResampleMethod::kBilinear:
      return at::_upsample_bilinear2d_aa(images, target, /*align_corners=*/false);
    case ResampleMethod::kBicubic:
      return at::_upsample_bicubic2d_aa(images, target, /*align_corners=*/false);
    case ResampleMethod::kNearestExact:
      return at::_upsample_nearest_exact2d(images, target);
  }
  throw Error(ErrorKind::kFailed, "unknown resample method");
}

at::Tensor resample_picture(const at::Tensor& rgb, FrameSize size) {
  if (rgb.size(1) == size.height_px && rgb.size(2) == size.width_px) return rgb;
  return resample(rgb.unsqueeze(0).to(at::kFloat), size, ResampleMethod::kBilinear)
      .squeeze(0)
      .round_()
      .clamp_(0, 255)
      .to(at::kByte);
}

at::Tensor prepare_frames(const at::Tensor& rgb, FrameSize size, ResampleMethod method) {
  if (rgb.dim() != 4 || rgb.size(1) != 3 || rgb.scalar_type() != at::kByte) {
    throw Error(ErrorKind::kFailed, "prepare_frames expects [B, 3, H, W] uint8");
  }
  const TraceSpan span("batch", "prepare", "frames", rgb.size(0));
  return resample(rgb.to(at::kFloat), size, method).div(255).mul_(2).sub_(1);
}

}  // namespace rollingdepth
