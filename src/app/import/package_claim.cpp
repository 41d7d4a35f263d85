#include "app/import/package_claim.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <system_error>

#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& path, const std::error_code& problem) {
  throw Error(ErrorKind::kOutput, "cannot make " + path.string() + ": " + problem.message(),
              retry_after(problem.value()));
}

std::error_code last_problem() { return {errno, std::generic_category()}; }

// A link or a pipe of that name would lead elsewhere; a file may be somebody's.
void remove_link(const fs::path& path) {
  std::error_code ignored;
  const fs::file_status status = fs::symlink_status(path, ignored);
  if (fs::exists(status) && !fs::is_directory(status) && !fs::is_regular_file(status)) {
    fs::remove(path, ignored);
  }
}

void empty(const fs::path& folder) {
  std::error_code problem;
  std::vector<fs::path> entries;
  for (fs::directory_iterator entry(folder, problem); !problem && entry != fs::end(entry);
       entry.increment(problem)) {
    entries.push_back(entry->path());
  }
  for (const fs::path& entry : entries) {
    if (!problem) fs::remove_all(entry, problem);
  }
  if (problem) fail(folder, problem);
}

}  // namespace

std::unique_ptr<PackageClaim> PackageClaim::take(const fs::path& package) {
  std::unique_ptr<PackageClaim> claim(new PackageClaim);
  claim->make_above(package);
  // The name that a PartialFile gives it.
  const fs::path partial = longest_working_path(package, /*is_folder=*/false);
  if (!claim->lock(partial)) return nullptr;
  claim->folder_.emplace(package, PartialKind::kFolder);
  empty(partial);
  return claim;
}

void PackageClaim::make_above(const fs::path& package) {
  std::error_code problem;
  std::vector<fs::path> missing;
  for (fs::path above = package.parent_path(); !above.empty() && !fs::exists(above, problem);
       above = above.parent_path()) {
    missing.push_back(above);
    if (above == above.parent_path()) break;
  }
  std::reverse(missing.begin(), missing.end());
  for (const fs::path& folder : missing) {
    const bool made = fs::create_directory(folder, problem);
    if (problem) fail(folder, problem);
    if (made) made_.push_back(folder);
  }
}

bool PackageClaim::lock(const fs::path& partial) {
  while (true) {
    remove_link(partial);
    std::error_code problem;
    fs::create_directory(partial, problem);
    if (problem) fail(partial, problem);
    const int descriptor = ::open(partial.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (descriptor < 0) {
      if (errno == ENOENT) continue;  // Another process has just given it its name.
      fail(partial, last_problem());
    }
    lock_.emplace(descriptor, partial.string());
    // Where the file system has no locks, two at once are not told from one.
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) return false;
    if (lock_->lies_at(partial)) return true;  // Its owner may just have finished with it.
  }
}

PackageClaim::~PackageClaim() {
  folder_.reset();
  std::error_code ignored;
  // Only those that are empty.
  for (auto folder = made_.rbegin(); folder != made_.rend(); ++folder) fs::remove(*folder, ignored);
}

void PackageClaim::finish() { folder_->finish(); }

}  // namespace rollingdepth
