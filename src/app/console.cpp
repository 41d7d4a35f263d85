#include "app/console.hpp"

#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <string_view>

#include "base/formatted.hpp"
#include "base/printable.hpp"

namespace rollingdepth {
namespace {

constexpr const char* kClearLine = "\r\033[K";

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

}  // namespace

ConsoleSettings detect_console_settings() {
  ConsoleSettings settings;
  const bool dumb = environment("TERM") == "dumb" || environment("TERM").empty();
  settings.status_is_terminal = isatty(STDERR_FILENO) != 0 && !dumb;
  settings.results_are_terminal = isatty(STDOUT_FILENO) != 0;
  settings.color = settings.status_is_terminal && environment("NO_COLOR").empty();
  return settings;
}

Console::Console(ConsoleSettings settings, std::ostream& results, std::ostream& status)
    : settings_(settings), results_(results), status_(status) {}

Console::~Console() { clear_drawn(); }

void Console::print(const std::string& line) {
  clear_drawn();
  results_ << (settings_.results_are_terminal ? printable(line) : line) << std::endl;
}

void Console::print_lines(const std::string& lines) {
  clear_drawn();
  results_ << (settings_.results_are_terminal ? printable(lines, LineBreaks::kKept) : lines)
           << std::endl;
}

void Console::say(const std::string& line) { show(printable(line)); }

void Console::show(const std::string& line) {
  if (settings_.verbosity == Verbosity::kQuiet) return;
  clear_drawn();
  status_ << line << std::endl;
}

void Console::detail(const std::string& line) {
  if (settings_.verbosity == Verbosity::kVerbose) say(line);
}

void Console::warn(const std::string& message) { complain("warning", "33", message); }

void Console::error(const std::string& message) { complain("error", "31", message); }

void Console::complain(const std::string& word, const std::string& color,
                       const std::string& message) {
  clear_drawn();
  const std::string shown = settings_.color ? "\033[" + color + "m" + word + "\033[0m" : word;
  status_ << "rollingdepth: " << shown << ": " << printable(message) << std::endl;
}

void Console::draw(const std::string& line) {
  if (!settings_.status_is_terminal || settings_.verbosity == Verbosity::kQuiet) return;
  status_ << kClearLine << line << std::flush;
  drawn_ = true;
}

void Console::clear_drawn() {
  if (!drawn_) return;
  status_ << kClearLine << std::flush;
  drawn_ = false;
}

std::string format_duration(double seconds) {
  if (seconds < 59.95) return formatted("%.1f s", seconds);
  const auto whole = static_cast<long long>(std::llround(seconds));
  if (whole < 3600) return formatted("%lld:%02lld min", whole / 60, whole % 60);
  return formatted("%lld:%02lld:%02lld h", whole / 3600, whole / 60 % 60, whole % 60);
}

std::string format_rate(double per_second) {
  if (per_second >= 9.95) return formatted("%.0f", per_second);
  if (per_second >= 0.95) return formatted("%.1f", per_second);
  return formatted("%.2f", per_second);
}

}  // namespace rollingdepth
