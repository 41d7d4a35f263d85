#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/formatted.hpp"
#include "decode/exif_orientation.hpp"
#include "decode/picture_file.hpp"
#include "decode/picture_numbers.hpp"
#include "decode/video_reader.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;

/// Gathers what is to be said of the pictures of a clip, so that thousands make a line.
class SequenceRemarks {
 public:
  void note(const fs::path& file, const Picture& picture) {
    const std::string name = file.filename().string();
    if (picture.damage && ++damaged_ <= kNamed) {
      damages_ += (damages_.empty() ? "" : ", ") + name + " (" + *picture.damage + ")";
    }
    if (picture.transparent && transparent_.empty()) transparent_ = name;
    const OutOfRange& range = picture.out_of_range;
    if (range.above_one > 0 && ++clipped_ == 1) first_clipped_ = name;
    if (range.no_numbers > 0 && no_numbers_ == 0) first_no_number_ = name;
    values_ += range.values;
    above_one_ += range.above_one;
    no_numbers_ += range.no_numbers;
  }

  [[nodiscard]] std::vector<std::string> lines() const {
    std::vector<std::string> lines;
    if (damaged_ > 0) {
      lines.push_back(
          (damaged_ == 1 ? "a picture is damaged and was read in spite of it: "
                         : std::to_string(damaged_) +
                               " pictures are damaged and were read in spite of it: ") +
          damages_ +
          (damaged_ > kNamed ? " and " + std::to_string(damaged_ - kNamed) + " more" : ""));
    }
    if (!transparent_.empty()) {
      lines.push_back("parts of " + transparent_ +
                      " are transparent: alpha is left out, and they show the colour stored there");
    }
    if (clipped_ > 0) {
      lines.push_back(std::to_string(above_one_) + " values above 1 (" +
                      formatted("%.2g", 100.0 * static_cast<double>(above_one_) /
                                            static_cast<double>(values_)) +
                      " %) were clipped to white in " + std::to_string(clipped_) +
                      (clipped_ == 1 ? " picture, " : " pictures, the first ") + first_clipped_);
    }
    if (no_numbers_ > 0) {
      lines.push_back(std::to_string(no_numbers_) +
                      " values that are not numbers were read as 0, " + "the first in " +
                      first_no_number_);
    }
    return lines;
  }

 private:
  static constexpr std::int64_t kNamed = 5;

  std::int64_t damaged_ = 0;
  std::string damages_;
  std::string transparent_;
  std::int64_t clipped_ = 0;
  std::string first_clipped_;
  std::string first_no_number_;
  std::int64_t values_ = 0;
  std::int64_t above_one_ = 0;
  std::int64_t no_numbers_ = 0;
};

class ImageSequence final : public FrameSource {
 public:
  /// @param pages of the only file, where they are to be the clip.
  ImageSequence(std::vector<fs::path> files, std::string name, Rational frame_rate,
                std::int64_t max_pixels, std::int64_t pages)
      : files_(std::move(files)), max_pixels_(max_pixels), pages_(pages) {
    first_ = read_picture(files_.front(), max_pixels_);
    info_.name = std::move(name);
    info_.height_px = first_->rgb.size(1);
    info_.width_px = first_->rgb.size(2);
    info_.frame_rate = frame_rate;
    info_.time_base = {.num = frame_rate.den, .den = frame_rate.num};
    info_.frames_estimate = static_cast<std::int64_t>(files_.size()) * pages_;
    info_.frames_exact = true;
    if (pages_ == 1) info_.frame_numbers = picture_numbers(files_);
  }

  [[nodiscard]] const ClipInfo& info() const override { return info_; }

  std::optional<Frame> next() override {
    if (position_ == *info_.frames_estimate) return std::nullopt;
    const std::int64_t page = pages_ > 1 ? position_ : 0;
    const fs::path& file = files_[static_cast<std::size_t>(pages_ > 1 ? 0 : position_)];
    Picture picture =
        first_ ? *std::exchange(first_, std::nullopt) : read_picture(file, max_pixels_, page);
    require_same_size(file, picture.rgb.size(2), picture.rgb.size(1), info_.width_px,
                      info_.height_px);
    remarks_.note(file, picture);
    return Frame{.rgb = std::move(picture.rgb), .pts = position_++};
  }

  bool seek(std::int64_t pts) override {
    if (pts < 0 || pts >= *info_.frames_estimate) return false;
    if (pts != position_) first_.reset();
    position_ = pts;
    return true;
  }

  bool rewind() override {
    position_ = 0;
    remarks_ = {};
    return true;
  }

  [[nodiscard]] std::vector<std::string> survey(std::int64_t first,
                                                std::int64_t count) const override;

  [[nodiscard]] std::vector<std::string> warnings() const override { return remarks_.lines(); }

 private:
  void require_size_of(const fs::path& file, const PictureHeader& header) const;

  std::vector<fs::path> files_;
  std::int64_t max_pixels_;
  std::int64_t pages_;
  std::int64_t position_ = 0;
  std::optional<Picture> first_;  ///< Read to learn the size; handed out by the first next().
  ClipInfo info_;
  SequenceRemarks remarks_;
};

// A rendering and its preview, such as 0001.exr and 0001.jpg, would alternate.
void require_one_of_each(const std::vector<fs::path>& files) {
  std::map<fs::path, const fs::path*> seen;
  for (const fs::path& file : files) {
    const auto [other, fresh] = seen.emplace(file.stem(), &file);
    if (fresh) continue;
    throw Error(ErrorKind::kInput, "it holds " + other->second->filename().string() + " and " +
                                       file.filename().string() +
                                       ", which look like one picture: name the wanted ones by a " +
                                       "pattern, such as -i FOLDER/%04d" +
                                       file.extension().string());
  }
}

// What a header does not tell, as an orientation that stands behind the pixels, is found out later.
void ImageSequence::require_size_of(const fs::path& file, const PictureHeader& header) const {
  const bool turned = orientation_of_exif(header.orientation).transpose;
  const std::int64_t width = turned ? header.height_px : header.width_px;
  const std::int64_t height = turned ? header.width_px : header.height_px;
  // WebP tells its orientation behind the pixels.
  if (header.format == PictureFormat::kWebp && width == info_.height_px &&
      height == info_.width_px) {
    return;
  }
  require_same_size(file, width, height, info_.width_px, info_.height_px);
}

std::vector<std::string> ImageSequence::survey(std::int64_t first, std::int64_t count) const {
  std::vector<std::string> remarks;
  const std::int64_t all = *info_.frames_estimate;
  if (pages_ > 1 || first >= all) return remarks;
  const std::int64_t end = count > 0 && count < all - first ? first + count : all;
  const std::vector<fs::path> used(files_.begin() + first, files_.begin() + end);
  require_one_of_each(used);
  if (!info_.frame_numbers.empty()) {
    const std::vector<std::string> numbers(info_.frame_numbers.begin() + first,
                                           info_.frame_numbers.begin() + end);
    if (const auto gap = gap_text(used, numbers)) remarks.push_back(*gap);
  }
  bool told = false;
  for (const fs::path& file : used) {
    const PictureHeader header = read_picture_header(file);
    require_size_of(file, header);
    if (header.pictures == 1 || std::exchange(told, true)) continue;
    remarks.push_back(file.filename().string() + " holds " + std::to_string(header.pictures) +
                      " pictures" + (header.same_size ? "" : " of different sizes") +
                      ": the first of each file is used");
  }
  return remarks;
}

}  // namespace

std::unique_ptr<FrameSource> open_image_sequence(std::vector<fs::path> files, std::string name,
                                                 Rational frame_rate, std::int64_t max_pixels) {
  if (files.empty()) throw Error(ErrorKind::kInput, "no pictures in " + name);
  if (!frame_rate.positive()) throw Error(ErrorKind::kUsage, "frame rate must be positive");
  std::int64_t pages = 1;
  if (files.size() == 1) {
    const PictureHeader header = read_picture_header(files.front());
    const bool is_clip = header.pictures > 1 && header.same_size;
    if (is_clip && header.format == PictureFormat::kPng) {
      return open_video(files.front(), {.max_pixels = max_pixels});
    }
    if (is_clip && header.format == PictureFormat::kTiff) pages = header.pictures;
  }
  return std::make_unique<ImageSequence>(std::move(files), std::move(name), frame_rate, max_pixels,
                                         pages);
}

}  // namespace rollingdepth
