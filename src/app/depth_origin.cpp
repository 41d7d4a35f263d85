#include "app/depth_origin.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <system_error>

#include "app/json_text.hpp"
#include "app/option_values.hpp"
#include "base/json_reader.hpp"
#include "rollingdepth/error.hpp"
#include "write/output_formats.hpp"

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

/// The member "values" of a report's result or of a depth.json.
void take_values(const Json& json, const fs::path& file, DepthOrigin& origin) {
  // Earlier versions had no other values and did not tell.
  origin.values = values_called(json.value("values", to_string(DepthValues::kAffineInverse)));
  if (origin.values) origin.values_from = file.filename().string();
}

std::optional<Rational> rate_in(const std::string& text) {
  try {
    return parse_frame_rate("frame_rate", text);
  } catch (const Error&) {  // Of a clip without a rate.
    return std::nullopt;
  }
}

std::optional<FramesTaken> frames_taken(const Json& report) {
  const auto identity = report.find("identity");
  if (identity == report.end() || !identity->contains("start_frame")) return std::nullopt;
  FramesTaken taken{
      .first = std::max<std::int64_t>(json_value<std::int64_t>(identity->at("start_frame")), 0),
      .deinterlaces = identity->value("deinterlace", false)};
  if (identity->contains("target_fps")) {
    taken.target_rate = rate_in(identity->at("target_fps").get<std::string>());
    if (!taken.target_rate) throw JsonError("its target_fps is no frame rate");
  }
  return taken;
}

/// Sides become even numbers near --max-res where they were longer.
bool may_be_reduced(const Json& report, FrameSize size) {
  const auto identity = report.find("identity");
  if (identity == report.end() || !identity->contains("max_res")) return false;
  return std::max(size.width_px, size.height_px) + 1 >=
         json_value<std::int64_t>(identity->at("max_res"));
}

/// Does nothing where another clip is meant.
void take_report(const fs::path& file, const std::string& clip_name, DepthOrigin& origin) {
  read_members(file, [&](const Json& report) {
    const Json& outputs = report.at("outputs");
    const std::string name = as_json_spells(clip_name);
    if (std::find(outputs.begin(), outputs.end(), Json(name)) == outputs.end()) return;
    origin.report = file;
    const Json& input = report.at("input");
    origin.input = FrameSize{.width_px = json_value<std::int64_t>(input.at("width")),
                             .height_px = json_value<std::int64_t>(input.at("height"))};
    origin.is_reduced = may_be_reduced(report, *origin.input);
    if (const auto rate = rate_in(input.at("frame_rate").get<std::string>())) {
      origin.frames_per_second = rate->value();
    }
    origin.frames = frames_taken(report);
    take_values(report.at("result"), file, origin);
  });
}

}  // namespace

DepthOrigin depth_origin(const fs::path& clip) {
  // "out/clip_png16/" has no name, "." neither.
  std::error_code ignored;
  fs::path named = fs::absolute(clip).lexically_normal();
  if (!named.has_filename()) named = named.parent_path();
  const std::string name = named.filename().string();
  DepthOrigin origin;
  if (const std::optional<std::string> stem = input_of_output(name)) {
    const fs::path report = named.parent_path() / (*stem + "_report.json");
    if (fs::is_regular_file(report, ignored)) take_report(report, name, origin);
  }
  const fs::path description = named / "depth.json";
  if (!origin.values && fs::is_regular_file(description, ignored)) {
    read_members(description, [&](const Json& json) { take_values(json, description, origin); });
  }
  return origin;
}

DepthValues parse_depth_values(const std::string& word) {
  if (word == "inverse") return DepthValues::kRelativeInverse;
  if (word == "metres") return DepthValues::kMetres;
  throw Error(ErrorKind::kUsage, "--values: '" + word + "' is neither inverse nor metres");
}

DepthValues depth_values(const DepthOrigin& origin, std::optional<DepthValues> told) {
  if (!origin.values) return told.value_or(DepthValues::kRelativeInverse);
  const auto is_metres = [](DepthValues values) { return values == DepthValues::kMetres; };
  if (told && is_metres(*told) != is_metres(*origin.values)) {
    throw Error(ErrorKind::kUsage, "--values: " + origin.values_from + " says that the depth is " +
                                       to_string(*origin.values));
  }
  return *origin.values;
}

}  // namespace rollingdepth
