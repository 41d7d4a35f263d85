#include "tracks/placement.hpp"

#include <algorithm>
#include <cmath>

#include "base/formatted.hpp"

namespace rollingdepth {
namespace {

// Positions up to this far outside are taken for positions on the border.
constexpr double kBorderPx = 1;
// Pictures of whole pixels that are scaled keep their shape this well.
constexpr double kSameShape = 0.02;

std::string size_name(FrameSize size) {
  return std::to_string(size.width_px) + "x" + std::to_string(size.height_px);
}

std::string counted(std::int64_t count, const std::string& one) {
  return std::to_string(count) + " " + one + (count == 1 ? "" : "s");
}

bool is_finite(const FoundPosition& at) {
  return std::isfinite(at.x) && std::isfinite(at.y) && std::isfinite(at.width) &&
         std::isfinite(at.height);
}

}  // namespace

Placement::Placement(const std::filesystem::path& file, const FoundTracks& found,
                     TrackCoordinates unit, FrameSize size)
    : file_(file), found_(found) {
  x_.size_px = static_cast<double>(size.width_px);
  y_.size_px = static_cast<double>(size.height_px);
  if (unit == TrackCoordinates::kPixels) {
    x_.shift = y_.shift = found.pixel_shift;
    if (found.size) take_size(*found.size, size);
    return;
  }
  const double whole = unit == TrackCoordinates::kPercent ? 100 : 1;
  x_.factor = x_.size_px / whole;
  y_.factor = y_.size_px / whole;
}

void Placement::take_size(FrameSize annotated, FrameSize size) {
  if (annotated == size) return;
  const std::string sizes =
      "its pictures are " + size_name(annotated) + ", those of the video " + size_name(size);
  x_.factor = x_.size_px / static_cast<double>(annotated.width_px);
  y_.factor = y_.size_px / static_cast<double>(annotated.height_px);
  if (!(std::abs(x_.factor / y_.factor - 1) <= kSameShape)) {
    refuse_tracks(file_, "", sizes + ": do the tracks belong to this video?");
  }
  remarks_.push_back(sizes + ": positions are scaled");
}

std::optional<TrackedPoint> Placement::operator()(const FoundPosition& at) {
  if (!is_finite(at)) {
    if (at.visible) refuse_tracks(file_, found_.place_name(at), "a position that is no number");
    ++hidden_outside_;
    return std::nullopt;
  }
  std::optional<TrackedPoint> placed = at.is_box ? place_box(at) : place_point(at);
  if (placed) {
    ++placed_;
    placed->visible = at.visible;
  }
  return placed;
}

std::optional<TrackedPoint> Placement::place_point(const FoundPosition& at) {
  const double x = (at.x + x_.shift) * x_.factor;
  const double y = (at.y + y_.shift) * y_.factor;
  const auto is_outside = [](double value, double size) {
    return value < -kBorderPx || value > size + kBorderPx;
  };
  if (is_outside(x, x_.size_px) || is_outside(y, y_.size_px)) {
    if (at.visible && !found_.may_leave) refuse_outside(at);
    ++(at.visible ? left_picture_ : hidden_outside_);
    return std::nullopt;
  }
  // The last pixel ends where the picture does.
  return TrackedPoint{.x_px = std::clamp(x, 0.0, std::nextafter(x_.size_px, 0.0)),
                      .y_px = std::clamp(y, 0.0, std::nextafter(y_.size_px, 0.0))};
}

std::optional<TrackedPoint> Placement::place_box(const FoundPosition& at) {
  const double left = (at.x + x_.shift) * x_.factor;
  const double top = (at.y + y_.shift) * y_.factor;
  const double width = at.width * x_.factor;
  const double height = at.height * y_.factor;
  const double x_in = std::max(left, 0.0);
  const double y_in = std::max(top, 0.0);
  const double width_in = std::min(left + width, x_.size_px) - x_in;
  const double height_in = std::min(top + height, y_.size_px) - y_in;
  if (width_in > 0 && height_in > 0) {
    return TrackedPoint{.x_px = x_in + width_in / 2,
                        .y_px = y_in + height_in / 2,
                        .width_px = width_in,
                        .height_px = height_in};
  }
  // Trackers go on for some frames when their thing has gone.
  if (at.visible && (width_in < -width || height_in < -height)) refuse_outside(at);
  ++(at.visible ? left_picture_ : hidden_outside_);
  return std::nullopt;
}

void Placement::refuse_outside(const FoundPosition& at) const {
  std::string what = at.is_box
                         ? formatted("the box %g, %g, %g x %g", at.x, at.y, at.width, at.height)
                         : formatted("the point %g, %g", at.x, at.y);
  what += " is outside of the picture of " +
          size_name({.width_px = static_cast<std::int64_t>(x_.size_px),
                     .height_px = static_cast<std::int64_t>(y_.size_px)}) +
          ": do the tracks belong to this video, in pixels (--coords)?";
  refuse_tracks(file_, found_.place_name(at), what);
}

std::vector<std::string> Placement::remarks() const {
  if (found_.may_leave && left_picture_ > placed_) {
    refuse_tracks(file_, "",
                  std::to_string(left_picture_) + " of " + std::to_string(left_picture_ + placed_) +
                      " positions are outside of the picture: do the tracks belong to this video, "
                      "in pixels (--coords)?");
  }
  std::vector<std::string> lines = remarks_;
  if (left_picture_ > 0) {
    lines.push_back(counted(left_picture_, "position") + " beyond the border left out");
  }
  if (hidden_outside_ > 0) {
    lines.push_back(counted(hidden_outside_, "hidden position") + " beyond the border left out");
  }
  return lines;
}

}  // namespace rollingdepth
