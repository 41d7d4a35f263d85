#include "app/console_progress.hpp"

#include <algorithm>
#include <array>

#include "app/holding_point.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

using std::chrono::steady_clock;

constexpr auto kRedrawInterval = std::chrono::milliseconds(100);
constexpr auto kPlainInterval = std::chrono::seconds(10);
constexpr int kBarWidth = 16;
constexpr std::size_t kStageColumn = 10;
constexpr std::size_t kCountColumn = 9;
constexpr std::size_t kRateColumn = 4;
constexpr std::size_t kUnitColumn = 4;
constexpr std::size_t kDurationColumn = 8;

// Widths are in characters; every word here but the bar is ASCII.
std::string left(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

std::string right(const std::string& text, std::size_t width) {
  std::string column(text.size() < width ? width - text.size() : 0, ' ');
  return column += text;
}

// A long name keeps a gap after it.
std::string stage_column(const std::string& stage) {
  std::string column = "  ";
  column += stage;
  return left(std::move(column), std::max(kStageColumn + 2, stage.size() + 4));
}

// "   1.6 s": a long duration keeps a gap before it.
std::string duration_column(double seconds) {
  const std::string text = format_duration(seconds);
  return right(text, std::max(kDurationColumn, text.size() + 2));
}

// A large number keeps a gap to what stands beside it.
std::string rate_column(double per_second, const std::string& unit) {
  const std::string text = format_rate(per_second);
  std::string column = right(text, std::max(kRateColumn, text.size() + 1));
  if (unit == "MB") return column += " MB/s";
  return column += unit == "frames" ? " fps" : " /s ";
}

std::string count_column(const std::string& text) {
  return left(text, std::max(kCountColumn, text.size() + 1));
}

std::string count(std::int64_t done, std::int64_t total) {
  return total > 0 ? std::to_string(done) + "/" + std::to_string(total) : std::to_string(done);
}

}  // namespace

std::string progress_bar(std::int64_t done, std::int64_t total, int width) {
  static constexpr std::array<const char*, 8> kEighths = {"░", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const std::int64_t eighths =
      total > 0 ? std::clamp<std::int64_t>(done, 0, total) * width * 8 / total : 0;
  std::string bar;
  for (int cell = 0; cell < width; ++cell) {
    const std::int64_t filled = eighths - cell * 8;
    bar +=
        filled >= 8 ? "█" : kEighths[static_cast<std::size_t>(std::max<std::int64_t>(filled, 0))];
  }
  return bar;
}

ConsoleProgress::ConsoleProgress(Console& console, std::function<bool()> interrupted, Clock clock)
    : console_(console),
      interrupted_(std::move(interrupted)),
      clock_(std::move(clock)),
      hold_(std::make_shared<HoldingPoint>()) {}

void ConsoleProgress::begin(std::string_view stage, std::int64_t total, std::string_view unit) {
  stage_ = stage;
  unit_ = unit;
  total_ = total;
  done_ = 0;
  started_ = last_shown_ = clock_();
  console_.record(LogLevel::kDebug,
                  stage_column(stage_) + "begins" +
                      (total_ > 0 ? ": " + std::to_string(total_) + " " + unit_ : ""));
  console_.draw(running_line(/*with_bar=*/true));
}

void ConsoleProgress::advance(std::int64_t done) {
  done_ = done;
  hold_->pass(stage_, done, interrupted_);
  const auto now = clock_();
  if (console_.settings().status_is_terminal) {
    if (now - last_shown_ < kRedrawInterval) return;
    console_.draw(running_line(/*with_bar=*/true));
  } else {
    if (now - last_shown_ < kPlainInterval) return;
    console_.show(running_line(/*with_bar=*/false));
  }
  last_shown_ = now;
}

void ConsoleProgress::end(std::string_view result) {
  console_.show(final_line(result, console_.settings().status_is_terminal));
  console_.record(LogLevel::kInfo, final_line(result, /*with_bar=*/false));
}

void ConsoleProgress::warn(const std::string& message) {
  {
    const std::lock_guard lock(warnings_mutex_);
    warnings_.push_back(message);
  }
  console_.warn(message);
}

void ConsoleProgress::check_cancelled() {
  if (interrupted_()) throw Cancelled();
}

std::vector<std::string> ConsoleProgress::take_warnings() {
  const std::lock_guard lock(warnings_mutex_);
  return std::exchange(warnings_, {});
}

double ConsoleProgress::seconds() const {
  return std::chrono::duration<double>(clock_() - started_).count();
}

std::string ConsoleProgress::running_line(bool with_bar) const {
  std::string line = stage_column(stage_) + count_column(count(done_, total_));
  const double elapsed = seconds();
  if (with_bar) {
    const std::string bar = progress_bar(done_, total_, kBarWidth);
    line += console_.settings().color ? "\033[36m" + bar + "\033[0m" : bar;
  }
  if (done_ <= 0 || elapsed <= 0) return line;
  const double rate = static_cast<double>(done_) / elapsed;
  line += rate_column(rate, unit_);
  if (total_ > done_) {
    line += duration_column(static_cast<double>(total_ - done_) / rate) + " left";
  }
  return line;
}

std::string ConsoleProgress::final_line(std::string_view result, bool with_bar) const {
  const double elapsed = seconds();
  const std::size_t width = kCountColumn + (with_bar ? kBarWidth : 0) + kRateColumn + kUnitColumn;
  std::string middle;
  if (!result.empty()) {
    middle = left(std::string(result), width);
  } else if (total_ == 0 && done_ == 0) {
    middle = left("", width);
  } else {
    // A container may promise more or fewer frames than it holds.
    middle = count_column(count(done_, total_ > 0 ? done_ : 0));
    if (with_bar) {
      const std::string bar = progress_bar(1, 1, kBarWidth);
      middle += console_.settings().color ? "\033[36m" + bar + "\033[0m" : bar;
    }
    const double rate = elapsed > 0 ? static_cast<double>(done_) / elapsed : 0;
    middle += rate_column(rate, unit_);
  }
  return stage_column(stage_) + middle + duration_column(elapsed);
}

}  // namespace rollingdepth
