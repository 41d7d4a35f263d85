#include "write/ply_sink.hpp"

#include <ATen/core/Tensor.h>

#include <string>
#include <utility>
#include <vector>

#include "base/resample.hpp"
#include "rollingdepth/error.hpp"
#include "write/picture_folder.hpp"
#include "write/ply_file.hpp"

namespace rollingdepth {
namespace {

constexpr const char* kExtension = ".ply";

std::string axes_text(PointAxes axes) {
  return axes == PointAxes::kOpenCv ? "axes x right, y down, z forward (OpenCV)"
                                    : "axes x right, y up, z backward (OpenGL)";
}

class PlySink final : public PictureFolderSink {
 public:
  PlySink(const std::filesystem::path& folder, ColorFrames colors, SightLinesOf sight_lines,
          const PointCloudOptions& options)
      : PictureFolderSink(folder, kExtension, ""),
        options_(options),
        colors_(std::move(colors), folder),
        sight_lines_of_(std::move(sight_lines)) {}

  void begin(const DepthClipInfo& clip) override {
    PictureFolderSink::begin(clip);
    scale_.emplace(clip, options_);
    const ClipInfo& video = colors_.begin();
    const FrameSize pictures{video.width_px, video.height_px};
    const SightLines lines = sight_lines_of_(pictures);
    size_ = {clip.width_px, clip.height_px};
    sight_lines_ = pixel_sight_lines(lines, pictures, size_);
    camera_is_assumed_ = lines.is_assumed;
    comments_ = {scale_->text(), "camera " + lines.text, axes_text(options_.axes)};
  }

  [[nodiscard]] std::vector<std::string> remarks() const override {
    std::vector<std::string> remarks;
    const std::string about = name() + ": ";
    if (camera_is_assumed_) {
      remarks.push_back(about +
                        "the focal length is assumed, 1.2 times the longer side (--fov-x, "
                        "--intrinsics or --camera tell it)");
    }
    if (!scale_->is_metres()) remarks.push_back(about + scale_->text());
    if (empty_frames_ > 0) {
      remarks.push_back(about + std::to_string(empty_frames_) +
                        (empty_frames_ == 1 ? " frame has" : " frames have") +
                        " no points that the filters leave");
    }
    return remarks;
  }

 private:
  std::string encoded(const at::Tensor& depth) override {
    const at::Tensor rgb = resample_picture(colors_.next(), size_).contiguous();
    const std::vector<ColoredPoint> points =
        point_cloud(depth, rgb, sight_lines_, *scale_, options_);
    if (points.empty()) ++empty_frames_;
    return ply_bytes(points, comments_);
  }

  PointCloudOptions options_;
  ColorFrameReader colors_;
  std::optional<DistanceScale> scale_;
  SightLinesOf sight_lines_of_;
  FrameSize size_;          // Of depth maps.
  at::Tensor sight_lines_;  // Of their pixels.
  bool camera_is_assumed_ = false;
  std::vector<std::string> comments_;
  std::int64_t empty_frames_ = 0;
};

}  // namespace

std::unique_ptr<DepthSink> make_ply_sink(const std::filesystem::path& folder, ColorFrames colors,
                                         SightLinesOf sight_lines,
                                         const PointCloudOptions& options) {
  return std::make_unique<PlySink>(folder, std::move(colors), std::move(sight_lines), options);
}

void check_ply(const std::filesystem::path& folder) {
  require_only_pictures(folder, kExtension, "");
}

double ply_memory_bytes(FrameSize depth, std::optional<std::int64_t> /*frames*/) {
  // Colours twice, in bytes and in float32, lines of sight, inverse distances, pixels, points and
  // the file.
  constexpr double kBytesPerPixel = 83;
  constexpr double kDecoderBytes = 16e6;
  return static_cast<double>(depth.width_px) * static_cast<double>(depth.height_px) *
             kBytesPerPixel +
         kDecoderBytes;
}

}  // namespace rollingdepth
