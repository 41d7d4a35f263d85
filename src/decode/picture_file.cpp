#include "picture_file.hpp"

#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <opencv2/core/utils/logger.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "rollingdepth/base/error.hpp"
#include "rollingdepth/decode/image_codecs.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;

std::string size_text(const cv::Size& size) {
  return std::to_string(size.width) + "x" + std::to_string(size.height);
}

std::vector<std::uint8_t> read_bytes(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw std::system_error(errno, std::generic_category());
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

bool contains(std::span<const std::uint8_t> bytes, std::string_view mark) {
  const auto equal = [](std::uint8_t byte, char c) { return byte == static_cast<std::uint8_t>(c); };
  return std::search(bytes.begin(), bytes.end(), mark.begin(), mark.end(), equal) != bytes.end();
}

// Whether a JPEG file has an end mark after its header. The header may hold a thumbnail with an end
// mark of its own: its segments are stepped over.
bool has_end_of_jpeg(std::span<const std::uint8_t> bytes) {
  std::size_t at = 2;
  while (at + 4 <= bytes.size() && bytes[at] == 0xff && bytes[at + 1] != 0xda) {
    at += 2 + static_cast<std::size_t>(bytes[at + 2] * 256 + bytes[at + 3]);
  }
  return at < bytes.size() && contains(bytes.subspan(at), "\xff\xd9");
}

std::uint32_t big_endian(std::span<const std::uint8_t> bytes) {
  std::uint32_t value = 0;
  for (const std::uint8_t byte : bytes.first(4)) value = value << 8 | byte;
  return value;
}

// Why a PNG file cannot be decoded. It consists of chunks, each a length, a type, so many bytes and
// the checksum of type and bytes.
std::optional<std::string> png_fault(std::span<const std::uint8_t> bytes) {
  constexpr std::size_t kSignature = 8, kAroundContent = 12;
  for (std::size_t at = kSignature; at + kAroundContent <= bytes.size();) {
    const std::size_t length = big_endian(bytes.subspan(at));
    if (length > bytes.size() - at - kAroundContent) break;
    const auto type_and_content = bytes.subspan(at + 4, 4 + length);
    // A lower-case type marks a remark, which decoders pass over.
    const bool needed = type_and_content.front() < 'a' || type_and_content.front() > 'z';
    const uLong sum = crc32_z(0, type_and_content.data(), type_and_content.size());
    if (needed && sum != big_endian(bytes.subspan(at + 8 + length))) {
      return "damaged: a checksum is wrong";
    }
    if (contains(type_and_content.first(4), "IEND")) return std::nullopt;
    at += kAroundContent + length;
  }
  return "the file is cut short";
}

// OpenCV hands out the upper part of a JPEG that is cut short as if nothing were amiss, and libpng
// prints to stderr before it gives up: such files are found here.
std::optional<std::string> fault_of(std::span<const std::uint8_t> bytes) {
  const std::span<const std::uint8_t> head = bytes.first(std::min<std::size_t>(bytes.size(), 4));
  if (contains(head, "\xff\xd8\xff") && !has_end_of_jpeg(bytes)) return "the file is cut short";
  if (contains(head, "\x89PNG")) return png_fault(bytes);
  return std::nullopt;
}

}  // namespace

cv::Mat read_picture(const fs::path& file, int flags) {
  cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
  const auto fail = [&file](const std::string& why) {
    throw Error(ErrorKind::kInput, "cannot read picture " + file.string() + ": " + why);
  };
  std::error_code error;
  if (!fs::exists(file, error)) fail("no such file");
  if (!fs::is_regular_file(file, error)) fail("it is not a file");
  cv::Mat picture;
  try {
    const std::vector<std::uint8_t> bytes = read_bytes(file);
    if (bytes.empty()) fail("the file is empty");
    if (const auto fault = fault_of(bytes)) fail(*fault);
    picture = decode_picture(bytes, flags);
  } catch (const cv::Exception& exception) {
    fail(exception.err);
  } catch (const std::system_error& exception) {
    fail(exception.code().message());
  }
  if (picture.empty()) fail("not a picture, or damaged");
  return picture;
}

void require_same_size(const fs::path& picture, const cv::Size& size, const cv::Size& first) {
  if (size == first) return;
  throw Error(ErrorKind::kInput, "picture " + picture.string() + " is " + size_text(size) +
                                     ", but the first one is " + size_text(first));
}

}  // namespace rollingdepth
