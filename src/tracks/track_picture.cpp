#include "tracks/track_picture.hpp"

#include <ATen/core/Tensor.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <system_error>

#include "base/file_descriptor.hpp"
#include "base/formatted.hpp"
#include "rollingdepth/error.hpp"
#include "write/depth_painter.hpp"
#include "write/png_encoder.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;

constexpr int kWidthPx = 720;
constexpr int kTallestFramePx = 1080;
constexpr int kChartPx = 260;
constexpr int kTitlePx = 30;
constexpr int kMarginPx = 70;  // Left of the chart, for its numbers.
constexpr int kSmallMarginPx = 16;
// 16 steps of a pixel: OpenCV's fixed point of lines.
constexpr int kShift = 4;

const cv::Scalar kPaper(255, 255, 255);
const cv::Scalar kInk(30, 30, 30);
const cv::Scalar kGrid(215, 215, 215);
const cv::Scalar kRaw(140, 140, 140);
const cv::Scalar kEdge(230, 140, 20);
const cv::Scalar kOutlier(210, 30, 30);
const cv::Scalar kSmooth(20, 90, 200);

cv::Point fixed(double x, double y) {
  return {static_cast<int>(std::lround(x * (1 << kShift))),
          static_cast<int>(std::lround(y * (1 << kShift)))};
}

void line(cv::Mat& canvas, cv::Point2d from, cv::Point2d to, const cv::Scalar& color, int width) {
  cv::line(canvas, fixed(from.x, from.y), fixed(to.x, to.y), color, width, cv::LINE_AA, kShift);
}

void dot(cv::Mat& canvas, cv::Point2d at, double radius, const cv::Scalar& color) {
  cv::circle(canvas, fixed(at.x, at.y), static_cast<int>(std::lround(radius * (1 << kShift))),
             color, cv::FILLED, cv::LINE_AA, kShift);
}

void text(cv::Mat& canvas, cv::Point at, const std::string& words, double size = 0.45) {
  cv::putText(canvas, words, at, cv::FONT_HERSHEY_SIMPLEX, size, kInk, 1, cv::LINE_AA);
}

/// OpenCV's letters are those of ASCII.
std::string plain(const std::string& words) {
  std::string shown;
  for (const char c : words) {
    const bool continues = (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;  // Of a UTF-8 letter.
    if (!continues) shown += c < ' ' || c > '~' ? '?' : c;
  }
  return shown;
}

/// Early is blue, late is yellow.
cv::Scalar time_color(double share) {
  return {40 + 215 * share, 120 + 90 * share, 255 - 215 * share};
}

cv::Mat first_frame(const DepthTracks& tracks, DepthValues values) {
  if (tracks.first_picture.defined()) {
    const at::Tensor rgb = tracks.first_picture.permute({1, 2, 0}).contiguous();
    return cv::Mat(static_cast<int>(rgb.size(0)), static_cast<int>(rgb.size(1)), CV_8UC3,
                   rgb.data_ptr())
        .clone();
  }
  const at::Tensor& depth = tracks.first_depth;
  float smallest = std::numeric_limits<float>::infinity(), largest = -smallest;
  const auto* value = depth.const_data_ptr<float>();
  for (const auto* const end = value + depth.numel(); value != end; ++value) {
    if (!std::isfinite(*value)) continue;
    smallest = std::min(smallest, *value);
    largest = std::max(largest, *value);
  }
  DepthPainter painter("Spectral_r");
  painter.begin({.frames = 1,
                 .height_px = depth.size(0),
                 .width_px = depth.size(1),
                 .min = smallest,
                 .max = largest,
                 .frame_rate = {},
                 .time_base = {},
                 .values = values});
  const at::Tensor rgb = painter.paint(depth).contiguous();
  return cv::Mat(static_cast<int>(rgb.size(0)), static_cast<int>(rgb.size(1)), CV_8UC3,
                 rgb.data_ptr())
      .clone();
}

/// The first frame, paler, so that what is drawn stands out, with the track.
cv::Mat drawn_frame(const DepthTracks& tracks, const DepthTrack& track, FrameSize video,
                    DepthValues values) {
  const double scale =
      std::min(static_cast<double>(kWidthPx) / static_cast<double>(video.width_px),
               static_cast<double>(kTallestFramePx) / static_cast<double>(video.height_px));
  const cv::Size size(
      std::max(1, static_cast<int>(std::lround(scale * static_cast<double>(video.width_px)))),
      std::max(1, static_cast<int>(std::lround(scale * static_cast<double>(video.height_px)))));
  cv::Mat frame;
  cv::resize(first_frame(tracks, values), frame, size, 0, 0,
             scale < 1 ? cv::INTER_AREA : cv::INTER_CUBIC);
  frame.convertTo(frame, -1, 0.6, 90);
  const auto at = [&](const TrackedPoint& place) {
    return cv::Point2d(place.x_px * scale, place.y_px * scale);
  };
  if (track.points.empty()) return frame;
  const std::int64_t first = track.points.front().place.frame;
  const double span =
      static_cast<double>(std::max<std::int64_t>(1, track.points.back().place.frame - first));
  for (const int width : {4, 2}) {
    for (std::size_t i = 1; i < track.points.size(); ++i) {
      const TrackedPoint& place = track.points[i].place;
      const double share = static_cast<double>(place.frame - first) / span;
      line(frame, at(track.points[i - 1].place), at(place), width > 2 ? kInk : time_color(share),
           width);
    }
  }
  for (const DepthPoint* point : {&track.points.front(), &track.points.back()}) {
    const double share = point == &track.points.front() ? 0 : 1;
    const TrackedPoint& place = point->place;
    if (place.is_box()) {
      const cv::Point2d half(place.width_px * scale / 2, place.height_px * scale / 2);
      cv::rectangle(frame, fixed(at(place).x - half.x, at(place).y - half.y),
                    fixed(at(place).x + half.x, at(place).y + half.y), time_color(share), 2,
                    cv::LINE_AA, kShift);
    }
    dot(frame, at(place), 6, kInk);
    dot(frame, at(place), 4.5, time_color(share));
  }
  return frame;
}

/// Where frames and depths lie in the chart.
struct Axes {
  cv::Rect area;
  double first = 0, last = 1;
  double low = 0, high = 1;
  [[nodiscard]] cv::Point2d at(std::int64_t frame, double depth) const {
    return {area.x + area.width * (static_cast<double>(frame) - first) / (last - first),
            area.y + area.height * (high - depth) / (high - low)};
  }
};

Axes axes_of(const DepthTrack& track, cv::Rect area) {
  Axes axes{.area = area};
  if (track.points.empty()) return axes;
  axes.first = static_cast<double>(track.points.front().place.frame);
  axes.last = static_cast<double>(track.points.back().place.frame);
  if (axes.first == axes.last) axes.last = axes.first + 1;
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const DepthPoint& point : track.points) {
    for (const double depth : {point.sample.depth, point.depth_smooth}) {
      if (!std::isfinite(depth)) continue;
      low = std::min(low, depth);
      high = std::max(high, depth);
    }
  }
  if (low > high) return axes;
  const double margin = high > low ? 0.06 * (high - low) : std::max(1e-3, 0.05 * std::abs(low));
  axes.low = low - margin;
  axes.high = high + margin;
  return axes;
}

void draw_axes(cv::Mat& canvas, const Axes& axes) {
  constexpr int kLines = 4;
  for (int i = 0; i <= kLines; ++i) {
    const double depth = axes.low + (axes.high - axes.low) * i / kLines;
    const double y = axes.at(0, depth).y;
    line(canvas, {static_cast<double>(axes.area.x), y}, {static_cast<double>(axes.area.br().x), y},
         kGrid, 1);
    text(canvas, {6, static_cast<int>(y) + 4}, formatted("%8.4g", depth), 0.4);
  }
  const int below = axes.area.br().y + 18;
  text(canvas, {axes.area.x, below}, formatted("frame %.0f", axes.first), 0.4);
  text(canvas, {axes.area.br().x - 40, below}, formatted("%.0f", axes.last), 0.4);
}

void draw_course(cv::Mat& canvas, const Axes& axes, const DepthTrack& track) {
  for (const DepthPoint& point : track.points) {
    if (!point.sample.valid) continue;
    const cv::Point2d at = axes.at(point.place.frame, point.sample.depth);
    if (point.outlier) {
      line(canvas, {at.x - 3, at.y - 3}, {at.x + 3, at.y + 3}, kOutlier, 1);
      line(canvas, {at.x - 3, at.y + 3}, {at.x + 3, at.y - 3}, kOutlier, 1);
    } else {
      dot(canvas, at, 2.5, point.sample.edge ? kEdge : kRaw);
    }
  }
  const DepthPoint* before = nullptr;
  for (const DepthPoint& point : track.points) {
    if (std::isnan(point.depth_smooth)) {
      before = nullptr;
      continue;
    }
    const bool follows = before != nullptr && point.place.frame - before->place.frame - 1 <=
                                                  SmoothingOptions{}.longest_gap_frames;
    if (follows) {
      line(canvas, axes.at(before->place.frame, before->depth_smooth),
           axes.at(point.place.frame, point.depth_smooth), kSmooth, 1);
    }
    before = &point;
  }
}

/// What the colours mean, in a row.
void draw_legend(cv::Mat& canvas, cv::Point at) {
  const std::pair<const char*, cv::Scalar> entries[] = {
      {"raw", kRaw}, {"at an edge", kEdge}, {"outlier", kOutlier}, {"smoothed", kSmooth}};
  for (const auto& [words, color] : entries) {
    dot(canvas, cv::Point2d(at.x, at.y - 4), 4, color);
    text(canvas, {at.x + 9, at.y}, words, 0.4);
    at.x += 24 + 8 * static_cast<int>(std::strlen(words));
  }
}

std::string depth_title(const DepthTracks& tracks, DepthValues values) {
  if (tracks.metric) return "depth, metres: up is farther";
  return values == DepthValues::kAffineInverse ? "depth, relative, -1 to 1: up is nearer"
                                               : "depth, relative: up is nearer";
}

void write_bytes(const fs::path& file, const fs::path& shown, const std::string& bytes) {
  FileDescriptor descriptor = FileDescriptor::open_to_write(file, shown);
  descriptor.write(bytes.data(), bytes.size());
  descriptor.close();
}

}  // namespace

std::string track_picture_name(const DepthTrack& track) {
  return "track_" + std::to_string(track.id) + ".png";
}

std::string track_picture(const DepthTracks& tracks, const DepthTrack& track, FrameSize video,
                          DepthValues values) {
  const cv::Mat frame = drawn_frame(tracks, track, video, values);
  cv::Mat canvas(kTitlePx + frame.rows + kChartPx, kWidthPx, CV_8UC3, kPaper);
  std::string title = "track ";
  title += std::to_string(track.id);
  if (!track.label.empty()) title += " (" + plain(track.label) + ")";
  text(canvas, {kSmallMarginPx, kTitlePx - 10}, title, 0.55);
  frame.copyTo(canvas(cv::Rect((kWidthPx - frame.cols) / 2, kTitlePx, frame.cols, frame.rows)));
  const int top = kTitlePx + frame.rows;
  text(canvas, {kSmallMarginPx, top + 20}, depth_title(tracks, values));
  draw_legend(canvas, {kWidthPx - 330, top + 20});
  const Axes axes = axes_of(
      track, {kMarginPx, top + 34, kWidthPx - kMarginPx - kSmallMarginPx, kChartPx - 34 - 30});
  draw_axes(canvas, axes);
  draw_course(canvas, axes, track);
  PngEncoder encoder(canvas.cols, canvas.rows, AV_PIX_FMT_RGB24);
  AVFrame& picture = encoder.picture();
  for (int row = 0; row < canvas.rows; ++row) {
    std::memcpy(picture.data[0] + std::ptrdiff_t{row} * picture.linesize[0], canvas.ptr(row),
                canvas.elemSize() * static_cast<std::size_t>(canvas.cols));
  }
  return encoder.encode();
}

void require_only_track_pictures(const fs::path& folder) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const fs::path name = entry.path().filename();
    if (name.string().starts_with("track_") && name.extension() == ".png") continue;
    throw Error(ErrorKind::kOutput, "cannot write " + folder.string() + ": the folder also holds " +
                                        name.string() + ", which would be lost: move it away");
  }
}

void write_track_pictures(const DepthTracks& tracks, FrameSize video, DepthValues values,
                          const PartialFile& folder, Progress& progress) {
  std::error_code problem;
  // What a killed run left would count as pictures of this one.
  fs::remove_all(folder.path(), problem);
  if (!problem) fs::create_directories(folder.path(), problem);
  if (problem) {
    throw Error(ErrorKind::kOutput,
                "cannot write " + folder.final_path().string() + ": " + problem.message(),
                retry_after(problem.value()));
  }
  for (const DepthTrack& track : tracks.tracks) {
    progress.check_cancelled();
    const std::string name = track_picture_name(track);
    write_bytes(folder.path() / name, folder.final_path() / name,
                track_picture(tracks, track, video, values));
  }
}

}  // namespace rollingdepth
