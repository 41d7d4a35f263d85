#include "app/live/live_files.hpp"

#include <unistd.h>

#include <filesystem>
#include <map>
#include <string>
#include <system_error>

#include "app/live/stats_file.hpp"
#include "app/run/output_place.hpp"
#include "live/target_address.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;

bool is_file(const std::string& target) {
  const live::TargetKind kind = live::parse_target(target).kind;
  return kind == live::TargetKind::kPixelFile || kind == live::TargetKind::kVideoFile;
}

// The same for all names of a file; a link is a file of its own, since it is replaced itself.
fs::path place_of(const fs::path& file) {
  std::error_code ignored;
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  return fs::weakly_canonical(folder, ignored) / file.filename();
}

void require_free_file(const LiveCommand& command, const std::string& target) {
  std::error_code ignored;
  if (fs::equivalent(target, command.source.source, ignored)) {
    throw Error(ErrorKind::kUsage, "-o: " + target + " is the source");
  }
  require_output_file(target);
  if (!command.overwrite && fs::exists(target, ignored)) {
    throw Error(ErrorKind::kOutput, target + " exists (--overwrite replaces it)");
  }
}

}  // namespace

void require_free_files(const LiveCommand& command) {
  std::map<fs::path, std::string> names;
  const auto take = [&](const std::string& option, const std::string& file) {
    const auto [known, is_new] = names.emplace(place_of(file), file);
    if (is_new) return;
    throw Error(ErrorKind::kUsage,
                option + ": " + file + " and " + known->second + " are the same file");
  };
  for (const std::string& target : command.targets) {
    if (!is_file(target)) continue;
    take("-o", target);
    require_free_file(command, target);
  }
  if (!command.stats || *command.stats == "-") return;
  take("--stats", *command.stats);
  require_stats_file(*command.stats);
}

void require_no_terminal(const LiveCommand& command) {
  for (const std::string& target : command.targets) {
    if (target == "-" && isatty(STDOUT_FILENO) != 0) {
      throw Error(ErrorKind::kUsage,
                  "-o -: standard output is a terminal; pipe it into a program or a file");
    }
  }
}

}  // namespace rollingdepth
