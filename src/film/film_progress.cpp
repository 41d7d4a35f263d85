#include "film/film_progress.hpp"

#include <algorithm>
#include <cctype>
#include <iterator>

namespace rollingdepth {
namespace {

// Of a shot, before one has told: reading, snippets or windows, alignment, merge.
constexpr int kUsualStages = 4;

std::string without_numbers(const std::string& message) {
  std::string text;
  std::copy_if(message.begin(), message.end(), std::back_inserter(text),
               [](unsigned char c) { return std::isdigit(c) == 0; });
  return text;
}

}  // namespace

FilmProgress::FilmProgress(Progress& progress, std::int64_t frames) : progress_(progress) {
  progress_.begin("shots", frames, "frames");
}

void FilmProgress::begin_shot(std::int64_t number, std::int64_t first, std::int64_t frames) {
  expected_stages_ = std::max(stages_, kUsualStages);
  stages_ = 0;
  number_ = number;
  first_ = first;
  frames_ = frames;
  show(0);
}

void FilmProgress::end_film(std::int64_t frames, std::int64_t shots) {
  progress_.advance(frames);
  progress_.end(std::to_string(shots) + (shots == 1 ? " shot" : " shots"));
  for (const auto& [kind, said] : said_) {
    if (said.shots < 2) continue;
    progress_.warn("so it is in " + std::to_string(said.shots - 1) +
                   (said.shots == 2 ? " other shot" : " other shots") +
                   ", with other numbers: " + said.first);
  }
}

void FilmProgress::begin(std::string_view /*stage*/, std::int64_t total,
                         std::string_view /*unit*/) {
  ++stages_;
  total_ = total;
}

void FilmProgress::advance(std::int64_t done) {
  if (total_ > 0) show(std::min(1.0, static_cast<double>(done) / static_cast<double>(total_)));
}

void FilmProgress::end(std::string_view /*result*/) { show(1); }

// Stages count as equally long; the bar never goes back.
void FilmProgress::show(double share_of_stage) {
  const double stages = std::max(expected_stages_, stages_);
  const double done = stages_ == 0 ? 0 : (stages_ - 1 + share_of_stage) / stages;
  shown_ =
      std::max(shown_, first_ + static_cast<std::int64_t>(static_cast<double>(frames_) * done));
  progress_.advance(shown_);
}

void FilmProgress::warn(const std::string& message) {
  {
    const std::lock_guard lock(mutex_);
    Said& said = said_[without_numbers(message)];
    if (said.shots++ > 0) return;
    said.first = message;
  }
  progress_.warn(message + " (shot " + std::to_string(number_) + ")");
}

void FilmProgress::detail(const std::string& message) {
  progress_.detail(message + " (shot " + std::to_string(number_) + ")");
}

}  // namespace rollingdepth
