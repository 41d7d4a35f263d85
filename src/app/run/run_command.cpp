#include "app/run/run_command.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <stdexcept>

#include "app/console_progress.hpp"
#include "app/exit_code.hpp"
#include "app/interrupt.hpp"
#include "app/jobs/plan_job.hpp"
#include "app/listings.hpp"
#include "app/option_table.hpp"
#include "app/run/clip_job.hpp"
#include "app/run/distinct_inputs.hpp"
#include "app/run/finished_outputs.hpp"
#include "app/run/input_sound.hpp"
#include "app/run/inputs.hpp"
#include "app/run/model_facts.hpp"
#include "app/run/output_checks.hpp"
#include "app/run/outputs.hpp"
#include "app/run/run_plan.hpp"
#include "app/run/tally.hpp"
#include "base/trace.hpp"
#include "base/versions.hpp"
#include "jobs/job_folder.hpp"
#include "method/clip_frames.hpp"
#include "nn/device.hpp"
#include "nn/out_of_memory.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

/// An input that is to be run.
struct PendingInput {
  PlannedInput input;
  RunOptions options;                      ///< Without outputs that cannot be written.
  std::vector<std::string> warnings = {};  ///< What was said of it already.
};

/// A failure that does not say which input it concerns gets its name in front.
std::string named(const std::string& message, const PlannedInput& input) {
  const std::string file = std::filesystem::path(input.name).filename().string();
  return message.find(file) != std::string::npos ? message : input.name + ": " + message;
}

/// One run of the program over all inputs.
class Run {
 public:
  Run(RunOptions options, Console& console) : options_(std::move(options)), console_(console) {}

  int execute() {
    gather_inputs();
    if (options_.dry_run) {
      if (!pending_.empty()) print_plans();
      return tally_.exit_code();
    }
    bool stopped = false;
    try {
      if (!pending_.empty()) options_.plans ? plan_pending() : run_pending();
    } catch (const Cancelled&) {
      stopped = true;
      console_.error(interrupt_text());
      if (!kept_.empty()) tell_where_to_go_on(pending_[next_].input);
      tally_.unfinished += pending_.size() - next_;
    }
    tell_tally();
    // A signal of a scheduler leaves an unfinished input, Ctrl-C is the user's own.
    const bool given_up = stopped && interrupt_exit_code() != kUnfinished;
    return given_up ? interrupt_exit_code() : tally_.exit_code();
  }

 private:
  void tell_tally() {
    if (tally_.all() < 2) return;
    std::string line = std::to_string(tally_.all()) + " inputs: " + std::to_string(tally_.done) +
                       " done, " + std::to_string(tally_.skipped) + " skipped, " +
                       std::to_string(tally_.failed) + " failed";
    if (tally_.unfinished > 0) line += ", " + std::to_string(tally_.unfinished) + " unfinished";
    console_.say(line);
    for (const std::string& name : failed_names_) console_.say("  failed: " + name);
  }

  /// After the error of an input that was stopped.
  void tell_where_to_go_on(const PlannedInput& input) {
    console_.say(short_name(input) + " · stopped; the same command goes on from " + kept_.string());
  }

  /// Fills pending_: everything that can be refused without a model is refused here.
  void gather_inputs() {
    settle_scenes(options_);
    InputPlan plan = plan_inputs(options_);
    options_.scenes.require_fit(plan.inputs.size());
    options_.inputs.clear();  // Every input keeps a copy of the options.
    if (options_.planned) {
      name_as_planned(plan.inputs);
    } else {
      give_distinct_stems(plan, options_.output_dir);
    }
    require_distinct_outputs(plan.inputs);
    require_inputs_untouched(plan.inputs, options_);
    for (const std::string& note : plan.notes) console_.say("note: " + note);
    for (const std::string& problem : plan.problems) {
      console_.error(problem);
      ++tally_.failed;
    }
    const std::vector<OpenedInput> opened = open_inputs(std::move(plan.inputs));
    // Not below: what is wrong with the model is no fault of an input.
    if (!opened.empty()) model_facts();
    const bool runs = std::any_of(opened.begin(), opened.end(),
                                  [](const OpenedInput& input) { return input.clip.has_value(); });
    if (runs) check_folders(options_, /*prove=*/false);
    for (const OpenedInput& input : opened) {
      try {
        PendingInput pending = checked(input);
        if (is_finished(pending)) {
          skip(pending.input);
        } else {
          require_runnable(pending, input.clip);
          for (const std::string& warning : pending.warnings) {
            console_.warn(named(warning, pending.input));
          }
          pending_.push_back(std::move(pending));
        }
      } catch (const std::exception& error) {
        fail(input.input, error);
      }
    }
    if (!pending_.empty() && !options_.dry_run) check_folders(options_, /*prove=*/true);
  }

  // Of a job its folder says what its outputs are called.
  void name_as_planned(std::vector<PlannedInput>& inputs) {
    for (PlannedInput& input : inputs) {
      input.stem = options_.planned->job.stem().string();
      input.subfolder.clear();
    }
  }

  struct OpenedInput {
    PlannedInput input;
    std::optional<ClipInfo> clip;  ///< Unset where all its outputs are there.
  };

  /// Opens every input that may have to be run: one that cannot be read fails before a model is
  /// looked for.
  std::vector<OpenedInput> open_inputs(std::vector<PlannedInput> inputs) {
    std::vector<OpenedInput> opened;
    for (PlannedInput& input : inputs) {
      try {
        std::optional<ClipInfo> clip;
        if (options_.overwrite || !output_files(options_, input).all_exist()) {
          clip = input.open()->info();
        }
        opened.push_back({std::move(input), std::move(clip)});
      } catch (const std::exception& error) {
        fail(input, error);
      }
    }
    return opened;
  }

  /// The input with those of its outputs that can be written.
  PendingInput checked(const OpenedInput& opened) {
    const PlannedInput& input = opened.input;
    if (!opened.clip) return {input, options_};
    const FrameSize size{opened.clip->width_px, opened.clip->height_px};
    CheckedOutputs outputs = check_outputs(
        input, *opened.clip,
        options_.restore_res ? size : model_facts().method->processing_size(size), options_);
    return {input, std::move(outputs.options), std::move(outputs.warnings)};
  }

  /// Looked up once.
  const ModelFacts& model_facts() {
    if (!model_) model_.emplace(choose_model(options_, console_));
    return *model_;
  }

  /// Whether all its outputs are there. Nothing that is there is replaced unless asked for.
  bool is_finished(const PendingInput& pending) {
    const auto& [input, options, warnings] = pending;
    const OutputFiles files = output_files(options, input);
    if (options.overwrite || !files.any_exist()) return false;
    const JobIdentity identity = identity_of(pending);
    if (!outputs_are_finished(files, report_identity(identity, options),
                              left_open(options, model_facts().resolved),
                              JobFolder::waits(files.job, identity))) {
      return false;
    }
    JobFolder::discard(
        {.folder = files.job, .spool_root = options.spool_dir, .outputs = files.all()},
        short_name(input), identity);
    return true;
  }

  JobIdentity identity_of(const PendingInput& pending) {
    const ModelFacts& model = model_facts();
    return rollingdepth::identity_of(pending.input, pending.options, *model.method, model.networks);
  }

  /// What the run of it would refuse before it computes anything.
  void require_runnable(const PendingInput& pending, const std::optional<ClipInfo>& clip) {
    const ClipOptions& asked = model_facts().method->clip_options();
    if (clip && clip->frames_exact && expected_frames(*clip, asked) == 0) {
      throw Error(ErrorKind::kInput, "no frame to process: the clip has " +
                                         std::to_string(*clip->frames_estimate) +
                                         " frames and the first one asked for is " +
                                         std::to_string(asked.start_frame));
    }
    if (clip && clip->frames_exact) {
      options_.scenes.require_frames(clip->name, *clip->frames_estimate);
    }
    const OutputFiles files = output_files(pending.options, pending.input);
    JobFolder::require_usable({.folder = files.job, .overwrite = pending.options.overwrite},
                              identity_of(pending));
  }

  void skip(const PlannedInput& input) {
    console_.say(short_name(input) + " · skipped: its outputs are in " +
                 output_files(options_, input).folder.string() + " (--overwrite runs it)");
    ++tally_.skipped;
  }

  void fail(const PlannedInput& input, const std::exception& error) {
    console_.error(named(describe(error), input));
    console_.record_causes(error);
    const bool for_now = is_for_now(error);
    if (for_now && !kept_.empty()) {
      tell_where_to_go_on(input);
      ++tally_.unfinished;
      return;
    }
    if (!kept_.empty()) tell_what_is_kept(input, error);
    failed_names_.push_back(input.name);
    ++tally_.failed;
    if (for_now) ++tally_.failed_for_now;
  }

  // Nothing is promised: what failed may be impossible for good.
  void tell_what_is_kept(const PlannedInput& input, const std::exception& error) {
    const bool is_computed = dynamic_cast<const OutputsMissing*>(&error) != nullptr;
    console_.say(short_name(input) +
                 (is_computed ? " · the job stays in " : " · what was computed is kept in ") +
                 kept_.string() +
                 (is_computed
                      ? ": the same command tries again what is missing, without the networks"
                      : ""));
  }

  void print_plans() {
    const auto& [package, networks, resolved, method] = model_facts();
    console_.print("device " + names_of(networks.devices) + ", " + dtype_name(networks.dtype) +
                   tf32_text() + ", model " + method->package().name + ", nothing is written");
    for (const std::string& notice : resolved.notices) console_.print(notice);
    for (const auto& [input, options, warnings] : pending_) {
      try {
        const std::unique_ptr<FrameSource> source = input.open();
        const ClipInfo clip = source->info();
        for (const std::string& remark : source->survey(options.start_frame, options.frame_count)) {
          console_.warn(short_name(input) + ": " + remark);
        }
        RunPlan plan = plan_run(clip, options, *method, networks, resolved.spool_memory_bytes);
        plan.sound = sound_text(input, options);
        console_.print_lines(
            plan_text(short_name(input), clip, plan, output_files(options, input)));
        ++tally_.done;
      } catch (const std::exception& error) {
        fail(input, error);
      }
    }
  }

  void plan_pending() {
    ConsoleProgress progress(console_, &interrupt_requested);
    for (; next_ < pending_.size(); ++next_) {
      const auto& [input, options, warnings] = pending_[next_];
      try {
        console_.print(plan_clip_job(input, options, model_facts(), console_, progress).string());
        ++tally_.done;
      } catch (const Cancelled&) {
        throw;
      } catch (const std::exception& error) {
        fail(input, error);
      }
    }
  }

  void run_pending() {
    const auto& [package, networks, resolved, method] = model_facts();
    const std::vector<c10::Device>& devices = networks.devices;
    if (devices.front().is_cpu()) keep_freed_memory();
    ConsoleProgress progress(console_, &interrupt_requested);
    console_.detail("loading " + package.string());
    std::optional<TraceRecorder> trace;
    if (options_.writes("trace")) trace.emplace();
    method->load(devices, networks.dtype, options_.tf32);
    progress.check_cancelled();

    const auto setup_of = [&](const PendingInput& pending) -> RunSetup {
      return {.options = pending.options,
              .resolved = resolved,
              .method = *method,
              .networks = networks,
              .package = package,
              .device = names_of(devices),
              .dtype = dtype_name(method->dtype()),
              .console = console_,
              .progress = progress,
              .trace = trace ? &*trace : nullptr,
              .warnings = pending.warnings};
    };
    print_header(setup_of(pending_.front()));
    for (; next_ < pending_.size(); ++next_) {
      const PlannedInput& input = pending_[next_].input;
      kept_.clear();
      try {
        if (run_clip_job(input, setup_of(pending_[next_]), kept_) == ClipOutcome::kSkipped) {
          skip(input);
        } else {
          ++tally_.done;
        }
      } catch (const Cancelled&) {
        throw;
      } catch (const std::exception& error) {
        fail(input, error);
        const auto broken = std::find_if_not(devices.begin(), devices.end(), still_computes);
        if (broken != devices.end()) {
          leave_the_others(*broken);
          break;
        }
      }
      // What a clip that failed has left is not part of the next one's.
      if (trace) trace.emplace();
    }
  }

  /// On a device that computes no more every input would fail, one by one.
  void leave_the_others(c10::Device device) {
    const std::size_t left = pending_.size() - next_ - 1;
    if (left == 0) return;
    console_.error(device.str() + " computes nothing more in this process: " +
                   std::to_string(left) + (left == 1 ? " input is" : " inputs are") +
                   " left; the same command goes on with what is left");
    tally_.failed += left;
    while (++next_ < pending_.size()) failed_names_.push_back(pending_[next_].input.name);
  }

  [[nodiscard]] std::string tf32_text() const { return options_.tf32 ? " with TF32" : ""; }

  static std::string names_of(const std::vector<c10::Device>& devices) {
    std::vector<std::string> names;
    for (const c10::Device device : devices) names.push_back(device.str());
    return joined(names, " ");
  }

  void print_header(const RunSetup& setup) {
    std::string line = "rollingdepth " + program_version() + " · " + setup.device + ", ";
    if (setup.device == "cpu") {
      const int threads = setup.networks.threads;
      line += std::to_string(threads) + (threads == 1 ? " thread, " : " threads, ");
    }
    console_.say(line + setup.dtype + tf32_text() + " · model " + setup.method.package().name);
    if (!setup.method.package().notice.empty()) console_.warn(setup.method.package().notice);
    for (const std::string& notice : setup.resolved.notices) console_.say(notice);
    if (options_.workers && !setup.method.can_share_units()) {
      console_.say("--workers has no effect: each frame needs those before it");
    }
    console_.detail("model hash " + setup.method.package().hash);
    const std::string kernels = kernels_of(setup.method.device(), setup.method.dtype());
    console_.record(LogLevel::kInfo, "device " + setup.device + ", " +
                                         (kernels.empty() ? "" : "kernels " + kernels + ", ") +
                                         setup.dtype + tf32_text() + ", CPU threads " +
                                         std::to_string(setup.networks.threads));
  }

  RunOptions options_;
  Console& console_;
  std::optional<ModelFacts> model_;
  std::vector<PendingInput> pending_;
  std::size_t next_ = 0;        // Of pending_: the one that runs, or is to run.
  std::filesystem::path kept_;  // What it has left behind when it was stopped.
  std::vector<std::string> failed_names_;
  Tally tally_;
};

}  // namespace

bool is_for_now(const std::exception& error) {
  const Retry retry = retry_of(error);
  if (retry != Retry::kUnknown) return retry == Retry::kLater;
  // LibTorch says so in words.
  return out_of_memory(std::runtime_error(describe(error))) == OutOfMemory::kYes;
}

int run_inputs(const RunOptions& options, Console& console) {
  return Run(options, console).execute();
}

}  // namespace rollingdepth
