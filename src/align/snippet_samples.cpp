#include "align/snippet_samples.hpp"

#include <algorithm>
#include <string>

#include "align/co_align.hpp"
#include "base/formatted.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

at::Tensor thin_out(const at::Tensor& maps, std::int64_t axis, std::int64_t stride_px,
                    std::int64_t border_px) {
  const std::int64_t size = maps.size(axis);
  // A tiny map keeps at least its middle pixel.
  const std::int64_t border = std::min(border_px, (size - 1) / 2);
  return maps.slice(axis, border, size - border, stride_px);
}

void check_entry(const SnippetSamples& entry, const SnippetSamples& first) {
  const SnippetPlan& plan = entry.plan;
  const at::Tensor& samples = entry.samples;
  const auto fail = [&plan](const std::string& why) {
    throw Error(ErrorKind::kFailed, "cannot align the snippets of dilation " +
                                        std::to_string(plan.dilation) + ": " + why);
  };
  if (samples.dim() != 4 || samples.scalar_type() != at::kFloat || !samples.is_cpu() ||
      !samples.is_contiguous()) {
    fail("expected samples [S, L, h, w], float32 on the CPU, contiguous");
  }
  if (samples.size(0) != plan.size() || samples.size(1) != plan.length) {
    fail("their number differs from the plan's");
  }
  if (plan.frames != first.plan.frames || samples.size(2) != first.samples.size(2) ||
      samples.size(3) != first.samples.size(3)) {
    fail("frame count or size differs from dilation " + std::to_string(first.plan.dilation));
  }
  if (samples.size(2) * samples.size(3) < 1) fail("they hold no pixels");
}

}  // namespace

at::Tensor alignment_samples(const at::Tensor& maps, std::int64_t stride_px,
                             std::int64_t border_px) {
  if (stride_px < 1 || border_px < 0) {
    throw Error(ErrorKind::kUsage, "cannot thin out depth maps with stride " +
                                       std::to_string(stride_px) + " and border " +
                                       std::to_string(border_px));
  }
  if (maps.dim() < 2 || maps.size(-1) < 1 || maps.size(-2) < 1) {
    throw Error(ErrorKind::kFailed, "cannot thin out depth maps without pixels");
  }
  const at::Tensor rows = thin_out(maps, maps.dim() - 2, stride_px, border_px);
  return thin_out(rows, maps.dim() - 1, stride_px, border_px).clone(at::MemoryFormat::Contiguous);
}

int CoAlignOptions::sample_stride_px(std::int64_t height_px, std::int64_t width_px,
                                     std::int64_t maps) const {
  if (stride_px > 0) return stride_px;
  // What alignment_samples keeps of an axis.
  const auto kept = [this](std::int64_t size, std::int64_t stride) {
    const std::int64_t cropped = size - 2 * std::min<std::int64_t>(border_px, (size - 1) / 2);
    return (cropped + stride - 1) / stride;
  };
  const auto samples = [&](std::int64_t stride) {
    return kept(height_px, stride) * kept(width_px, stride);
  };
  std::int64_t stride = 1;
  while (samples(stride) > 1 && samples(stride + 1) >= samples_per_map) ++stride;
  const std::int64_t most = max_sample_bytes / static_cast<std::int64_t>(sizeof(float));
  while (samples(stride) > 1 && samples(stride) > most / std::max<std::int64_t>(maps, 1)) ++stride;
  return static_cast<int>(stride);
}

void require_spread(float minimum, float maximum) {
  constexpr double kLargestSpread = 1e18;
  if (static_cast<double>(maximum) - static_cast<double>(minimum) <= kLargestSpread) return;
  throw Error(ErrorKind::kFailed, "cannot align the snippets: their values reach from " +
                                      formatted("%g", minimum) + " to " + formatted("%g", maximum) +
                                      ", farther than float32 can compute with");
}

void check_samples(const std::vector<SnippetSamples>& snippets) {
  std::int64_t count = 0;
  for (const SnippetSamples& entry : snippets) {
    check_entry(entry, snippets.front());
    count += entry.plan.size();
  }
  if (count == 0) throw Error(ErrorKind::kFailed, "there are no snippets to align");
}

}  // namespace rollingdepth
