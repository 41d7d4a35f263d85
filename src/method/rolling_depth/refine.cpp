#include "method/rolling_depth/refine.hpp"

#include <ATen/core/Tensor.h>
#include <ATen/ops/stack.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "base/trace.hpp"
#include "method/rolling_depth/scheduler.hpp"
#include "store/tensor_store.hpp"

namespace rollingdepth {
namespace {

// What the snippets of one step say: [L, C, h, w] float32 each.
struct Step {
  SnippetPlan plan;
  TensorStore latents;

  // The mean of a frame over the snippets that hold it.
  [[nodiscard]] at::Tensor mean(std::int64_t frame) const {
    at::Tensor sum;
    double count = 0;
    for (std::int64_t j = plan.length - 1; j >= 0; --j) {
      const std::int64_t k = frame - j * plan.dilation;
      if (k < 0 || k >= plan.size()) continue;
      const at::Tensor said = latents.read(k)[j];
      sum = sum.defined() ? sum.add_(said) : said.clone();
      ++count;
    }
    return sum.div_(count);
  }
};

std::string name_of(std::int64_t step) { return "refine-" + std::to_string(step); }

// The steps of one clip, each from the one before.
class Refinement {
 public:
  Refinement(Crew& crew, CrewModels models, std::int64_t frames, LatentReader depth_latents,
             const at::Tensor& noise, const RefineOptions& options, Spool& spool)
      : crew_(crew),
        models_(std::move(models)),
        frames_(frames),
        depth_latents_(std::move(depth_latents)),
        noise_(noise),
        options_(options),
        spool_(spool),
        scheduler_(models_.front()->info().scheduler),
        schedule_(scheduler_.timesteps(2 * options.steps)) {}

  void run(const LatentReader& rgb_latents, Progress& progress) {
    const std::int64_t first = find_last_whole_step();
    for (std::int64_t i = first; i < options_.steps; ++i) {
      auto step = open(i);
      const TraceSpan span("batch", "refine step", "snippets", step->plan.size());
      CrewTasks tasks(crew_, progress, /*done=*/i);
      for (std::int64_t k = 0; k < step->plan.size(); k += options_.max_snippets) {
        const std::int64_t last = std::min(k + options_.max_snippets, step->plan.size());
        // What is counted are steps.
        tasks.submit(0, [&, k, last](std::size_t member) {
          predict(*models_[member], *step, k, last, timestep(i), rgb_latents);
        });
      }
      tasks.finish();
      spool_.note_usage();
      last_ = std::move(step);
      spool_.remove(name_of(i - 1));
      progress.advance(i + 1);
    }
  }

  // [F, C, h, w] float32 on `device`, after the last step that is made.
  [[nodiscard]] at::Tensor read(const std::vector<std::int64_t>& frames, c10::Device device) const {
    if (!last_) {
      return scheduler_.add_noise(depth_latents_(frames).to(device, at::kFloat),
                                  noise_.to(device, at::kFloat), timestep(0));
    }
    std::vector<at::Tensor> means;
    for (const std::int64_t frame : frames) means.push_back(last_->mean(frame));
    return at::stack(means).to(device);
  }

 private:
  [[nodiscard]] std::int64_t timestep(std::int64_t step) const {
    return schedule_[static_cast<std::size_t>(options_.steps + step)];
  }

  [[nodiscard]] SnippetPlan plan(std::int64_t step) const {
    const std::int64_t length = std::min(options_.snippet_length, frames_);
    // A spacing above N / L would leave frames in the middle without a snippet.
    const std::int64_t start = options_.cap_dilation
                                   ? cap_dilation(options_.start_dilation, frames_, length)
                                   : options_.start_dilation;
    const std::int64_t largest = std::max<std::int64_t>(1, frames_ / length);
    return plan_snippets(
        {.frames = frames_,
         .length = length,
         .dilation = std::min(refinement_dilation(step, options_.steps, start), largest)});
  }

  [[nodiscard]] std::unique_ptr<Step> open(std::int64_t step) const {
    const SnippetPlan snippets = plan(step);
    const std::vector<std::int64_t> shape = {snippets.length, noise_.size(1), noise_.size(2),
                                             noise_.size(3)};
    return std::unique_ptr<Step>(
        new Step{snippets, TensorStore(spool_, name_of(step), shape, at::kFloat)});
  }

  // Sets last_ to the last step that an earlier run has completed. @return the step that follows.
  std::int64_t find_last_whole_step() {
    for (std::int64_t i = options_.steps - 1; i >= 0; --i) {
      if (!spool_.has(name_of(i))) continue;
      auto step = open(i);
      // The one before it is gone: a record that is damaged could not be computed again later.
      if (!step->latents.are_whole(0, step->plan.size())) continue;
      last_ = std::move(step);
      return i + 1;
    }
    return 0;
  }

  // One DDIM step of snippets [first, last) from the latents of the step before.
  void predict(DepthModel& model, Step& step, std::int64_t first, std::int64_t last,
               std::int64_t timestep, const LatentReader& rgb_latents) {
    if (step.latents.are_whole(first, last)) return;
    const std::vector<std::int64_t> frames = frames_of(step.plan, first, last);
    const at::Tensor before = read(frames, model.device());
    const at::Tensor output =
        denoise_snippets(model, rgb_latents(frames), before, step.plan.length, timestep);
    const at::Tensor after = scheduler_.step(output, timestep, before, 2 * options_.steps);
    for (std::int64_t k = first; k < last; ++k) {
      step.latents.write(k, after.narrow(0, (k - first) * step.plan.length, step.plan.length));
    }
  }

  Crew& crew_;
  CrewModels models_;
  std::int64_t frames_;
  LatentReader depth_latents_;
  at::Tensor noise_;
  RefineOptions options_;
  Spool& spool_;
  DdimScheduler scheduler_;
  std::vector<std::int64_t> schedule_;
  std::unique_ptr<Step> last_;
};

}  // namespace

RefinedLatents refine_latents(Crew& crew, const CrewModels& models, std::int64_t frames,
                              const LatentReader& rgb_latents, const LatentReader& depth_latents,
                              const at::Tensor& noise, const RefineOptions& options, Spool& spool,
                              Progress& progress) {
  auto refinement =
      std::make_shared<Refinement>(crew, models, frames, depth_latents, noise, options, spool);
  refinement->run(rgb_latents, progress);
  return [refinement](const std::vector<std::int64_t>& wanted, c10::Device device) {
    return refinement->read(wanted, device);
  };
}

}  // namespace rollingdepth
