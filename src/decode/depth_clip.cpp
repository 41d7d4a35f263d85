#include "decode/depth_clip.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "base/file_descriptor.hpp"
#include "decode/depth_readers.hpp"
#include "decode/file_extension.hpp"
#include "decode/name_order.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& path, const std::string& why) {
  throw Error(ErrorKind::kInput, "cannot read " + path.string() + ": " + why);
}

struct FolderPictures {
  std::vector<fs::path> exr;
  std::vector<fs::path> png;
};

FolderPictures pictures_in(const fs::path& folder) {
  FolderPictures found;
  std::error_code problem;
  for (fs::directory_iterator entry(folder, problem), end; !problem && entry != end;
       entry.increment(problem)) {
    const fs::path& file = entry->path();
    if (file.filename().string().starts_with('.')) continue;
    const std::string extension = lower_extension(file);
    if (extension == ".exr") found.exr.push_back(file);
    if (extension == ".png") found.png.push_back(file);
  }
  if (problem) fail(folder, problem.message());
  std::sort(found.exr.begin(), found.exr.end(), counts_before);
  std::sort(found.png.begin(), found.png.end(), counts_before);
  return found;
}

std::unique_ptr<DepthReader> open_folder(const fs::path& folder, double png_scale,
                                         std::int64_t max_pixels) {
  FolderPictures found = pictures_in(folder);
  if (found.exr.empty() && found.png.empty()) fail(folder, "no .exr or .png pictures in it");
  if (!found.exr.empty() && !found.png.empty()) {
    fail(folder, "it holds both .exr and .png pictures, such as " +
                     found.exr.front().filename().string() + " and " +
                     found.png.front().filename().string());
  }
  if (found.png.empty()) {
    return open_picture_depth(
        folder.string(), std::move(found.exr),
        [max_pixels](const fs::path& picture) { return read_exr_depth(picture, max_pixels); });
  }
  return open_picture_depth(folder.string(), std::move(found.png),
                            png_depth(folder, png_scale, max_pixels));
}

// What the file begins with counts more than its name, which decides for damaged ones.
std::unique_ptr<DepthReader> open_file(const fs::path& file) {
  std::array<char, 6> bytes{};
  const std::size_t found = FileDescriptor::open_to_read(file).read(bytes.data(), bytes.size());
  const std::string_view start(bytes.data(), found);
  const std::string extension = lower_extension(file);
  if (start == "\x93NUMPY") return open_npy_depth(file);
  if (start.starts_with("PK\x03\x04")) return open_npz_depth(file);
  if (extension == ".npy") return open_npy_depth(file);
  if (extension == ".npz") return open_npz_depth(file);
  fail(file, "not a depth clip: a .npy or .npz file, or a folder of .exr or .png pictures");
}

}  // namespace

std::unique_ptr<DepthReader> open_depth_clip(const fs::path& path, double png_scale,
                                             std::int64_t max_pixels) {
  std::error_code problem;
  const fs::file_status status = fs::status(path, problem);
  if (problem) fail(path, problem.message());
  if (fs::is_directory(status)) return open_folder(path, png_scale, max_pixels);
  if (!fs::is_regular_file(status)) fail(path, "neither a file nor a folder");
  return open_file(path);
}

}  // namespace rollingdepth
