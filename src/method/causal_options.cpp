#include <array>
#include <string>
#include <utility>

#include "base/named_values.hpp"
#include "base/value_checks.hpp"
#include "method/causal_depth.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

constexpr std::array<std::pair<CausalMode, const char*>, 2> kModes = {
    {{CausalMode::kFrame, "frame"}, {CausalMode::kSnippet, "snippet"}}};
// What is remembered grows with it.
constexpr std::int64_t kMostDilation = 250;

}  // namespace

std::vector<std::string> causal_mode_names() { return names_of(kModes); }
std::string to_string(CausalMode mode) { return name_of(kModes, mode); }
CausalMode parse_causal_mode(std::string_view name) { return value_of(kModes, "mode", name); }

void CausalOptions::validate() const {
  if (res_px && *res_px != 0) {
    require_within("--res", *res_px, kMinResolutionPx, kMaxResolutionPx);
  }
  require_within("--snip-len", snippet_length, 2, 4);
  if (dilations.empty()) throw Error(ErrorKind::kUsage, "--dilations: there are none");
  for (const std::int64_t dilation : dilations) {
    require_within("--dilations", dilation, 1, kMostDilation);
  }
}

}  // namespace rollingdepth
