#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/console.hpp"

namespace rollingdepth {

class OptionTable;

/// What --log-file and --log-level say.
struct LogOptions {
  std::filesystem::path file;     ///< Empty: no log.
  std::optional<LogLevel> level;  ///< Unset: kDebug.
  /// Every option that was given, on the command line, by a variable or in a file.
  std::vector<std::string> words = {};

  /// @throws Error(kUsage) for a level without a file.
  void validate() const;
};

/// Declares --log-file and --log-level.
void add_log_options(OptionTable& table, LogOptions& options);
/// The words that hand `options` on to another process, with another file.
std::vector<std::string> log_arguments(const LogOptions& options,
                                       const std::filesystem::path& file);

/// Opens the log file where one is asked for and writes what it begins with: versions, system,
/// command line, options. From here on what the libraries say goes there too, and is printed
/// nowhere.
/// @param arguments those that follow the program's name. @param commit as run_application().
/// @throws Error(kUsage) where the file is a folder, or holds something that is no log of this
///         program: it would be replaced. @throws Error(kOutput) where it cannot be written.
void begin_log(const LogOptions& options, const std::vector<std::string>& arguments,
               const std::string& commit, Console& console);

}  // namespace rollingdepth
