#include "app/points/depth_run.hpp"

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

DepthRun reported_run(const Json& report, const std::string& clip_name) {
  const Json& outputs = report.at("outputs");
  const std::string name = as_json_spells(clip_name);
  if (std::find(outputs.begin(), outputs.end(), name) == outputs.end()) return {};
  const Json& identity = report.at("identity");
  // Earlier versions had no other values and did not tell.
  DepthRun run{.values = values_of(
                   report.at("result").value("values", to_string(DepthValues::kAffineInverse))),
               .frames = {{}}};
  run.frames->first = std::max<std::int64_t>(identity.at("start_frame").get<std::int64_t>(), 0);
  run.frames->deinterlaces = identity.value("deinterlace", false);
  if (identity.contains("target_fps")) {
    run.frames->target_rate =
        parse_frame_rate("target_fps", identity.at("target_fps").get<std::string>());
  }
  return run;
}

}  // namespace

DepthRun run_of(const fs::path& depth_clip) {
  const fs::path clip = depth_clip.has_filename() ? depth_clip : depth_clip.parent_path();
  const std::string name = clip.filename().string();
  DepthRun run;
  try {
    if (const std::optional<std::string> stem = input_of_output(name)) {
      const fs::path report = clip.parent_path() / (*stem + "_report.json");
      run = reported_run(read_json<Json>(report), name);
    }
  } catch (const std::exception&) {  // None there, or of no use.
  }
  if (run.values) return run;
  try {
    run.values = values_of(read_json<Json>(clip / "depth.json").at("values"));
  } catch (const std::exception&) {  // No folder of pictures, or of another program.
  }
  return run;
}

}  // namespace rollingdepth
