#pragma once

#include <ATen/ATen.h>

#include <array>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "data_file.hpp"
#include "media/npy.hpp"
#include "parity_report.hpp"

namespace rollingdepth::testing {

inline constexpr std::array<const char*, 4> kCases = {"fast", "full", "pairs", "paper"};

/// An array of tests/data/cases.
inline at::Tensor case_array(const std::string& name, const std::string& array) {
  return read_npy(data_file("cases") / name / (array + ".npy"));
}

/// Where in its maps the snippets of a case are recorded, [P] int64, row by row: every fifth pixel,
/// those that the fit sees, and those of the clip's smallest and largest values.
inline at::Tensor recorded_pixels(const std::string& name) { return case_array(name, "pixels"); }

/// Maps [..., H, W] at `pixels`, [..., P].
inline at::Tensor at_pixels(const at::Tensor& maps, const at::Tensor& pixels) {
  return maps.flatten(-2).index_select(-1, pixels);
}

/// Those of the frames of a case that `recorded` holds: all, or every fourth one.
inline at::Tensor frames_recorded(const at::Tensor& frames, const at::Tensor& recorded) {
  return frames.slice(0, 0, std::nullopt, frames.size(0) == recorded.size(0) ? 1 : 4);
}

/// The settings that a case was recorded with.
inline nlohmann::json case_settings(const std::string& name) {
  std::ifstream stream(data_file("cases") / name / "case.json");
  return nlohmann::json::parse(stream);
}

inline double largest_difference(const at::Tensor& a, const at::Tensor& b) {
  return (a.to(at::kDouble) - b.to(at::kDouble)).abs().max().item<double>();
}

inline double mean_difference(const at::Tensor& a, const at::Tensor& b) {
  return (a.to(at::kDouble) - b.to(at::kDouble)).abs().mean().item<double>();
}

}  // namespace rollingdepth::testing
