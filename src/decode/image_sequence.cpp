#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <opencv2/core.hpp>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgcodecs.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "color_conversion.hpp"
#include "rollingdepth/base/error.hpp"
#include "rollingdepth/decode/video_reader.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;

std::string size_text(int width_px, int height_px) {
  return std::to_string(width_px) + "x" + std::to_string(height_px);
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

// OpenCV hands out the upper part of a JPEG that is cut short as if nothing were amiss, and libpng
// prints to stderr before it gives up: such files are found here.
bool is_cut_short(std::span<const std::uint8_t> bytes) {
  const std::span<const std::uint8_t> head = bytes.first(std::min<std::size_t>(bytes.size(), 4));
  if (contains(head, "\xff\xd8\xff")) return !has_end_of_jpeg(bytes);
  if (contains(head, "\x89PNG")) return !contains(bytes, "IEND");
  return false;
}

// 8-bit BGR: OpenCV scales deeper pictures down, spreads grey, drops alpha and turns by EXIF.
cv::Mat read_picture(const fs::path& file) {
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
    if (is_cut_short(bytes)) fail("the file is cut short");
    picture = cv::imdecode(bytes, cv::IMREAD_COLOR);
  } catch (const cv::Exception& exception) {
    fail(exception.err);
  } catch (const std::system_error& exception) {
    fail(exception.code().message());
  }
  if (picture.empty()) fail("not a picture, or damaged");
  return picture;
}

class ImageSequence final : public FrameSource {
 public:
  ImageSequence(std::vector<fs::path> files, std::string name, Rational frame_rate)
      : files_(std::move(files)) {
    if (files_.empty()) throw Error(ErrorKind::kInput, "no pictures in " + name);
    if (!frame_rate.positive()) throw Error(ErrorKind::kUsage, "frame rate must be positive");
    first_ = read_picture(files_.front());
    info_.name = std::move(name);
    info_.width_px = first_.cols;
    info_.height_px = first_.rows;
    info_.frame_rate = frame_rate;
    info_.time_base = {.num = frame_rate.den, .den = frame_rate.num};
    info_.frames_estimate = static_cast<std::int64_t>(files_.size());
  }

  [[nodiscard]] const ClipInfo& info() const override { return info_; }

  std::optional<Frame> next() override {
    if (position_ == files_.size()) return std::nullopt;
    const fs::path& file = files_[position_];
    const cv::Mat picture = first_.empty() ? read_picture(file) : std::exchange(first_, cv::Mat());
    if (picture.cols != info_.width_px || picture.rows != info_.height_px) {
      throw Error(
          ErrorKind::kInput,
          "picture " + file.string() + " is " + size_text(picture.cols, picture.rows) +
              ", but the first one is " +
              size_text(static_cast<int>(info_.width_px), static_cast<int>(info_.height_px)));
    }
    Frame frame;
    frame.pts = static_cast<std::int64_t>(position_++);
    frame.rgb = planes_from_pixels(picture.data, picture.step[0], picture.rows, picture.cols,
                                   ChannelOrder::kBgr);
    return frame;
  }

 private:
  std::vector<fs::path> files_;
  std::size_t position_ = 0;
  cv::Mat first_;  ///< Read to learn the size; handed out by the first next().
  ClipInfo info_;
};

/// A file name around one running number.
struct NumberedName {
  std::string prefix;
  std::string suffix;
  std::size_t min_digits = 0;  ///< Shorter numbers are padded with zeros.

  /// The number in `name`, as printf would have printed it there.
  [[nodiscard]] std::optional<std::uint64_t> number_in(std::string_view name) const {
    if (name.size() <= prefix.size() + suffix.size() || !name.starts_with(prefix) ||
        !name.ends_with(suffix)) {
      return std::nullopt;
    }
    name.remove_prefix(prefix.size());
    name.remove_suffix(suffix.size());
    const bool padded = name.size() > 1 && name.front() == '0';
    if (name.size() < min_digits || (padded && name.size() > min_digits)) return std::nullopt;
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
    return number;
  }
};

[[noreturn]] void fail_pattern(const std::string& pattern, const std::string& why) {
  throw Error(ErrorKind::kUsage, "image pattern '" + pattern + "': " + why);
}

// Reads "%d" or "%0Nd" at `at`, just after the percent sign; returns its length.
std::size_t read_number_format(const std::string& pattern, std::string_view text, std::size_t at,
                               std::size_t& min_digits) {
  const std::size_t end = text.find_first_not_of("0123456789", at);
  const std::string_view width = text.substr(at, end == text.npos ? text.npos : end - at);
  const bool well_formed = end != text.npos && text[end] == 'd' &&
                           (width.empty() || (width.size() > 1 && width.front() == '0'));
  if (!well_formed) fail_pattern(pattern, "only %d, %0Nd and %% are understood");
  if (!width.empty()) {
    const auto [last, error] =
        std::from_chars(width.data() + 1, width.data() + width.size(), min_digits);
    if (error != std::errc() || min_digits > 18) fail_pattern(pattern, "the number is too wide");
  }
  return width.size() + 1;
}

NumberedName parse_name(const std::string& pattern, std::string_view text) {
  NumberedName name;
  bool numbered = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string& part = numbered ? name.suffix : name.prefix;
    if (text[i] != '%') {
      part += text[i];
    } else if (i + 1 < text.size() && text[i + 1] == '%') {
      part += '%';
      ++i;
    } else {
      if (numbered) fail_pattern(pattern, "more than one %d");
      i += read_number_format(pattern, text, i + 1, name.min_digits);
      numbered = true;
    }
  }
  if (!numbered) fail_pattern(pattern, "no %d in the file name");
  return name;
}

}  // namespace

std::unique_ptr<FrameSource> open_image_sequence(std::vector<fs::path> files, std::string name,
                                                 Rational frame_rate) {
  cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
  return std::make_unique<ImageSequence>(std::move(files), std::move(name), frame_rate);
}

std::vector<fs::path> expand_image_pattern(const std::string& pattern) {
  const fs::path path(pattern);
  const NumberedName name = parse_name(pattern, path.filename().string());
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  std::vector<std::pair<std::uint64_t, fs::path>> matches;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string file_name = entry->path().filename().string();
    if (const auto number = name.number_in(file_name)) {
      matches.emplace_back(*number, path.has_parent_path() ? entry->path() : fs::path(file_name));
    }
  }
  if (error) {
    throw Error(ErrorKind::kInput,
                "cannot list folder " + folder.string() + ": " + error.message());
  }
  if (matches.empty()) throw Error(ErrorKind::kInput, "no file matches " + pattern);
  std::sort(matches.begin(), matches.end());
  std::vector<fs::path> files;
  for (auto& match : matches) files.push_back(std::move(match.second));
  return files;
}

}  // namespace rollingdepth
