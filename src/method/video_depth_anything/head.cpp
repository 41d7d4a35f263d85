#include <ATen/core/Tensor.h>
#include <ATen/ops/cat.h>

#include <vector>

#include "base/trace.hpp"
#include "method/video_depth_anything/model.hpp"

namespace rollingdepth::vda {

Head::Head(const Package& package, const ModelInfo& info, c10::Device device, c10::ScalarType dtype,
           c10::ScalarType kept)
    : kept_(kept),
      temporal_({.name = "temporal modules", .settings = 3, .context = true},
                package.folder / "temporal.ts", device, info.network_dtype("temporal", dtype)),
      decoder_({.name = "decoder", .settings = 2}, package.folder / "decoder.ts", device,
               info.network_dtype("decoder", dtype)),
      output_({.name = "output layers", .settings = 2}, package.folder / "output.ts", device,
              info.network_dtype("output", dtype)) {}

Attended Head::attend(const at::Tensor& levels, const at::Tensor& context,
                      const FrameNumbers& numbers, bool keep_states) {
  const TraceSpan span("batch", "temporal", "frames", levels.size(0));
  const std::int64_t width = numbers.path() + (keep_states ? numbers.state() : 0);
  const at::Tensor both =
      temporal_
          .run(levels, {width}, /*unit=*/levels.size(0),
               {numbers.rows(), numbers.columns(), keep_states ? 1 : 0}, context)
          .to(kept_);
  if (!keep_states) return {.paths = both, .states = {}};
  return {.paths = both.narrow(1, 0, numbers.path()),
          .states = both.narrow(1, numbers.path(), numbers.state()).clone()};
}

at::Tensor Head::decode(const at::Tensor& paths, const at::Tensor& skips,
                        const FrameNumbers& numbers) {
  const TraceSpan span("batch", "decode", "frames", paths.size(0));
  const std::vector<std::int64_t> settings = {numbers.rows(), numbers.columns()};
  const at::Tensor maps =
      decoder_.run(at::cat({paths, skips}, 1),
                   {numbers.half_features(), 8 * numbers.rows(), 8 * numbers.columns()},
                   /*unit=*/1, settings);
  return output_
      .run(maps, {1, kPatchPx * numbers.rows(), kPatchPx * numbers.columns()}, /*unit=*/1, settings)
      .squeeze(1);
}

}  // namespace rollingdepth::vda
