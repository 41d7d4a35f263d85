#include "rollingdepth/write/partial_file.hpp"

#include <system_error>
#include <utility>

#include "rollingdepth/base/error.hpp"
#include "rollingdepth/base/file_descriptor.hpp"

namespace rollingdepth {

PartialFile::PartialFile(std::filesystem::path final_path)
    : final_(std::move(final_path)), partial_(final_) {
  partial_ += ".partial";
}

PartialFile::~PartialFile() {
  std::error_code ignored;
  if (!finished_) std::filesystem::remove(partial_, ignored);
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
}

}  // namespace rollingdepth
