#include "app/run/method_options.hpp"

#include <algorithm>
#include <map>

#include "method/gemdepth/model.hpp"
#include "method/rolling_depth/model.hpp"
#include "method/video_depth_anything/model.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

// What only the methods of one kind have.
const std::map<std::string, std::vector<std::string>>& options_by_kind() {
  static const std::map<std::string, std::vector<std::string>> table = {
      {kRollingDepthKind,
       {"--dilations", "--cap-dilation", "--snip-len", "--aligner", "--align-set", "--merge",
        "--refine-step", "--refine-snippet-len", "--refine-start-dilation", "--seed",
        "--save-snippets", "--chunk-frames", "--chunk-overlap", "--spool-dtype",
        "--resample-method", "--range"}},
      {vda::kKind, {"--mode"}},
      {gemdepth::kKind, {"--pose", "--window", "--save-cameras"}}};
  return table;
}

bool holds(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

std::vector<std::string> options_of(const std::string& kind) {
  const auto found = options_by_kind().find(kind);
  return found == options_by_kind().end() ? std::vector<std::string>() : found->second;
}

void refuse_foreign_options(const std::string& kind, const std::vector<std::string>& given) {
  const std::vector<std::string> own = options_of(kind);
  for (const auto& [other, names] : options_by_kind()) {
    for (const std::string& name : names) {
      if (!holds(given, name) || holds(own, name)) continue;
      throw Error(ErrorKind::kUsage, name + ": belongs to models of kind '" + other +
                                         "', and this one is of kind '" + kind + "'");
    }
  }
}

std::vector<std::string> options_without_effect(const std::string& kind,
                                                const std::vector<std::string>& given) {
  std::vector<std::string> notices;
  if (kind == kRollingDepthKind) return notices;
  for (const char* name : {"--preset", "--quality"}) {
    if (holds(given, name)) {
      notices.push_back(std::string(name) + " has no effect on models of kind '" + kind + "'");
    }
  }
  return notices;
}

}  // namespace rollingdepth
