#include "app/jobs/noted_progress.hpp"

#include <utility>

#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

using Clock = std::chrono::steady_clock;

// A shared file system is not to be asked for every unit.
constexpr std::chrono::seconds kBetweenNotes{10};

}  // namespace

NotedProgress::NotedProgress(Progress& progress, std::filesystem::path job, ShardNote note,
                             std::string unit, bool shows_stages, std::function<void()> on_note)
    : progress_(progress),
      job_(std::move(job)),
      note_(std::move(note)),
      unit_(std::move(unit)),
      shows_stages_(shows_stages),
      on_note_(std::move(on_note)),
      began_(Clock::now()) {
  write();
}

void NotedProgress::begin(std::string_view stage, std::int64_t total, std::string_view unit) {
  counts_ = unit == unit_;
  before_ = note_.units;
  if (shows_stages_) progress_.begin(stage, total, unit);
}

void NotedProgress::advance(std::int64_t done) {
  if (counts_) note_.units = before_ + done;
  if (shows_stages_) progress_.advance(done);
  if (Clock::now() - written_ > kBetweenNotes) write();
}

void NotedProgress::end(std::string_view result) {
  if (shows_stages_) progress_.end(result);
}

void NotedProgress::close(std::string state) {
  note_.state = std::move(state);
  write();
}

std::string NotedProgress::done_text() const { return std::to_string(note_.units) + " " + unit_; }

// What cannot be written stops no work: the records are what counts.
void NotedProgress::write() {
  written_ = Clock::now();
  note_.seconds = std::chrono::duration<double>(written_ - began_).count();
  if (on_note_) on_note_();
  try {
    write_note(job_, note_);
  } catch (const Error& error) {
    progress_.detail(error.what());
  }
}

}  // namespace rollingdepth
