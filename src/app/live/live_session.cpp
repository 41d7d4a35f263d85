#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <utility>

#include "app/exit_code.hpp"
#include "app/interrupt.hpp"
#include "app/live/live_command.hpp"
#include "app/live/live_files.hpp"
#include "app/live/stats_file.hpp"
#include "app/model_search.hpp"
#include "base/formatted.hpp"
#include "base/partial_file.hpp"
#include "live/live_run.hpp"
#include "method/rolling_depth/model.hpp"
#include "nn/device.hpp"
#include "nn/package.hpp"
#include "nn/workers.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

/// One `rollingdepth live`.
class LiveSession {
 public:
  LiveSession(const LiveCommand& command, Console& console)
      : command_(command),
        console_(console),
        asked_(&interrupt_requested),
        stop_(&interrupt_requested) {}

  void execute() {
    require_free_files(command_);
    require_no_terminal(command_);
    finish_what_is_in_hand();  // The end is the normal one, however long the last frame takes.
    load_networks();
    try {
      live::SourceOptions source = command_.source;
      source.threads = command_.threads;
      source_ = live::open_live_source(source, stop_);
      begin_run();
      open_targets();
      open_stats();
    } catch (const Cancelled&) {
      console_.say(interrupt_text() + " before the first frame came");
      return;
    }
    tell_begin();
    run();
  }

 private:
  void open_stats();
  void finish_stats();
  void load_networks();
  void choose_threads(const Package& package, c10::Device device);
  void refuse_options_of_another_kind(const PackageInfo& package) const;
  void begin_run();
  void open_targets();
  void tell_begin() const;
  void note(const live::Json& record);
  void run();
  [[nodiscard]] live::LiveRunOptions run_options() const;

  const LiveCommand& command_;
  Console& console_;
  live::StopFlag asked_;              // By the user.
  live::StopFlag stop_;               // By the user, or the run.
  std::unique_ptr<StatsFile> stats_;  // Unset where none are asked for.
  int threads_ = 1;
  std::unique_ptr<CausalDepth> depth_;
  std::unique_ptr<live::LiveSource> source_;
  std::unique_ptr<live::ViewPainter> painter_;
  std::unique_ptr<live::LiveRun> run_;
  std::vector<std::unique_ptr<live::LiveTarget>> targets_;  // Tell run_: they end before it.
};

void LiveSession::open_stats() {
  if (!command_.stats) return;
  stats_ = std::make_unique<StatsFile>(*command_.stats, asked_, [this](const Error& why) {
    // As with pictures: whom a pipe has served is done.
    if (dynamic_cast<const live::ReaderGone*>(&why) != nullptr) return stop_.raise();
    console_.warn(std::string(why.what()) + "; the run goes on without statistics");
  });
}

void LiveSession::finish_stats() {
  if (!stats_) return;
  try {
    const std::int64_t dropped = stats_->finish(/*patient=*/!source_->info().drops);
    if (dropped > 0) {
      console_.warn(std::to_string(dropped) + " lines of statistics are lost: nobody took them");
    }
  } catch (const live::ReaderGone& gone) {
    const bool was_served = std::any_of(targets_.begin(), targets_.end(), [](const auto& target) {
      return target->counts().sent > 0;
    });
    if (!was_served) throw;
    console_.say(std::string("note: ") + gone.what());
  }
}

void LiveSession::load_networks() {
  const c10::Device device = resolve_device(command_.device);
  if (command_.device == "auto" && device.is_cpu()) {
    if (const std::string why = why_no_gpu(); !why.empty()) {
      console_.say("note: GPU not used: " + why);
    }
  }
  const Package package = open_package(find_model(model_places(command_.checkpoint)));
  refuse_options_of_another_kind(package.info);
  if (!package.info.notice.empty()) console_.warn(package.info.notice);
  choose_threads(package, device);
  keep_freed_memory();
  depth_ =
      load_causal_depth(package, command_.causal, device, resolve_dtype(command_.dtype, device));
}

// As the workers of a run: small networks are done sooner by one thread than by several that wait
// for each other.
void LiveSession::choose_threads(const Package& package, c10::Device device) {
  constexpr double kFloatsOfHalves = 2;  // Weights are stored in half the bytes.
  threads_ = set_threads(command_.threads);
  if (command_.threads != 0) return;
  const double bytes = kFloatsOfHalves * static_cast<double>(package_bytes(package.folder));
  const WorkerNeeds needs{.asked = {}, .threads = threads_, .memory = {.parameter_bytes = bytes}};
  threads_ = set_threads(choose_workers({device}, needs).front().threads);
}

void LiveSession::refuse_options_of_another_kind(const PackageInfo& package) const {
  if (package.kind == kRollingDepthKind) return;
  for (const char* const option : {"--mode", "--dilations", "--snip-len"}) {
    if (std::count(command_.given.begin(), command_.given.end(), option) == 0) continue;
    throw Error(ErrorKind::kUsage, std::string(option) + ": only of RollingDepth models, and '" +
                                       package.name + "' is of another kind");
  }
}

live::LiveRunOptions LiveSession::run_options() const {
  live::LiveRunOptions options;
  options.computer.smooth = command_.smooth;
  options.computer.looks_for_cuts = command_.looks_for_cuts;
  options.most_frames = command_.frames;
  options.threads = threads_;
  if (command_.adapt) {
    const double rate = *command_.adapt > 0 ? *command_.adapt : source_->info().frame_rate.value();
    options.computer.adapt = {.res_px = command_.causal.res_px.value_or(0) > 0
                                            ? *command_.causal.res_px
                                            : depth_->edge_px(source_->info().size),
                              .frames_per_second = rate};
  }
  return options;
}

void LiveSession::begin_run() {
  painter_ = std::make_unique<live::ViewPainter>(command_.target.view, command_.target.colormap);
  run_ = std::make_unique<live::LiveRun>(
      *source_, *depth_, run_options(), *painter_, stop_,
      live::LiveRunListener{
          .on_remark = [this](const std::string& remark) { console_.say("note: " + remark); },
          .on_record = [this](const live::Json& record) { note(record); }});
}

void LiveSession::note(const live::Json& record) {
  if (stats_) stats_->write(record);
  if (record["event"].get<std::string>() != "stats") return;
  std::string line = formatted("%.1f frames a second", record["fps"].get<double>());
  const live::Json& latency = record["latency_ms"];
  if (latency.contains("total")) {
    line += formatted(", %.0f ms from capture to send", latency["total"]["p50"].get<double>());
  }
  const auto dropped = record["dropped"].get<std::int64_t>();
  if (dropped > 0) line += ", " + std::to_string(dropped) + " dropped";
  console_.draw(line);
}

void LiveSession::open_targets() {
  for (const std::string& target : command_.targets) {
    targets_.push_back(live::open_live_target(target, command_.target, run_->shape(), stop_,
                                              run_->on_sent(), run_->on_target_remark()));
  }
}

void LiveSession::tell_begin() const {
  const live::LiveClip& clip = source_->info();
  const live::PictureShape shape = run_->shape();
  std::string line = clip.name + " · " + std::to_string(clip.size.width_px) + "×" +
                     std::to_string(clip.size.height_px) + " → " +
                     std::to_string(shape.depth.width_px) + "×" +
                     std::to_string(shape.depth.height_px);
  for (const auto& target : targets_) {
    const std::string name = target->counts().name;
    line += target == targets_.front() ? " → " : ", ";
    line += name == "-" ? "standard output" : name;
  }
  console_.say(line);
  if (command_.targets.empty()) {
    console_.say("note: no target (-o): depth is computed and measured only");
  }
}

void LiveSession::run() {
  std::vector<live::LiveTarget*> targets;
  for (const auto& target : targets_) targets.push_back(target.get());
  const std::chrono::duration<double> every(command_.stats_seconds);
  run_->run(targets, std::chrono::duration_cast<std::chrono::milliseconds>(every));
  console_.say(run_->summary());
  finish_stats();
  if (!run_->is_busy()) return;
  // All is finished; only the networks still work on a frame that nobody waits for. A file without
  // a picture is none.
  const auto lock = remove_partial_files();
  std::cout << std::flush;
  std::_Exit(kDone);
}

}  // namespace

void run_live_command(const LiveCommand& command, Console& console) {
  console.set_verbosity(verbosity_of(command.quiet, command.verbose));
  LiveSession(command, console).execute();
}

}  // namespace rollingdepth
