#include "rollingdepth/app/application.hpp"

#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>

#include "rollingdepth/app/clip_job.hpp"
#include "rollingdepth/app/command_line.hpp"
#include "rollingdepth/app/console_progress.hpp"
#include "rollingdepth/app/finished_outputs.hpp"
#include "rollingdepth/app/inputs.hpp"
#include "rollingdepth/app/interrupt.hpp"
#include "rollingdepth/app/job_folder.hpp"
#include "rollingdepth/app/listings.hpp"
#include "rollingdepth/app/model_search.hpp"
#include "rollingdepth/app/outputs.hpp"
#include "rollingdepth/app/run_plan.hpp"
#include "rollingdepth/base/error.hpp"
#include "rollingdepth/base/trace.hpp"
#include "rollingdepth/clip_plan.hpp"
#include "rollingdepth/infer/device.hpp"

namespace rollingdepth {
namespace {

enum ExitCode {
  kDone = 0,
  kFailure = 1,
  kWrongUsage = 2,
  kSomeFailed = 3,
  kBoundBroken = 4,
  kInterrupted = 130
};

int exit_code_of(const std::exception& error) {
  return kind_of(error) == ErrorKind::kUsage ? kWrongUsage : kFailure;
}

/// What became of the inputs of a run.
struct Tally {
  std::size_t done = 0;
  std::size_t skipped = 0;
  std::size_t failed = 0;

  [[nodiscard]] std::size_t all() const { return done + skipped + failed; }
  [[nodiscard]] int exit_code() const {
    if (failed == 0) return kDone;
    return failed == all() ? kFailure : kSomeFailed;
  }
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
    if (!pending_.empty()) {
      if (options_.dry_run) {
        print_plans();
      } else {
        run_pending();
      }
    }
    if (tally_.all() > 1 && !options_.dry_run) {
      console_.say(std::to_string(tally_.all()) + " inputs: " + std::to_string(tally_.done) +
                   " done, " + std::to_string(tally_.skipped) + " skipped, " +
                   std::to_string(tally_.failed) + " failed");
      for (const std::string& name : failed_names_) console_.say("  failed: " + name);
    }
    return tally_.exit_code();
  }

 private:
  /// Fills pending_: everything that can be refused without a model is refused here.
  void gather_inputs() {
    InputPlan plan =
        plan_inputs(options_.inputs, options_.recursive,
                    options_.output_fps.value_or(kDefaultImageRate), options_.deinterlace);
    require_distinct_outputs(plan.inputs);
    require_inputs_untouched(plan.inputs, options_);
    for (const std::string& note : plan.notes) console_.say("note: " + note);
    for (const std::string& problem : plan.problems) {
      console_.error(problem);
      ++tally_.failed;
    }
    // Not below: what is wrong with the model is no fault of an input.
    if (std::any_of(plan.inputs.begin(), plan.inputs.end(),
                    [&](const PlannedInput& input) { return has_outputs(input); })) {
      model_facts();
    }
    for (PlannedInput& input : plan.inputs) {
      try {
        if (is_finished(input)) {
          skip(input);
        } else {
          pending_.push_back(std::move(input));
        }
      } catch (const std::exception& error) {
        fail(input, error);
      }
    }
  }

  /// What the outputs of all inputs depend on, looked up once.
  struct ModelFacts {
    std::filesystem::path package;
    ModelInfo info;
    c10::Device device;
    c10::ScalarType dtype;
    ResolvedOptions resolved;
  };

  const ModelFacts& model_facts() {
    if (model_) return *model_;
    // Before anything else asks LibTorch for a device: it remembers what it found first.
    const c10::Device device = resolve_device(options_.device);
    if (options_.device == "auto" && device.is_cpu()) {
      if (const std::string why = why_no_gpu(); !why.empty()) {
        console_.say("note: GPU not used: " + why);
      }
    }
    require_cuda_for_tf32(device);
    const std::filesystem::path package = find_model(model_places(options_.checkpoint));
    ModelInfo info = read_model_info(package);
    ResolvedOptions resolved = resolve_options(options_, info.preferred_res);
    check_model_supports(info, resolved.pipeline);
    const c10::ScalarType dtype = resolve_dtype(resolved.dtype, device);
    return model_.emplace(ModelFacts{package, std::move(info), device, dtype, std::move(resolved)});
  }

  void require_cuda_for_tf32(c10::Device device) const {
    if (!options_.tf32 || device.is_cuda()) return;
    throw Error(ErrorKind::kUsage, "--tf32: needs CUDA, and this run is on " + device.str());
  }

  /// Whether there is anything that must not be replaced.
  [[nodiscard]] bool has_outputs(const PlannedInput& input) const {
    return !options_.overwrite && output_files(options_, input).any_exist();
  }

  /// Without outputs nothing has to be known of the model, so that inputs fail before it does.
  bool is_finished(const PlannedInput& input) {
    if (!has_outputs(input)) return false;
    const OutputFiles files = output_files(options_, input);
    const ModelFacts& model = model_facts();
    const JobIdentity identity =
        job_identity(input, model.resolved.pipeline, model.info, model.device.str(),
                     dtype_name(model.dtype), options_.tf32);
    if (!outputs_are_finished(files, report_identity(identity, options_),
                              JobFolder::waits(files.job, identity))) {
      return false;
    }
    JobFolder::discard(
        {.folder = files.job, .spool_root = options_.spool_dir, .outputs = files.all()},
        short_name(input), identity);
    return true;
  }

  void skip(const PlannedInput& input) {
    console_.say(short_name(input) + " · skipped: its outputs are in " +
                 output_files(options_, input).folder.string() + " (--overwrite runs it)");
    ++tally_.skipped;
  }

  void fail(const PlannedInput& input, const std::exception& error) {
    console_.error(named(describe(error), input));
    failed_names_.push_back(input.name);
    ++tally_.failed;
  }

  void print_plans() {
    const auto& [package, model, device, dtype, resolved] = model_facts();
    console_.print("device " + device.str() + ", " + dtype_name(dtype) + tf32_text() + ", model " +
                   model.name + ", nothing is written");
    for (const std::string& notice : resolved.notices) console_.print(notice);
    for (const PlannedInput& input : pending_) {
      try {
        const ClipInfo clip = input.open()->info();
        const RunPlan plan = plan_run(clip, options_, resolved.pipeline,
                                      {.info = model,
                                       .file_bytes = package_bytes(package),
                                       .device = device,
                                       .dtype = dtype});
        console_.print(plan_text(short_name(input), clip, plan, output_files(options_, input)));
        ++tally_.done;
      } catch (const std::exception& error) {
        fail(input, error);
      }
    }
  }

  void run_pending() {
    const auto& [package, info, device, dtype, resolved] = model_facts();
    const int threads = set_threads(options_.threads);
    if (device.is_cpu()) keep_freed_memory();
    ConsoleProgress progress(console_, &interrupt_requested);
    console_.detail("loading " + package.string());
    std::optional<TraceRecorder> trace;
    if (options_.profile) trace.emplace();
    const std::unique_ptr<DepthModel> model = load_model(package, device, dtype, options_.tf32);
    progress.check_cancelled();
    prepare_output_folder(options_.output_dir);

    const RunSetup setup{.options = options_,
                         .resolved = resolved,
                         .model = *model,
                         .device = device.str(),
                         .dtype = dtype_name(model->dtype()),
                         .threads = threads,
                         .console = console_,
                         .progress = progress,
                         .trace = trace ? &*trace : nullptr};
    print_header(setup);
    for (const PlannedInput& input : pending_) {
      try {
        if (run_clip_job(input, setup) == ClipOutcome::kSkipped) {
          skip(input);
        } else {
          ++tally_.done;
        }
      } catch (const Cancelled&) {
        throw;
      } catch (const std::exception& error) {
        fail(input, error);
      }
      // What a clip that failed has left is not part of the next one's.
      if (trace) trace.emplace();
    }
  }

  [[nodiscard]] std::string tf32_text() const { return options_.tf32 ? " with TF32" : ""; }

  void print_header(const RunSetup& setup) {
    std::string line = "rollingdepth " + program_version() + " · " + setup.device + ", ";
    if (setup.device == "cpu") {
      line += std::to_string(setup.threads) + (setup.threads == 1 ? " thread, " : " threads, ");
    }
    console_.say(line + setup.dtype + tf32_text() + " · model " + setup.model.info().name);
    if (!setup.model.info().notice.empty()) console_.warn(setup.model.info().notice);
    for (const std::string& notice : setup.resolved.notices) console_.say(notice);
    console_.detail("model hash " + setup.model.info().hash);
  }

  RunOptions options_;
  Console& console_;
  std::optional<ModelFacts> model_;
  std::vector<PlannedInput> pending_;
  std::vector<std::string> failed_names_;
  Tally tally_;
};

int run_request(const CommandLine& line, Console& console) {
  switch (line.request) {
    case Request::kHelp:
      std::cout << line.help << std::flush;
      return kDone;
    case Request::kVersion:
      console.print(version_text());
      return kDone;
    case Request::kListDevices:
      console.print(device_list_text());
      return kDone;
    case Request::kListColormaps:
      console.print(colormap_list_text());
      return kDone;
    case Request::kAlign:
      run_align_command(line.align, console);
      return kDone;
    case Request::kBench:
      return run_bench_command(line.bench, console) ? kDone : kBoundBroken;
    case Request::kCompare:
      return run_compare_command(line.compare, console) ? kDone : kBoundBroken;
    case Request::kRun:
      break;
  }
  if (line.options.quiet) console.set_verbosity(Verbosity::kQuiet);
  if (line.options.verbose) console.set_verbosity(Verbosity::kVerbose);
  return Run(line.options, console).execute();
}

/// What was printed must have arrived: a full disk behind a redirection is a failure.
int with_output(int exit_code) {
  if (std::cout.flush()) return exit_code;
  throw Error(ErrorKind::kOutput, "cannot write to standard output");
}

}  // namespace

int run_application(int argc, char** argv) {
  install_signal_handlers();
  Console console(detect_console_settings(), std::cout, std::cerr);
  try {
    return with_output(run_request(parse_command_line({argv + 1, argv + argc}), console));
  } catch (const Cancelled& cancelled) {
    console.error(cancelled.what());
    return kInterrupted;
  } catch (const std::exception& error) {
    console.error(describe(error));
    return exit_code_of(error);
  }
}

}  // namespace rollingdepth
