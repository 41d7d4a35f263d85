#include "method/stages.hpp"

#include <algorithm>
#include <chrono>

#include "base/trace.hpp"
#include "nn/device.hpp"
#include "store/spool.hpp"

namespace rollingdepth {
namespace {

using Clock = std::chrono::steady_clock;

std::string suffix_of(std::optional<std::int64_t> chunk) {
  return chunk ? " (chunk " + std::to_string(*chunk + 1) + ")" : "";
}

// The same progress for one of several chunks: warnings say which one they belong to.
class ChunkProgress final : public Progress {
 public:
  ChunkProgress(Progress& progress, std::string suffix)
      : progress_(progress), suffix_(std::move(suffix)) {}
  void begin(std::string_view stage, std::int64_t total, std::string_view unit) override {
    progress_.begin(std::string(stage) + suffix_, total, unit);
  }
  void advance(std::int64_t done) override { progress_.advance(done); }
  void end(std::string_view result) override { progress_.end(result); }
  void warn(const std::string& message) override { progress_.warn(message + suffix_); }
  void detail(const std::string& message) override { progress_.detail(message + suffix_); }
  void check_cancelled() override { progress_.check_cancelled(); }

 private:
  Progress& progress_;
  std::string suffix_;
};

}  // namespace

void add_seconds(StageSeconds& sums, const std::string& stage, double seconds) {
  const auto known =
      std::find_if(sums.begin(), sums.end(), [&](const auto& sum) { return sum.first == stage; });
  if (known == sums.end()) {
    sums.emplace_back(stage, seconds);
  } else {
    known->second += seconds;
  }
}

void Stages::run(const Stage& stage, const std::function<std::string(Progress&)>& work) {
  ChunkProgress progress(progress_, suffix_of(stage.chunk));
  progress.check_cancelled();
  const TraceSpan span("stage", stage.name);
  const auto start = Clock::now();
  progress.begin(stage.name, stage.total, stage.unit);
  const std::string result = work(progress);
  progress.end(result);
  spool_.note_usage();
  give_back_freed_memory();
  if (stage.whole) note(stage.name);
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  add_seconds(seconds_, stage.name, seconds);
}

void Stages::warn(const std::string& message, std::optional<std::int64_t> chunk) {
  progress_.warn(message + suffix_of(chunk));
}

void Stages::note(const std::string& finished) {
  if (on_finished_) on_finished_(finished);
}

}  // namespace rollingdepth
