#include "app/model_search.hpp"

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <system_error>
#include <vector>

#ifdef __APPLE__
#include <mach-o/dyld.h>
#endif

#include "base/suggestion.hpp"
#include "checkpoint/checkpoint.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDefaultPackage = "default";

bool is_package(const fs::path& folder) {
  std::error_code ignored;
  return fs::exists(folder / "model.json", ignored);
}

std::vector<fs::path> packages_in(const fs::path& folder) {
  std::vector<fs::path> packages;
  std::error_code problem;
  for (const auto& entry : fs::directory_iterator(folder, problem)) {
    if (is_package(entry.path())) packages.push_back(entry.path());
  }
  std::sort(packages.begin(), packages.end());
  return packages;
}

/// The package that a place stands for, if any.
std::optional<fs::path> package_at(const fs::path& place) {
  if (place.empty()) return std::nullopt;
  if (is_package(place)) return place;
  if (is_package(place / kDefaultPackage)) return place / kDefaultPackage;
  const std::vector<fs::path> packages = packages_in(place);
  if (packages.empty()) return std::nullopt;
  return packages.front();
}

/// A path as a shell takes it for one word.
std::string shell_word(const std::string& path) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+,:@%=";
  if (!path.empty() && path.find_first_not_of(kPlain) == std::string::npos) return path;
  std::string quoted = "'";
  for (const char c : path) quoted += c == '\'' ? "'\\''" : std::string(1, c);
  return quoted + "'";
}

/// Says what is wrong with a folder that was asked for by name.
Error no_package(const fs::path& folder, const std::vector<std::string>& known) {
  const std::string asked = "cannot use the checkpoint " + folder.string() + ": ";
  if (is_checkpoint(folder)) {
    const std::string package = shell_word("models/" + checkpoint_name(folder));
    return Error(ErrorKind::kModel, asked + "it is no model package yet; `rollingdepth import " +
                                        shell_word(folder.string()) + " " + package +
                                        "` makes one, for -c " + package);
  }
  if (!fs::exists(folder)) {
    return Error(ErrorKind::kModel,
                 asked + "no such folder" + did_you_mean(folder.string(), known));
  }
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored)) {
    return Error(ErrorKind::kModel,
                 asked +
                     "it is no folder; a model package is one, and `rollingdepth import` makes it "
                     "of a .pth or of a folder in the layout of diffusers");
  }
  return Error(ErrorKind::kModel, asked + "it holds no model.json");
}

}  // namespace

fs::path executable_path() {
#ifdef __APPLE__
  std::vector<char> name(4096);
  auto size = static_cast<std::uint32_t>(name.size());
  if (_NSGetExecutablePath(name.data(), &size) != 0) {
    throw Error(ErrorKind::kFailed, "cannot find the executable's own file");
  }
  return fs::weakly_canonical(name.data());
#else
  std::error_code problem;
  const fs::path executable = fs::read_symlink("/proc/self/exe", problem);
  if (problem) throw Error(ErrorKind::kFailed, "cannot find the executable's own file");
  return executable;
#endif
}

ModelPlaces model_places(std::optional<fs::path> chosen) {
  ModelPlaces places;
  places.chosen = std::move(chosen);
  const char* environment = std::getenv("ROLLINGDEPTH_MODELS");
  if (environment != nullptr && *environment != '\0') places.environment = environment;
  places.installed =
      executable_path().parent_path().parent_path() / "share" / "rollingdepth" / "models";
  places.source = ROLLINGDEPTH_SOURCE_MODELS;
  return places;
}

std::vector<fs::path> ModelPlaces::in_order() const {
  std::vector<fs::path> roots;
  if (environment) roots.push_back(*environment);
  roots.push_back(installed);
  roots.push_back(source);
  return roots;
}

std::vector<fs::path> packages_at(const fs::path& place) {
  return is_package(place) ? std::vector<fs::path>{place} : packages_in(place);
}

fs::path find_model(const ModelPlaces& places) {
  const std::vector<fs::path> roots = places.in_order();

  if (places.chosen) {
    if (const auto package = package_at(*places.chosen)) return *package;
    std::vector<std::string> known;
    for (const fs::path& root : roots) {
      for (const fs::path& package : packages_in(root)) {
        if (package.filename() == *places.chosen && !fs::exists(*places.chosen)) return package;
        known.push_back(package.filename().string());
      }
    }
    throw no_package(*places.chosen, known);
  }
  if (places.environment) {
    // Falling back silently to another model would hide a misspelt variable.
    if (const auto package = package_at(*places.environment)) return *package;
    throw Error(ErrorKind::kModel, "no model package in " + places.environment->string() +
                                       " (from ROLLINGDEPTH_MODELS)");
  }
  for (const fs::path& root : roots) {
    if (const auto package = package_at(root)) return *package;
  }
  throw Error(ErrorKind::kModel, "no model package found in " + places.installed.string() + " or " +
                                     places.source.string() +
                                     " (name one with --checkpoint or ROLLINGDEPTH_MODELS)");
}

std::uintmax_t package_bytes(const fs::path& package) {
  std::uintmax_t bytes = 0;
  std::error_code problem;
  for (const auto& entry : fs::directory_iterator(package, problem)) {
    // A link may lead in a circle, a folder may be closed.
    std::error_code unknown;
    const bool is_file = entry.is_regular_file(unknown);
    const std::uintmax_t size = is_file ? entry.file_size(unknown) : 0;
    if (!unknown) bytes += size;
  }
  return bytes;
}

}  // namespace rollingdepth
