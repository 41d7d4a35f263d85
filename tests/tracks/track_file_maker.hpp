#pragma once

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "../error_matchers.hpp"
#include "../temporary_folder.hpp"
#include "tracks/track_files.hpp"

namespace rollingdepth::testing {

/// A clip of 10 frames of 64x48 pixels, and files of tracks for it.
class TrackFiles : public ::testing::Test {
 protected:
  TrackFile read(const std::string& text, const std::string& name = "tracks.txt") {
    return read_tracks(write(text, name), reading_);
  }
  /// The message of what is refused, without its beginning that names the file.
  std::string refusal(const std::string& text, const std::string& name = "tracks.txt") {
    const std::filesystem::path file = write(text, name);
    return refusal_of(file);
  }
  std::string refusal_of(const std::filesystem::path& file) {
    const std::string message = message_of(ErrorKind::kInput, [&] { read_tracks(file, reading_); });
    const std::string start = "cannot read the tracks of " + file.string() + ": ";
    EXPECT_TRUE(message.starts_with(start)) << message;
    return message.substr(std::min(start.size(), message.size()));
  }
  std::filesystem::path write(const std::string& text, const std::string& name) {
    const std::filesystem::path file = folder_ / name;
    std::ofstream(file, std::ios::binary) << text;
    return file;
  }

  TemporaryFolder folder_;
  TrackReading reading_{.size = {.width_px = 64, .height_px = 48}, .frames = 10};
};

/// "frame x y width height visible" of a point.
inline std::string text_of(const TrackedPoint& point) {
  std::ostringstream text;
  text << point.frame << ": " << point.x_px << ", " << point.y_px;
  if (point.is_box()) text << " (" << point.width_px << " x " << point.height_px << ")";
  if (!point.visible) text << " hidden";
  return text.str();
}
inline std::vector<std::string> texts_of(const Track& track) {
  std::vector<std::string> texts;
  for (const TrackedPoint& point : track.points) texts.push_back(text_of(point));
  return texts;
}

}  // namespace rollingdepth::testing
