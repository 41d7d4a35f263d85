#include "app/models/found_packages.hpp"

#include <exception>
#include <set>
#include <system_error>

#include "make_method.hpp"
#include "nn/package.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;

// Options play no part: those of a package that was made for others are no fault of it.
std::string fault_of(const Package& package) {
  try {
    (void)make_method(package, {});
  } catch (const std::exception& error) {
    if (kind_of(error) != ErrorKind::kUsage) return describe(error);
  }
  return "";
}

FoundPackage look_at(const fs::path& folder) {
  FoundPackage found;
  found.folder = folder;
  found.name = folder.filename().string();
  found.bytes = package_bytes(folder);
  try {
    const Package package = open_package(folder);
    found.name = package.info.name;
    found.kind = package.info.kind;
    found.license = package.info.license;
    found.source = package.info.source;
    found.notice = package.info.notice;
    found.fault = fault_of(package);
  } catch (const std::exception& error) {
    found.fault = describe(error);
  }
  return found;
}

fs::path default_package(const ModelPlaces& places) {
  try {
    return find_model(places);
  } catch (const Error&) {
    return {};
  }
}

}  // namespace

std::vector<FoundPackage> found_packages(const ModelPlaces& places) {
  const fs::path taken = default_package(places);
  std::vector<FoundPackage> packages;
  std::set<fs::path> seen;
  for (const fs::path& place : places.in_order()) {
    for (const fs::path& folder : packages_at(place)) {
      std::error_code ignored;
      // The tree of the sources may be the one that is installed.
      if (!seen.insert(fs::weakly_canonical(folder, ignored)).second) continue;
      packages.push_back(look_at(folder));
      packages.back().is_default = folder == taken;
    }
  }
  return packages;
}

}  // namespace rollingdepth
