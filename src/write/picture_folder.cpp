#include "write/picture_folder.hpp"

#include <ATen/core/Tensor.h>

#include <algorithm>
#include <utility>

#include "base/file_descriptor.hpp"
#include "base/formatted.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;

bool is_numbered(const fs::path& name, const std::string& extension) {
  const std::string stem = name.stem().string();
  return name.extension() == extension && !stem.empty() &&
         std::all_of(stem.begin(), stem.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

void require_only_pictures(const fs::path& folder, const std::string& extension,
                           std::string_view extra) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const fs::path name = entry.path().filename();
    if (is_numbered(name, extension) || name == extra) continue;
    throw Error(ErrorKind::kOutput, "cannot write " + folder.string() + ": the folder also holds " +
                                        name.string() + ", which would be lost: move it away");
  }
}

PictureFolderSink::PictureFolderSink(const fs::path& folder, std::string extension,
                                     std::string_view extra)
    : partial_(folder, PartialKind::kFolder),
      extension_(std::move(extension)),
      extra_(extra),
      frames_(folder) {
  require_only_pictures(folder, extension_, extra_);
}

void PictureFolderSink::begin(const DepthClipInfo& info) {
  frames_.begin(info);
  std::error_code problem;
  // What a killed run left would count as pictures of this one.
  fs::remove_all(partial_.path(), problem);
  if (!problem) fs::create_directories(partial_.path(), problem);
  if (problem) fail(problem.message(), retry_after(problem.value()));
}

void PictureFolderSink::write(const at::Tensor& depth, std::int64_t /*pts*/) {
  const std::int64_t index = frames_.counted();
  frames_.count(depth);
  const std::vector<std::string>& numbers = info().frame_numbers;
  const std::string name = numbers.empty() ? formatted("%06lld", static_cast<long long>(index))
                                           : numbers.at(static_cast<std::size_t>(index));
  write_file(name + extension_, encoded(depth.contiguous()));
}

void PictureFolderSink::finish() {
  frames_.require_all();
  write_extra();
  require_only_pictures(partial_.final_path(), extension_, extra_);  // It may have come meanwhile.
  partial_.finish();
}

void PictureFolderSink::write_file(const std::string& name, std::string_view bytes) const {
  FileDescriptor file = FileDescriptor::open_to_write(partial_.path() / name);
  file.write(bytes.data(), bytes.size());
  file.close();
}

void PictureFolderSink::fail(const std::string& why, Retry retry) const {
  throw Error(ErrorKind::kOutput, "cannot write " + partial_.final_path().string() + ": " + why,
              retry);
}

}  // namespace rollingdepth
