#include "rollingdepth/write/partial_file.hpp"

#include <mutex>
#include <set>
#include <string>
#include <system_error>
#include <utility>

#include "rollingdepth/base/error.hpp"
#include "rollingdepth/base/file_descriptor.hpp"

namespace rollingdepth {
namespace {

// The files that are being written, for remove_partial_files(). Never destroyed: the process may
// end while another thread still looks at it.
struct Unfinished {
  std::mutex mutex;
  std::multiset<std::filesystem::path> paths;
};

Unfinished& unfinished() {
  static auto* const files = new Unfinished;
  return *files;
}

void forget(const std::filesystem::path& partial) {
  const std::filesystem::path path = std::filesystem::absolute(partial);
  const std::lock_guard lock(unfinished().mutex);
  auto& paths = unfinished().paths;
  if (const auto found = paths.find(path); found != paths.end()) paths.erase(found);
}

// Libraries that write through a temporary file of their own put it beside: `<path>.a1B2c3`.
void remove_with_temporaries(const std::filesystem::path& path) {
  std::error_code ignored;
  const std::string name = path.filename().string();
  for (const auto& entry : std::filesystem::directory_iterator(path.parent_path(), ignored)) {
    if (entry.path().filename().string().starts_with(name)) {
      std::filesystem::remove(entry.path(), ignored);
    }
  }
}

}  // namespace

PartialFile::PartialFile(std::filesystem::path final_path)
    : final_(std::move(final_path)), partial_(final_) {
  partial_ += ".partial";
  const std::lock_guard lock(unfinished().mutex);
  unfinished().paths.insert(std::filesystem::absolute(partial_));
}

PartialFile::~PartialFile() {
  if (finished_) return;
  std::error_code ignored;
  std::filesystem::remove(partial_, ignored);
  forget(partial_);
}

std::unique_lock<std::mutex> remove_partial_files() {
  std::unique_lock lock(unfinished().mutex);
  for (const std::filesystem::path& path : unfinished().paths) remove_with_temporaries(path);
  return lock;
}

void PartialFile::finish() {
  std::error_code failure;
  if (!std::filesystem::exists(partial_, failure)) {
    throw Error(ErrorKind::kOutput, "cannot write " + final_.string() + ": " + partial_.string() +
                                        " was removed meanwhile");
  }
  // On the disk before it gets its name: after a power cut a named file is a complete one.
  FileDescriptor::open_to_read(partial_).sync();
  std::filesystem::rename(partial_, final_, failure);
  if (failure) {
    throw Error(ErrorKind::kOutput, "cannot write " + final_.string() + ": " + failure.message());
  }
  finished_ = true;
  forget(partial_);
}

}  // namespace rollingdepth
