#include "app/console.hpp"

#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <sstream>
#include <string_view>

#include "base/formatted.hpp"
#include "base/printable.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

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

Verbosity verbosity_of(bool quiet, bool verbose) {
  if (quiet && verbose) {
    throw Error(ErrorKind::kUsage, "--quiet and --verbose exclude each other");
  }
  return quiet ? Verbosity::kQuiet : verbose ? Verbosity::kVerbose : Verbosity::kNormal;
}

Console::Console(ConsoleSettings settings, std::ostream& results, std::ostream& status)
    : settings_(settings), results_(results), log_(std::make_shared<Log>(status, settings.color)) {
  set_verbosity(settings.verbosity);
}

void Console::set_verbosity(Verbosity verbosity) {
  settings_.verbosity = verbosity;
  log_->set_status_level(verbosity == Verbosity::kQuiet    ? LogLevel::kWarning
                         : verbosity == Verbosity::kNormal ? LogLevel::kInfo
                                                           : LogLevel::kDebug);
}

void Console::print(const std::string& line) {
  log_->clear_drawn();
  results_ << (settings_.results_are_terminal ? printable(line) : line) << std::endl;
}

void Console::print_lines(const std::string& lines) {
  log_->clear_drawn();
  results_ << (settings_.results_are_terminal ? printable(lines, LineBreaks::kKept) : lines)
           << std::endl;
}

void Console::say(const std::string& line) { log_->write(LogLevel::kInfo, printable(line)); }

void Console::show(const std::string& line) { log_->show(LogLevel::kInfo, line); }

void Console::detail(const std::string& line) { log_->write(LogLevel::kDebug, printable(line)); }

void Console::warn(const std::string& message) {
  log_->write(LogLevel::kWarning, printable(message));
}

void Console::error(const std::string& message) {
  log_->write(LogLevel::kError, printable(message));
}

void Console::record(LogLevel level, const std::string& line) {
  log_->record(level, printable(line));
}

void Console::record_causes(const std::exception& error) {
  std::istringstream lines(error.what());
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty()) record(LogLevel::kDebug, "  " + line);
  }
  try {
    std::rethrow_if_nested(error);
  } catch (const std::exception& inner) {
    record(LogLevel::kDebug, "caused by");
    record_causes(inner);
  } catch (...) {
    record(LogLevel::kDebug, "caused by something that is no exception of C++");
  }
}

void Console::draw(const std::string& line) {
  if (settings_.status_is_terminal) log_->draw(line);
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
