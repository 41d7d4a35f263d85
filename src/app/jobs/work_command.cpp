#include "app/jobs/work_command.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>

#include "app/console_progress.hpp"
#include "app/exit_code.hpp"
#include "app/interrupt.hpp"
#include "app/jobs/noted_progress.hpp"
#include "app/jobs/other_machines.hpp"
#include "app/option_table.hpp"
#include "app/run/clip_job.hpp"
#include "app/run/model_facts.hpp"
#include "app/run/run_command.hpp"
#include "base/versions.hpp"
#include "clip_share.hpp"
#include "jobs/claims.hpp"
#include "jobs/shard.hpp"
#include "jobs/shard_notes.hpp"
#include "nn/device.hpp"
#include "nn/workers.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

constexpr const char* kDescription =
    "Does a part of a job that rollingdepth plan has made: networks, no output files. Any number "
    "of\n"
    "processes may work on the same job, on any machines that share its folder.\n";

// Frames of a part that is taken from what is left: some times what a part needs of its neighbours.
constexpr std::int64_t kFramesOfPart = 128;

Shard shard_of(const WorkCommand& command) {
  if (command.shard.empty()) return kWhatIsLeft;
  if (command.shard != "auto") return parse_shard(command.shard);
  return detect_shard(process_environment, command.shards);
}

/// One `rollingdepth work`.
class Work {
 public:
  Work(const WorkCommand& command, Console& console)
      : console_(console),
        shard_(shard_of(command)),
        name_(shard_text(shard_.index, shard_.count)),
        clip_(open_planned(command.planned)),
        job_(clip_.options.planned->job),
        progress_(console, &interrupt_requested),
        input_(input_of(clip_)),
        model_(choose_planned_model(clip_, console)) {}

  int execute() {
    const RunOptions& options = clip_.options;
    const PlannedNetworks& networks = model_.networks;
    require_as_planned(clip_.plan, identity_of(input_, options, *model_.method, networks));
    const PlannedWorkers planned =
        plan_workers(clip_.plan.size, clip_.plan.frames, options, *model_.method, networks);
    if (!planned.warning.empty()) console_.warn(planned.warning);
    ShardNote note = new_note(shard_);
    note.compute =
        compute_text(compute_facts(networks.devices.front(), networks.dtype, options.tf32));
    share_.spool.folder = job_;
    share_.spool.job = clip_.plan.id;
    share_.spool.writer = note.writer;
    share_.batch = clip_.plan.batch;
    share_.cuts = clip_.plan.cuts;
    share_.workers = planned.workers;
    console_.say("rollingdepth " + program_version() + " · " + name_ + " of " + job_.string() +
                 (is_shard() ? " (" + shard_.source + ")" : "") + " · " + note.compute + ", " +
                 workers_text(planned.workers));
    Claims claims(job_, note.writer);
    NotedProgress noted(progress_, job_, std::move(note), model_.method->unit(), is_shard(),
                        [&] { claims.touch(); });
    return report(noted, [&] {
      if (networks.devices.front().is_cpu()) keep_freed_memory();
      model_.method->load(networks.devices, networks.dtype, options.tf32);
      is_shard() ? work_on_shard(noted) : work_on_what_is_left(claims, noted);
    });
  }

 private:
  // Else what is left.
  [[nodiscard]] bool is_shard() const { return shard_.count > 0; }

  void work_on(UnitRange begun, Progress& progress) {
    const std::unique_ptr<FrameSource> source = input_.open();
    share_.begun = begun;
    work_on_share(*source, *model_.method, share_, progress);
  }

  // What is there already is read: who merges has no time to compute it again.
  void work_on_shard(Progress& progress) {
    share_.checks = true;
    work_on(share_of(clip_.plan.frames, shard_.index, shard_.count), progress);
  }

  // From the end on: a run that is under way begins at the front.
  void work_on_what_is_left(Claims& claims, Progress& progress) {
    const std::int64_t frames = clip_.plan.frames;
    const std::int64_t parts = (frames + kFramesOfPart - 1) / kFramesOfPart;
    progress_.begin("parts", parts, "parts");
    for (std::int64_t part = parts - 1; part >= 0; --part) {
      progress_.check_cancelled();
      const std::int64_t first = part * kFramesOfPart;
      if (claims.take(part)) work_on({first, std::min(first + kFramesOfPart, frames)}, progress);
      progress_.advance(parts - part);
    }
    progress_.end("");
  }

  int report(NotedProgress& noted, const std::function<void()>& work) {
    const std::string stopped = name_ + " · stopped; the same command goes on";
    try {
      work();
    } catch (const Cancelled&) {
      noted.close("stopped");
      console_.error(interrupt_text());
      console_.say(stopped);
      return interrupt_exit_code();
    } catch (const std::exception& error) {
      if (is_merged_meanwhile()) return kDone;
      noted.close("failed: " + describe(error));
      console_.error(describe(error));
      console_.record_causes(error);
      if (!is_for_now(error)) return kFailure;
      console_.say(stopped);
      return kUnfinished;
    }
    for (const std::string& remark : model_.method->take_warnings()) console_.warn(remark);
    if (is_merged_meanwhile()) return kDone;
    if (!has_plan(job_)) {
      console_.error(name_ + ": the job was removed meanwhile, and has no outputs");
      return kFailure;
    }
    noted.close("done");
    if (!is_shard() && !are_complete(count_units(job_, clip_.plan))) {
      console_.say(
          name_ + " · " + noted.done_text() +
          "; others are at work on the rest, the same command goes on with what they leave");
      return kUnfinished;
    }
    console_.say(name_ + " · done, " + noted.done_text());
    return kDone;
  }

  // By another process, with what there was of this one. The plan goes first.
  bool is_merged_meanwhile() {
    if (has_plan(job_) || !has_report(job_)) return false;
    console_.say(name_ + " · the job was finished by another process");
    return true;
  }

  Console& console_;
  Shard shard_;
  std::string name_;
  PlannedClip clip_;
  std::filesystem::path job_;
  ConsoleProgress progress_;
  PlannedInput input_;
  ModelFacts model_;
  ClipShare share_;
};

}  // namespace

WorkCommand parse_work_command(const std::vector<std::string>& arguments) {
  WorkCommand command;
  OptionTable table({.description = kDescription,
                     .usage = "rollingdepth work STEM.job [--shard I/N | --shard auto] [options]",
                     .command = "work"});
  table.group("Part");
  table.one(
      "--shard", "I/N",
      "The I-th of N equal parts, from 1; auto: as the array of Slurm, PBS, Grid Engine, LSF, "
      "Kubernetes, AWS Batch, Google Batch, Cloud Run, HyperQueue or GNU parallel says",
      command.shard, [&](const std::string& word) { command.shard = word; });
  table.one(
      "--shards", "N", "Of --shard auto, where the scheduler does not say how many", "",
      [&](const std::string& word) { command.shards = parse_whole_number("--shards", word); });
  add_planned_job_options(table, command.planned);
  const auto left = table.parse(arguments);
  if (!left) {
    command.help = table.help();
    return command;
  }
  take_job("work", *left, table, command.planned.job);
  validate(command.planned);
  if (command.shards && command.shard != "auto") {
    throw Error(ErrorKind::kUsage, "--shards: needs --shard auto");
  }
  if (!command.shard.empty() && command.shard != "auto") parse_shard(command.shard);
  return command;
}

int run_work_command(const WorkCommand& command, Console& console) {
  console.set_verbosity(verbosity_of(command.planned.quiet, command.planned.verbose));
  if (say_if_done(command.planned.job, console)) return kDone;
  finish_what_is_in_hand();
  return Work(command, console).execute();
}

}  // namespace rollingdepth
