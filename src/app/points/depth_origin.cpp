#include "app/points/depth_origin.hpp"

#include <algorithm>
#include <exception>
#include <nlohmann/json.hpp>
#include <string>

#include "app/json_text.hpp"
#include "app/option_values.hpp"
#include "base/json_reader.hpp"
#include "write/output_formats.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

std::optional<DepthValues> values_of(const Json& name) {
  for (const DepthValues values :
       {DepthValues::kAffineInverse, DepthValues::kRelativeInverse, DepthValues::kMetres}) {
    if (name == to_string(values)) return values;
  }
  return std::nullopt;
}

DepthOrigin reported_origin(const Json& report, const std::string& clip_name) {
  const Json& outputs = report.at("outputs");
  const std::string name = as_json_spells(clip_name);
  if (std::find(outputs.begin(), outputs.end(), name) == outputs.end()) return {};
  const Json& identity = report.at("identity");
  DepthOrigin origin{.values = values_of(report.at("result").at("values")), .frames = {{}}};
  origin.frames->first = std::max<std::int64_t>(identity.at("start_frame").get<std::int64_t>(), 0);
  origin.frames->deinterlaces = identity.value("deinterlace", false);
  if (identity.contains("target_fps")) {
    origin.frames->target_rate =
        parse_frame_rate("target_fps", identity.at("target_fps").get<std::string>());
  }
  return origin;
}

}  // namespace

DepthOrigin origin_of(const fs::path& depth_clip) {
  const fs::path clip = depth_clip.has_filename() ? depth_clip : depth_clip.parent_path();
  const std::string name = clip.filename().string();
  DepthOrigin origin;
  try {
    if (const std::optional<std::string> stem = input_of_output(name)) {
      const fs::path report = clip.parent_path() / (*stem + "_report.json");
      origin = reported_origin(read_json<Json>(report), name);
    }
  } catch (const std::exception&) {  // None there, or of no use.
  }
  if (origin.values) return origin;
  try {
    origin.values = values_of(read_json<Json>(clip / "depth.json").at("values"));
  } catch (const std::exception&) {  // No folder of pictures, or of another program.
  }
  return origin;
}

}  // namespace rollingdepth
