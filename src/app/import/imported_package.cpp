#include "app/import/imported_package.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <thread>

#include "app/console_progress.hpp"
#include "app/import/package_check.hpp"
#include "app/interrupt.hpp"
#include "app/model_search.hpp"
#include "base/sha256.hpp"
#include "checkpoint/checkpoint.hpp"
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

void add_files(const fs::path& folder, std::vector<fs::path>& files, int levels) {
  std::error_code problem;
  for (fs::directory_iterator entry(folder, problem); !problem && entry != fs::end(entry);
       entry.increment(problem)) {
    std::error_code ignored;
    if (entry->is_regular_file(ignored)) files.push_back(entry->path());
    // Links to folders too: a checkpoint may be put together of others' parts.
    if (levels > 1 && entry->is_directory(ignored)) add_files(entry->path(), files, levels - 1);
  }
}

/// Changes with the name, size and time of any file of a checkpoint: reading 2 GB takes seconds.
std::string fingerprint(const fs::path& checkpoint) {
  std::vector<fs::path> files;
  add_files(checkpoint, files, /*levels=*/2);
  if (files.empty()) files.push_back(checkpoint);
  std::sort(files.begin(), files.end());
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

bool is_there(const fs::path& package) { return fs::exists(package / "model.json"); }

/// @return nullptr where another process has made the package meanwhile.
std::unique_ptr<PackageClaim> wait_for_claim(const fs::path& package, Console& console) {
  constexpr std::chrono::milliseconds kPollInterval{100};
  auto claim = PackageClaim::take(package);
  if (!claim) console.say("another rollingdepth makes " + package.string() + "; waiting for it");
  while (!claim) {
    if (interrupt_requested()) throw Cancelled();
    std::this_thread::sleep_for(kPollInterval);
    claim = PackageClaim::take(package);
  }
  if (is_there(package)) return nullptr;
  return claim;
}

}  // namespace

std::vector<fs::path> installed_templates() {
  std::vector<fs::path> places;
  for (const fs::path& place : model_places(std::nullopt).in_order()) {
    places.push_back(place / "templates");
  }
  return find_templates(places);
}

void make_package(const ImportOptions& options, PackageClaim& claim, bool runs_it,
                  Progress& progress) {
  import_package(options, claim.folder(), progress);
  with_context(ErrorKind::kModel, "no package of " + options.checkpoint.string() + " is written",
               [&] {
                 if (runs_it) {
                   run_package(claim.folder(), progress);
                 } else {
                   check_package(claim.folder());
                 }
               });
  claim.finish();
}

fs::path imported_package(const fs::path& checkpoint, Console& console) {
  const fs::path package =
      cache_folder() / (checkpoint_name(checkpoint) + "-" + fingerprint(checkpoint));
  if (is_there(package)) return package;
  const auto claim = wait_for_claim(package, console);
  if (!claim) return package;
  console.say("importing " + checkpoint.string() + " into " + package.string() + ", once");
  ImportOptions options;
  options.checkpoint = checkpoint;
  options.templates = installed_templates();
  ConsoleProgress progress(console, &interrupt_requested);
  make_package(options, *claim, /*runs_it=*/false, progress);
  return package;
}

}  // namespace rollingdepth
