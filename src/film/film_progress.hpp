#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "rollingdepth/progress.hpp"

namespace rollingdepth {

/// Shows the stages of all shots as one, counted in frames of the clip; tells of what is the same
/// in many shots once. Thread-safe where Progress asks for it.
class FilmProgress final : public Progress {
 public:
  /// @param progress borrowed. @param frames of the clip; 0: not known.
  FilmProgress(Progress& progress, std::int64_t frames);

  /// A shot comes next. @param number from 1. @param first, frames of the clip; 0: not known.
  void begin_shot(std::int64_t number, std::int64_t first, std::int64_t frames);
  /// After the last shot.
  void end_film(std::int64_t frames, std::int64_t shots);

  void begin(std::string_view stage, std::int64_t total, std::string_view unit) override;
  void advance(std::int64_t done) override;
  void end(std::string_view result) override;
  void warn(const std::string& message) override;
  void detail(const std::string& message) override;
  void check_cancelled() override { progress_.check_cancelled(); }

 private:
  void show(double share_of_stage);

  Progress& progress_;
  std::int64_t number_ = 0;
  std::int64_t first_ = 0;
  std::int64_t frames_ = 0;
  std::int64_t shown_ = 0;   // Frames of the clip.
  std::int64_t total_ = 0;   // Of the running stage.
  int stages_ = 0;           // Of the running shot that have begun,
  int expected_stages_ = 0;  // and of the one before.
  std::mutex mutex_;         // Of said_.
  struct Said {
    std::string first;       // The remark as it was told.
    std::int64_t shots = 0;  // That have it.
  };
  std::map<std::string, Said> said_;  // By the remark without its numbers.
};

}  // namespace rollingdepth
