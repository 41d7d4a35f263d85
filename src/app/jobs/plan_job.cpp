#include "app/jobs/plan_job.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "app/run/clip_job.hpp"
#include "app/run/clip_shots.hpp"
#include "app/run/outputs.hpp"
#include "clip_share.hpp"
#include "film/film_run.hpp"
#include "jobs/job_folder.hpp"
#include "jobs/job_plan.hpp"

namespace rollingdepth {
namespace {

// "60 frames, 58 + 34 snippets"
std::string units_text(const std::vector<UnitRecords>& records) {
  std::string text, unit;
  for (const UnitRecords& part : records) {
    if (part.unit == unit) {
      text += " + " + std::to_string(part.units);
      continue;
    }
    if (!unit.empty()) text += " " + unit + ", ";
    text += std::to_string(part.units);
    unit = part.unit;
  }
  return text + " " + unit;
}

// Of several shots: "41 frames, 80 snippets in 4 shots".
std::string units_of_shots_text(const std::vector<UnitRecords>& records, std::size_t shots) {
  std::vector<std::pair<std::string, std::int64_t>> sums;
  for (const UnitRecords& part : records) {
    const auto known = std::find_if(sums.begin(), sums.end(),
                                    [&](const auto& sum) { return sum.first == part.unit; });
    if (known == sums.end()) {
      sums.emplace_back(part.unit, part.units);
    } else {
      known->second += part.units;
    }
  }
  std::string text;
  for (const auto& [unit, units] : sums) {
    text.append(text.empty() ? "" : ", ").append(std::to_string(units)).append(" ").append(unit);
  }
  return text + " in " + std::to_string(shots) + " shots";
}

// Of all shots; a clip in one piece is one without a name.
std::vector<UnitRecords> records_of(const PlannedWork& work) {
  std::vector<UnitRecords> all;
  std::int64_t index = 0;
  for (const UnitRange& shot : shots_of(work.cuts, work.frames)) {
    const std::string prefix = work.cuts.empty() ? "" : shot_prefix(index++);
    for (UnitRecords records : work.method.unit_records(
             {.size = work.size, .frames = shot.last - shot.first}, work.networks.dtype)) {
      records.store.insert(0, prefix);
      all.push_back(std::move(records));
    }
  }
  return all;
}

// A damaged plan is made anew: of the same job it says the same.
bool was_planned(const std::filesystem::path& job_folder, std::int64_t frames) try {
  const std::optional<JobPlan> plan = read_plan(job_folder);
  return plan && plan->frames == frames;
} catch (const Error&) {
  return false;
}

}  // namespace

std::filesystem::path plan_clip_job(const PlannedInput& input, const RunOptions& options,
                                    const ModelFacts& model, Console& console,
                                    ConsoleProgress& progress) {
  const std::string name = short_name(input);
  const OutputFiles files = output_files(options, input);
  const PlannedNetworks& networks = model.networks;
  const DepthMethod& method = *model.method;
  const JobIdentity identity = identity_of(input, options, method, networks);
  prepare_output_folder(files.folder);
  JobFolder job({.folder = files.job, .outputs = files.all(), .overwrite = options.overwrite}, name,
                identity);
  const std::unique_ptr<FrameSource> source = input.open();
  const ClipInfo clip = source->info();
  const FrameSize size{clip.width_px, clip.height_px};
  console.say(clip_line(name, clip, method.clip_options(), method.processing_size(size)));
  const Cuts cuts = find_shots(input, options.scenes, method.clip_options(), job, progress).cuts;
  const std::int64_t frames = count_frames(*source, method.clip_options(), job.spool(), progress);
  if (job.goes_on() && was_planned(job.folder(), frames)) {
    console.say(name + " · was planned before");
    return job.folder();
  }
  // Those of a clip that was read for its shots are there, and it was not read again.
  job.keep_remarks(source->warnings());
  for (const std::string& remark : job.remarks()) console.warn(name + ": " + remark);
  const PlannedWorkers workers = plan_workers(size, frames, options, method, networks);
  const BatchSizes batch = job.keep_batch_sizes(
      method.batch_sizes(size, networks.devices.front(), networks.dtype, networks.file_bytes));
  const JobPlan plan = make_plan(job, {.input = input,
                                       .options = options,
                                       .method = method,
                                       .networks = networks,
                                       .package = model.package,
                                       .size = size,
                                       .frames = frames,
                                       .cuts = cuts,
                                       .batch = batch,
                                       .threads = workers.workers.front().threads});
  console.say(name + " · planned: " +
              (cuts.empty() ? units_text(plan.records)
                            : units_of_shots_text(plan.records, cuts.size() + 1)));
  return job.folder();
}

JobPlan make_plan(const JobFolder& job, const PlannedWork& work) {
  JobPlan plan{.id = job.id(),
               .input = std::filesystem::absolute(work.input.name).string(),
               .model = std::filesystem::absolute(work.package),
               .arguments = work.options.arguments,
               .size = work.size,
               .frames = work.frames,
               .batch = work.batch,
               .threads = work.threads,
               .cuts = work.cuts,
               .records = records_of(work),
               .identity = identity_of(work.input, work.options, work.method, work.networks)};
  write_plan(job.folder(), plan);
  return plan;
}

}  // namespace rollingdepth
