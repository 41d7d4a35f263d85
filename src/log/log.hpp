#pragma once

#include <memory>
#include <ostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace rollingdepth {

/// Of a message; each level includes those before it.
enum class LogLevel { kError, kWarning, kInfo, kDebug };

/// The log file cannot be opened; what() says why.
class LogFileError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Everything that the program says, to a status stream for people and, on request, to a file for
/// bug reports. Knows nothing of LibTorch, whose fmt would hide the one of spdlog. A message is one
/// line: the caller has made it printable. Thread-safe: lines of several threads never mix.
class Log {
 public:
  /// @param status borrowed, usually std::cerr. @param color for the words "error" and "warning".
  Log(std::ostream& status, bool color);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  /// What the status stream shows; kInfo at first.
  void set_status_level(LogLevel level);
  /// From here on messages up to `level` are also written to `file`, whole lines with time, level
  /// and thread, each at once: what was said before a crash is there. Replaces the file, makes its
  /// folder where that is missing. Where it can no longer be written, a warning says so once.
  /// @param first_lines what it begins with, whatever `level` is.
  /// @throws LogFileError. REQUIRES: called once, before other threads log.
  void open_file(const std::string& file, LogLevel level,
                 const std::vector<std::string>& first_lines);
  /// Whether the file takes messages of this level.
  [[nodiscard]] bool records(LogLevel level) const;

  /// To both. On the status stream errors are "rollingdepth: error: ...", warnings alike, others
  /// the message alone.
  void write(LogLevel level, std::string_view message);
  /// To the status stream alone.
  void show(LogLevel level, std::string_view line);
  /// To the file alone.
  void record(LogLevel level, std::string_view message);
  /// What a library says, to the file alone, as kDebug: at most a thousand lines between two
  /// messages of the program's own, so that a damaged clip does not fill the disk.
  void record_foreign(std::string_view message);

  /// Draws `line` on the status stream in place of the one drawn before; the next ordinary line
  /// replaces it. Only where its level takes kInfo.
  void draw(std::string_view line);
  /// Takes away what is drawn.
  void clear_drawn();

  /// Writes an error as the last thing that is ever said: what other threads say from here on is
  /// dropped. For a process that ends at once.
  void last_words(std::string_view message);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rollingdepth
