#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/console.hpp"
#include "app/log_options.hpp"
#include "checkpoint/import_package.hpp"

namespace rollingdepth {

/// What `rollingdepth import` takes.
struct ImportCommand {
  ImportOptions options;  ///< Its templates are still to be looked for.
  std::filesystem::path output;
  std::optional<std::filesystem::path> template_folder;
  bool check = false;
  bool overwrite = false;
  bool quiet = false;
  LogOptions log;
  std::string help;  ///< Text to print instead of a run.
};

/// Reads the arguments that follow `import`. @throws Error(kUsage) naming the option.
ImportCommand parse_import_command(const std::vector<std::string>& arguments);

/// Makes a model package of a checkpoint. @throws Error, Cancelled; then none appears.
void run_import_command(const ImportCommand& command, Console& console);

}  // namespace rollingdepth
