// What differs between two jobs, in words that the user knows.
#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "align/co_align.hpp"
#include "jobs/job_identity.hpp"
#include "method/rolling_depth/options.hpp"

namespace rollingdepth {
namespace {

constexpr std::size_t kShownDigits = 12;  // Of a hash.

// An empty name: it does not count.
constexpr auto kNames = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"identity", "version of the identity"},
    {"version", "rollingdepth"},
    {"numerics", "numbers of the program, version"},
    {"libtorch", "LibTorch"},
    {"input_bytes", "size of the input"},
    {"input_changed_ns", ""},
    {"input_hash", "hash of the input"},
    {"input_files", "files of the input"},
    {"model", "--checkpoint with hash"},
    {"device", "--device"},
    {"dtype", "--dtype"},
    {"tf32", "--tf32"},
    {"deinterlace", "--deinterlace"},
    {"target_fps", "--target-fps"},
    {"max_res", "--max-res"},
    {"scenes", "--scenes"},
    {"scene_threshold", "--scene-threshold"},
    {"scene_window", "--scene-window"},
    {"scene_least_content", "--scene-least-content"},
    {"scene_least_seconds", "--scene-least-seconds"},
    {"scene_fade_luma", "--scene-fade-luma"},
    {"scene_flash_frames", "--scene-flash-frames"},
    {"range", "--range"},
    {"mode", "--mode"},
    {"pose", "--pose"},
    {"window", "--window"},
    {"start_frame", "--from"},
    {"frame_count", "--frames"},
    {"res", "--res"},
    {"restore_res", "--restore-res"},
    {"resample_method", "--resample-method"},
    {"dilations", "--dilations"},
    {"cap_dilation", "--cap-dilation"},
    {"snip_len", "--snip-len"},
    {"max_vae_bs", "--max-vae-bs"},
    {"max_snippets", "snippets per call"},
    {"seed", "--seed"},
    {"merge", "--merge"},
    {"spool_dtype", "--spool-dtype"},
    {"chunk_frames", "--chunk-frames"},
    {"chunk_overlap", "--chunk-overlap"},
    {"refine_step", "--refine-step"},
    {"refine_snippet_len", "--refine-snippet-len"},
    {"refine_start_dilation", "--refine-start-dilation"},
    {"aligner", "--aligner"},
    {"max_sample_bytes", "--memory-limit in bytes"},
    {"fps", "--fps"},
    {"png_scale", "--png-scale"},
    {"audio", "--audio"},
    {"points", "point clouds"},
    {"side_by_side_colormap", "first --cmap, of the side by side"},
});

JobIdentity value_of(const JobIdentity& identity, const std::string& key) {
  return identity.is_object() ? identity.value(key, JobIdentity(nullptr)) : JobIdentity(nullptr);
}

std::string shown(const std::string& key, const JobIdentity& value) {
  if (value.is_null()) return key == "scenes" ? "none" : "unset";
  if (value.is_string()) {
    const auto text = value.get<std::string>();
    return key == "model" ? text.substr(0, kShownDigits) : text;
  }
  if (!value.is_array()) return value.dump();
  std::string text;  // As the option takes it.
  for (const JobIdentity& item : value) {
    if (!text.empty()) text += ' ';
    text += item.dump();
  }
  return text;
}

// The values of --quality that mean these settings of the alignment; none where another version of
// the program has written them.
std::vector<std::string> qualities_of(const JobIdentity& identity) try {
  std::vector<std::string> names;
  const Aligner aligner = parse_aligner(identity.at("aligner").get<std::string>());
  for (const std::string& name : quality_names()) {
    JobIdentity meant = align_settings(co_align_options(name, aligner));
    meant.erase("max_sample_bytes");
    bool same = true;
    for (const auto& item : meant.items()) same &= value_of(identity, item.key()) == item.value();
    if (same) names.push_back(name);
  }
  return names;
} catch (const std::exception&) {
  return {};
}

class Comparison {
 public:
  Comparison(const JobIdentity& now, const JobIdentity& before)
      : now_(now),
        before_(before),
        qualities_now_(qualities_of(now)),
        qualities_before_(qualities_of(before)) {}

  std::string text() {
    for (const auto& item : now_.items()) compare(item.key());
    if (before_.is_object()) {
      for (const auto& item : before_.items()) {
        if (!now_.contains(item.key())) compare(item.key());
      }
    }
    return std::move(text_);
  }

 private:
  void add(std::string_view name, const std::string& here, const std::string& there) {
    if (!text_.empty()) text_ += "; ";
    text_.append(name).append(" ").append(here).append(", before ").append(there);
  }

  void compare(const std::string& key) {
    const std::string here = shown(key, value_of(now_, key));
    const std::string there = shown(key, value_of(before_, key));
    if (here == there) return;
    if (key == "kernels") {
      compare_kernels(here, there);
      return;
    }
    // How cuts are found says nothing new where one of the two does not look for any.
    if (key.starts_with("scene_") && value_of(now_, "scenes") != value_of(before_, "scenes"))
      return;
    const auto found = std::find_if(kNames.begin(), kNames.end(),
                                    [&](const auto& name) { return name.first == key; });
    if (found == kNames.end()) {
      compare_quality(key, here, there);
    } else if (!found->second.empty()) {
      add(found->second, here, there);
    }
  }

  // Another device has others anyway, and another dtype may use others.
  void compare_kernels(const std::string& here, const std::string& there) {
    const JobIdentity device = value_of(now_, "device");
    if (device != value_of(before_, "device")) return;
    if (value_of(now_, "dtype") != value_of(before_, "dtype")) return;
    add(device == "cpu" ? "processor's kernels" : "GPU", here, there);
  }

  // All other settings are those of the alignment, which the user knows by one name.
  void compare_quality(const std::string& key, const std::string& here, const std::string& there) {
    if (qualities_now_.empty() || qualities_before_.empty()) {
      add("--quality's " + key, here, there);
      return;
    }
    const bool same =
        std::find_first_of(qualities_now_.begin(), qualities_now_.end(), qualities_before_.begin(),
                           qualities_before_.end()) != qualities_now_.end();
    if (same || std::exchange(quality_told_, true)) return;
    add("--quality", qualities_now_.front(), qualities_before_.front());
  }

  const JobIdentity& now_;
  const JobIdentity& before_;
  const std::vector<std::string> qualities_now_;
  const std::vector<std::string> qualities_before_;
  bool quality_told_ = false;
  std::string text_;
};

}  // namespace

std::string differences(const JobIdentity& now, const JobIdentity& before) {
  return Comparison(now, before).text();
}

}  // namespace rollingdepth
