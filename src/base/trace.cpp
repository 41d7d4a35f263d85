#include "base/trace.hpp"

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <new>
#include <optional>
#include <utility>
#include <vector>

#include "base/joining_thread.hpp"
#include "base/resident_memory.hpp"
#include "base/trace_events.hpp"

namespace rollingdepth {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kBetweenSamples{50};

std::int64_t nanoseconds(Clock::time_point time) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

std::optional<MemorySample> sample_memory() {
  const std::int64_t now = nanoseconds(Clock::now());
  const std::optional<std::int64_t> bytes = resident_bytes();
  return bytes ? std::optional(MemorySample{now, *bytes}) : std::nullopt;
}

// What one recorder has seen. Rows are the threads; one that ended leaves its row to the next of
// the same name, so that a fit which starts threads every round does not take a hundred rows.
class Recording {
 public:
  // Different for every recording, from 1.
  [[nodiscard]] std::uint64_t number() const { return number_; }
  [[nodiscard]] Clock::time_point begin() const { return begin_; }

  std::uint32_t take_row(const std::string& name);
  void give_row_back(std::uint32_t row) { taken_[row] = false; }
  void name_row(std::uint32_t row, const std::string& name) { events_.rows[row] = name; }

  void add(std::uint32_t row, TraceLabel label, TraceEvent span);
  void add(std::optional<MemorySample> sample);
  // Threads keep their rows.
  TraceEvents take();

 private:
  static inline std::atomic<std::uint64_t> last_number = 0;

  std::uint64_t number_ = ++last_number;
  Clock::time_point begin_ = Clock::now();
  TraceEvents events_;
  std::vector<bool> taken_;  // Of every row.
  std::map<TraceLabel, std::uint32_t> label_numbers_;
};

std::uint32_t Recording::take_row(const std::string& name) {
  std::uint32_t row = 0;
  while (row < taken_.size() && (taken_[row] || events_.rows[row] != name)) ++row;
  if (row == taken_.size()) {
    taken_.push_back(false);
    events_.rows.push_back(name);
  }
  taken_[row] = true;
  return row;
}

void Recording::add(std::uint32_t row, TraceLabel label, TraceEvent span) {
  const auto next = static_cast<std::uint32_t>(label_numbers_.size());
  const auto [known, is_new] = label_numbers_.try_emplace(std::move(label), next);
  if (is_new) events_.labels.push_back(known->first);
  span.label = known->second;
  span.row = row;
  events_.spans.push_back(span);
}

void Recording::add(std::optional<MemorySample> sample) {
  if (sample) events_.memory.push_back(*sample);
}

TraceEvents Recording::take() {
  TraceEvents taken = std::move(events_);
  events_ = {.rows = taken.rows, .labels = taken.labels, .spans = {}, .memory = {}};
  return taken;
}

// A span may end while the recorder goes: the mutex outlives both, and guards `current` and what it
// points to. `recording` only spares spans the mutex.
std::mutex mutex;
Recording* current = nullptr;
std::atomic<bool> recording = false;

// What the calling thread is called, and its row in the recording that it last took part in.
class ThisThread {
 public:
  ~ThisThread() {
    const std::lock_guard lock(mutex);
    if (takes_part()) current->give_row_back(row_);
  }

  // REQUIRES: the mutex is held, here and below.
  void set_name(std::string_view name) {
    name_ = name;
    if (takes_part()) current->name_row(row_, name_);
  }

  std::uint32_t row(const std::string& name_otherwise = "") {
    if (!takes_part()) {
      row_ = current->take_row(name_.empty() ? name_otherwise : name_);
      recording_ = current->number();
    }
    return row_;
  }

 private:
  [[nodiscard]] bool takes_part() const {
    return current != nullptr && current->number() == recording_;
  }

  std::string name_;
  std::uint64_t recording_ = 0;  // 0: none.
  std::uint32_t row_ = 0;
};

thread_local ThisThread this_thread;

}  // namespace

struct TraceRecorder::Impl {
  ~Impl();
  void sample();

  Recording events;
  std::mutex resting;
  std::condition_variable stopped;
  bool stopping = false;
  JoiningThread sampler{[this] { sample(); }};  // Goes first.
};

TraceRecorder::Impl::~Impl() {
  const std::lock_guard rest(resting);
  stopping = true;
  stopped.notify_all();
}

void TraceRecorder::Impl::sample() {
  std::unique_lock rest(resting);
  while (!stopping) {
    const auto taken = sample_memory();
    {
      const std::lock_guard lock(mutex);
      events.add(taken);
    }
    stopped.wait_for(rest, kBetweenSamples, [this] { return stopping; });
  }
}

TraceRecorder::TraceRecorder() : impl_(std::make_unique<Impl>()) {
  const std::lock_guard lock(mutex);
  impl_->events.add(sample_memory());
  current = &impl_->events;
  this_thread.row("main");
  recording = true;
}

TraceRecorder::~TraceRecorder() {
  recording = false;
  const std::lock_guard lock(mutex);
  current = nullptr;
}

void TraceRecorder::write(const std::filesystem::path& file) {
  std::unique_lock lock(mutex);
  impl_->events.add(sample_memory());
  const TraceEvents events = impl_->events.take();
  impl_->events.add(sample_memory());
  lock.unlock();
  write_trace(file, events);
}

TraceSpan::TraceSpan(const char* category, std::string_view name)
    : TraceSpan(category, name, nullptr, 0) {}

TraceSpan::TraceSpan(const char* category, std::string_view name, const char* unit,
                     std::int64_t count)
    : category_(recording.load(std::memory_order_relaxed) ? category : nullptr) {
  if (category_ == nullptr) return;
  name_ = name;
  unit_ = unit;
  count_ = count;
  start_ = Clock::now();
}

TraceSpan::~TraceSpan() {
  if (category_ == nullptr) return;
  const Clock::time_point end = Clock::now();
  try {
    const std::lock_guard lock(mutex);
    // Not one that began before the recorder did.
    if (current == nullptr || start_ < current->begin()) return;
    current->add(this_thread.row(),
                 {category_, std::move(name_), unit_ != nullptr ? unit_ : std::string()},
                 {.start_ns = nanoseconds(start_),
                  .duration_ns = nanoseconds(end) - nanoseconds(start_),
                  .count = count_});
  } catch (const std::bad_alloc&) {  // The work counts, not its trace.
  }
}

void name_trace_thread(std::string_view name) {
  const std::lock_guard lock(mutex);
  this_thread.set_name(name);
}

}  // namespace rollingdepth
