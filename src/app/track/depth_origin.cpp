#include "app/track/depth_origin.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <system_error>

#include "app/option_values.hpp"
#include "base/json_reader.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

/// @throws Error(kInput) naming the file, where `read` finds something else than it should.
template <class Read>
void read_members(const fs::path& file, const Read& read) {
  try {
    read(read_json<Json>(file));
  } catch (const JsonError& error) {
    throw Error(ErrorKind::kInput, "cannot read " + file.string() + ": " + error.what());
  } catch (const Json::exception&) {
    throw Error(ErrorKind::kInput, "cannot read " + file.string() +
                                       ": it is damaged or of another program: move it away");
  }
}

std::optional<DepthValues> values_called(const std::string& words) {
  for (const DepthValues values :
       {DepthValues::kAffineInverse, DepthValues::kRelativeInverse, DepthValues::kMetres}) {
    if (words == to_string(values)) return values;
  }
  return std::nullopt;
}

/// `clip_pred.npy` may be of `clip_report.json`, or of a clip called `clip_pred`.
std::optional<fs::path> report_beside(const fs::path& clip) {
  const std::string name = clip.filename().string();
  for (std::size_t end = name.rfind('_'); end != std::string::npos && end > 0;
       end = name.rfind('_', end - 1)) {
    fs::path report = clip.parent_path() / (name.substr(0, end) + "_report.json");
    std::error_code ignored;
    if (fs::is_regular_file(report, ignored)) return report;
  }
  return std::nullopt;
}

DepthOrigin read_report(const fs::path& report, const std::string& clip_name) {
  DepthOrigin origin;
  read_members(report, [&](const Json& json) {
    const Json& outputs = json.at("outputs");
    if (std::find(outputs.begin(), outputs.end(), Json(clip_name)) == outputs.end()) return;
    origin.report = report;
    const Json& input = json.at("input");
    origin.input = FrameSize{.width_px = input.at("width").get<std::int64_t>(),
                             .height_px = input.at("height").get<std::int64_t>()};
    // Earlier versions had no other values and did not tell.
    const std::string affine = to_string(DepthValues::kAffineInverse);
    origin.values = values_called(json.at("result").value("values", affine));
    const std::string rate = input.at("frame_rate").get<std::string>();
    try {
      origin.frames_per_second = parse_frame_rate("frame_rate", rate).value();
    } catch (const Error&) {  // Of a clip without a rate.
    }
  });
  return origin;
}

}  // namespace

DepthOrigin depth_origin(const fs::path& clip) {
  // "out/clip_png16/" has no name, "." neither.
  std::error_code ignored;
  fs::path named = fs::absolute(clip).lexically_normal();
  if (!named.has_filename()) named = named.parent_path();
  DepthOrigin origin;
  if (const auto report = report_beside(named)) {
    origin = read_report(*report, named.filename().string());
  }
  const fs::path description = named / "depth.json";
  if (!origin.values && fs::is_regular_file(description, ignored)) {
    read_members(description, [&](const Json& json) {
      const std::string affine = to_string(DepthValues::kAffineInverse);
      origin.values = values_called(json.value("values", affine));
    });
  }
  return origin;
}

}  // namespace rollingdepth
