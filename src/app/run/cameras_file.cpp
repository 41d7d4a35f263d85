#include "app/run/cameras_file.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "app/text_file.hpp"

namespace rollingdepth {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kAbout =
    "pixel = K (R x + t), with world_to_camera [R t] and K of focal_px and centre_px. Cameras of "
    "one "
    "shot and window are in one world. Cameras of different windows are not aligned with each "
    "other: "
    "each window has a world and a scale of its own, and none is that of the depth.";

// Of a field of view of 0 the focal length is infinite, which JSON cannot say: null.
Json focal_px(std::int64_t side_px, double fov_radians) {
  const double focal = static_cast<double>(side_px) / 2 / std::tan(fov_radians / 2);
  return std::isfinite(focal) ? Json(focal) : Json(nullptr);
}

Json camera_json(std::int64_t frame, std::int64_t shot, const FrameCamera& camera, FrameSize size) {
  const auto& m = camera.world_to_camera;
  return {{"frame", frame},
          {"shot", shot},
          {"window", camera.window},
          {"focal_px",
           {focal_px(size.width_px, camera.horizontal_fov_radians),
            focal_px(size.height_px, camera.vertical_fov_radians)}},
          {"centre_px",
           {static_cast<double>(size.width_px) / 2, static_cast<double>(size.height_px) / 2}},
          {"world_to_camera",
           {{m[0], m[1], m[2], m[3]}, {m[4], m[5], m[6], m[7]}, {m[8], m[9], m[10], m[11]}}}};
}

}  // namespace

// A line a camera: its numbers side by side are what people and diffs can read.
std::string cameras_text(const ClipRunSummary& summary, const std::vector<std::int64_t>& cuts) {
  std::string text = "{\n  \"about\": " + Json(kAbout).dump();
  text += ",\n  \"frames\": " + std::to_string(summary.cameras.size());
  text += ",\n  \"width\": " + std::to_string(summary.output_size.width_px);
  text += ",\n  \"height\": " + std::to_string(summary.output_size.height_px);
  text += ",\n  \"cameras\": [";
  std::int64_t frame = 0;
  for (const FrameCamera& camera : summary.cameras) {
    const auto shot = std::upper_bound(cuts.begin(), cuts.end(), frame) - cuts.begin();
    text += frame == 0 ? "\n    " : ",\n    ";
    text += camera_json(frame, shot, camera, summary.output_size).dump();
    ++frame;
  }
  return text + "\n  ]\n}\n";
}

void write_cameras(const std::filesystem::path& file, const ClipRunSummary& summary,
                   const std::vector<std::int64_t>& cuts) {
  write_text_file(file, cameras_text(summary, cuts));
}

}  // namespace rollingdepth
