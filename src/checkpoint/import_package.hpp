#pragma once

#include <c10/core/ScalarType.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "rollingdepth/progress.hpp"

namespace rollingdepth {

/// What becomes of a checkpoint.
struct ImportOptions {
  std::filesystem::path checkpoint;
  /// Of the weights in the package; unset: as stored, of GemDepth float16.
  std::optional<c10::ScalarType> dtype;
  std::optional<bool> metric;  ///< Its values are metres; unset: where its name says so.
  std::string name;            ///< Empty: the checkpoint's.
  std::string source;          ///< The same.
  std::optional<std::string> license;
  std::optional<std::string> notice;
  std::optional<std::int64_t> res_px;
  /// Networks that stay in float32 where the others run in one of these: bf16, fp16.
  std::map<std::string, std::set<std::string>> float32_in;
  std::vector<std::filesystem::path> templates;  ///< Folders, the first that fits counts.
};

/// Writes the files of a model package into an existing, empty folder: the networks of the template
/// that fits, with the checkpoint's weights. One weight is in memory at a time; the text encoder of
/// RollingDepth and the camera of GemDepth as a whole, which are run once.
/// @throws Error(kModel) for a checkpoint that is none, damaged, or that no template fits;
///         Error(kUsage) for an option that does not belong to its kind; Error(kOutput); Cancelled.
/// Source: scripts/export_model.py, which writes the same bytes.
void import_package(const ImportOptions& options, const std::filesystem::path& folder,
                    Progress& progress);

}  // namespace rollingdepth
