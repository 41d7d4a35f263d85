#include "app/import/imported_package.hpp"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string>

#include "app/console_progress.hpp"
#include "app/import/package_check.hpp"
#include "app/interrupt.hpp"
#include "app/model_search.hpp"
#include "base/partial_file.hpp"
#include "base/sha256.hpp"
#include "checkpoint/template.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;

fs::path cache_folder() {
  const char* const cache = std::getenv("XDG_CACHE_HOME");
  if (cache != nullptr && *cache == '/') return fs::path(cache) / "rollingdepth" / "models";
  const char* const home = std::getenv("HOME");
  if (home != nullptr && *home == '/') return fs::path(home) / ".cache/rollingdepth/models";
  throw Error(ErrorKind::kUsage,
              "--import: no folder for packages (neither XDG_CACHE_HOME nor HOME is set); make one "
              "with rollingdepth import");
}

/// Changes with the name, size and time of any file of a checkpoint: reading 2 GB takes seconds.
std::string fingerprint(const fs::path& checkpoint) {
  std::vector<fs::path> files = {checkpoint};
  if (fs::is_directory(checkpoint)) {
    files.clear();
    for (const auto& entry : fs::recursive_directory_iterator(checkpoint)) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
  }
  Sha256 hash;
  for (const fs::path& file : files) {
    const std::string facts =
        fs::canonical(file).string() + '\n' + std::to_string(fs::file_size(file)) + '\n' +
        std::to_string(fs::last_write_time(file).time_since_epoch().count()) + '\n';
    hash.update(facts.data(), facts.size());
  }
  constexpr std::size_t kDigits = 16;
  return hash.hex().substr(0, kDigits);
}

}  // namespace

std::vector<fs::path> installed_templates() {
  std::vector<fs::path> places;
  for (const fs::path& place : model_places(std::nullopt).in_order()) {
    places.push_back(place / "templates");
  }
  return find_templates(places);
}

void make_package(const ImportOptions& options, const fs::path& output, bool runs_it,
                  Progress& progress) {
  if (output.has_parent_path()) {
    std::error_code problem;
    fs::create_directories(output.parent_path(), problem);
    if (problem) {
      throw Error(ErrorKind::kOutput,
                  "cannot make " + output.parent_path().string() + ": " + problem.message());
    }
  }
  PartialFile folder(output);
  std::error_code problem;
  fs::create_directory(folder.path(), problem);
  if (problem) {
    throw Error(ErrorKind::kOutput, "cannot make " + output.string() + ": " + problem.message());
  }
  import_package(options, folder.path(), progress);
  with_context(ErrorKind::kModel, output.string() + " is not written", [&] {
    if (runs_it) {
      run_package(folder.path(), progress);
    } else {
      check_package(folder.path());
    }
  });
  folder.finish();
}

fs::path imported_package(const fs::path& checkpoint, Console& console) {
  const fs::path path = checkpoint.has_filename() ? checkpoint : checkpoint.parent_path();
  const fs::path package = cache_folder() / (path.stem().string() + "-" + fingerprint(checkpoint));
  if (fs::exists(package / "model.json")) return package;
  console.say("importing " + checkpoint.string() + " into " + package.string() + ", once");
  ImportOptions options;
  options.checkpoint = checkpoint;
  options.name = path.stem().string();
  options.templates = installed_templates();
  ConsoleProgress progress(console, &interrupt_requested);
  make_package(options, package, /*runs_it=*/false, progress);
  return package;
}

}  // namespace rollingdepth
