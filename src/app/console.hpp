#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <ostream>
#include <string>

#include "log/log.hpp"

namespace rollingdepth {

enum class Verbosity { kQuiet, kNormal, kVerbose };

/// What --quiet and --verbose ask for. @throws Error(kUsage) where both are given.
Verbosity verbosity_of(bool quiet, bool verbose);

struct ConsoleSettings {
  Verbosity verbosity = Verbosity::kNormal;
  bool status_is_terminal = false;    ///< Lines may be redrawn in place.
  bool results_are_terminal = false;  ///< A person reads the list of files.
  bool color = false;
};

/// What standard output and standard error are here: terminals or not, TERM, NO_COLOR.
ConsoleSettings detect_console_settings();

/// Everything that the program says. Status lines, warnings and errors go to one stream, results to
/// another. Names of files and models may hold anything: of a line, control characters and what is
/// no UTF-8 are shown as "\x1b", but for results that no terminal shows, which scripts read and
/// which stay as they are, byte for byte. Status lines, warnings and errors also go to the log
/// file, however quiet the console is. Results and the verbosity belong to one thread; everything
/// else is thread-safe.
class Console {
 public:
  /// @param results borrowed, usually std::cout. @param status borrowed, usually std::cerr.
  Console(ConsoleSettings settings, std::ostream& results, std::ostream& status);
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;

  [[nodiscard]] const ConsoleSettings& settings() const { return settings_; }
  void set_verbosity(Verbosity verbosity);
  /// The status stream and the log file. What is said there is printable.
  [[nodiscard]] const std::shared_ptr<Log>& log() const { return log_; }

  /// A line of the result, on the result stream.
  void print(const std::string& line);
  /// The same for lines of the program's own making, whose breaks stay.
  void print_lines(const std::string& lines);
  /// A status line; nothing when quiet.
  void say(const std::string& line);
  /// A status line of the program's own making, which may hold colours; not for the log file.
  void show(const std::string& line);
  /// A status line for --verbose.
  void detail(const std::string& line);
  /// "rollingdepth: warning: ...", also when quiet.
  void warn(const std::string& message);
  /// "rollingdepth: error: ...", also when quiet.
  void error(const std::string& message);
  /// A line for the log file alone, where there is one.
  void record(LogLevel level, const std::string& line);
  /// The same for all that is known of an error: every message of the chain in full, where the line
  /// for people has LibTorch's last word alone.
  void record_causes(const std::exception& error);
  /// Draws `line` in place of the one drawn before; the next ordinary line replaces it. Only on a
  /// terminal, nothing when quiet.
  void draw(const std::string& line);

 private:
  ConsoleSettings settings_;
  std::ostream& results_;
  std::shared_ptr<Log> log_;
};

/// "1.6 s", "2:05 min", "1:02:05 h".
std::string format_duration(double seconds);
/// Three significant digits or so: "38", "7.9", "0.42".
std::string format_rate(double per_second);

}  // namespace rollingdepth
