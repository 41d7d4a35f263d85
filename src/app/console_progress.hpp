#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "app/console.hpp"
#include "rollingdepth/progress.hpp"

namespace rollingdepth {

class HoldingPoint;

/// Shows each stage on a Console: a bar that is redrawn in place on a terminal, a plain line every
/// ten seconds and at the end elsewhere. Thread-safe where Progress asks for it.
class ConsoleProgress final : public Progress {
 public:
  using Clock = std::function<std::chrono::steady_clock::time_point()>;

  /// @param console borrowed.
  /// @param interrupted asked by check_cancelled(). @param clock for tests.
  ConsoleProgress(Console& console, std::function<bool()> interrupted,
                  Clock clock = &std::chrono::steady_clock::now);

  void begin(std::string_view stage, std::int64_t total, std::string_view unit) override;
  void advance(std::int64_t done) override;
  void end(std::string_view result) override;
  void warn(const std::string& message) override;
  void detail(const std::string& message) override { console_.detail(message); }
  void check_cancelled() override;

  /// Every warning since the last call, in order.
  std::vector<std::string> take_warnings();

 private:
  [[nodiscard]] double seconds() const;
  [[nodiscard]] std::string running_line(bool with_bar) const;
  [[nodiscard]] std::string final_line(std::string_view result, bool with_bar) const;

  Console& console_;
  std::function<bool()> interrupted_;
  Clock clock_;
  std::string stage_;
  std::string unit_;
  std::int64_t total_ = 0;
  std::int64_t done_ = 0;
  std::chrono::steady_clock::time_point started_;
  std::chrono::steady_clock::time_point last_shown_;
  std::mutex warnings_mutex_;
  std::vector<std::string> warnings_;
  std::shared_ptr<const HoldingPoint> hold_;
};

/// `done` of `total` as a bar of `width` characters, each up to eight steps fine.
std::string progress_bar(std::int64_t done, std::int64_t total, int width);

}  // namespace rollingdepth
