#include "scratch_folder.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>

#include "base/file_descriptor.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth::fuzz {

ScratchFolder::ScratchFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "rollingdepth-fuzz-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) std::abort();
  path_ = name;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::filesystem::path ScratchFolder::file(const std::string& name,
                                          std::span<const std::uint8_t> bytes) const {
  std::filesystem::path file = path_ / name;
  FileDescriptor out = FileDescriptor::open_to_write(file);
  out.write(bytes.data(), bytes.size());
  out.close();
  return file;
}

const ScratchFolder& scratch() {
  static const ScratchFolder folder;
  return folder;
}

void reading(const std::function<void()>& read) {
  try {
    read();
  } catch (const Error&) {
  }
}

}  // namespace rollingdepth::fuzz
