#include "live/live_stats.hpp"

#include <cmath>

namespace rollingdepth::live {
namespace {

constexpr std::array<const char*, kStages> kNames = {"wait", "depth", "paint", "send", "total"};

double rounded(double value, double steps_per_unit) {
  return std::round(value * steps_per_unit) / steps_per_unit;
}

double milliseconds(double seconds) { return rounded(seconds * 1e3, 100); }

double seconds_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

}  // namespace

const char* name_of(Stage stage) { return kNames[static_cast<std::size_t>(stage)]; }

void LiveStats::add(Stage stage, double seconds) {
  const std::lock_guard lock(mutex_);
  interval_.of_stage[static_cast<std::size_t>(stage)].add(seconds);
  all_.of_stage[static_cast<std::size_t>(stage)].add(seconds);
}

void LiveStats::count_shown() {
  const std::lock_guard lock(mutex_);
  ++interval_.shown;
  ++all_.shown;
}

double LiveStats::seconds_since_start() const { return seconds_between(started_, Clock::now()); }

double LiveStats::quantile(Stage stage, double share) const {
  const std::lock_guard lock(mutex_);
  return all_.of_stage[static_cast<std::size_t>(stage)].quantile(share);
}

std::int64_t LiveStats::shown() const {
  const std::lock_guard lock(mutex_);
  return all_.shown;
}

Json LiveStats::report(const Times& times, double seconds) {
  Json latency = Json::object();
  for (const Stage stage :
       {Stage::kTotal, Stage::kWait, Stage::kDepth, Stage::kPaint, Stage::kSend}) {
    const TimeHistogram& histogram = times.of_stage[static_cast<std::size_t>(stage)];
    if (histogram.count() == 0) continue;
    latency[name_of(stage)] = {{"p50", milliseconds(histogram.quantile(0.50))},
                               {"p95", milliseconds(histogram.quantile(0.95))},
                               {"p99", milliseconds(histogram.quantile(0.99))}};
  }
  const double fps = seconds > 0 ? static_cast<double>(times.shown) / seconds : 0;
  return {{"fps", rounded(fps, 100)}, {"latency_ms", std::move(latency)}};
}

Json LiveStats::take_interval() {
  const std::lock_guard lock(mutex_);
  const Clock::time_point now = Clock::now();
  Json report = LiveStats::report(interval_, seconds_between(interval_began_, now));
  for (TimeHistogram& histogram : interval_.of_stage) histogram.clear();
  interval_.shown = 0;
  interval_began_ = now;
  return report;
}

Json LiveStats::all() const {
  const std::lock_guard lock(mutex_);
  return report(all_, seconds_between(started_, Clock::now()));
}

Json frame_record(const LiveFrame& frame, const ShownDepth& depth) {
  return {{"event", "frame"},
          {"frame", frame.number},
          {"time", static_cast<double>(frame.time_us) / 1e6},
          {"min", depth.min},
          {"max", depth.max},
          {"far", depth.far},
          {"near", depth.near},
          {"cut", depth.cut}};
}

Json target_records(const std::vector<TargetCounts>& targets) {
  Json records = Json::array();
  for (const TargetCounts& target : targets) {
    records.push_back({{"name", target.name},
                       {"sent", target.sent},
                       {"dropped", target.dropped},
                       {"waiting", target.waiting},
                       {"receivers", target.receivers}});
  }
  return records;
}

}  // namespace rollingdepth::live
