#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "align/snippet_plan.hpp"
#include "merge/spooled_snippets.hpp"
#include "rollingdepth/progress.hpp"

namespace rollingdepth {

/// What a snippet archive holds, before its values are read.
struct SnippetListing {
  std::vector<SnippetPlan> plans;    ///< Of every distinct dilation.
  std::vector<std::size_t> entries;  ///< Index into `plans` of every dilation in effect.
  std::int64_t height_px = 0;
  std::int64_t width_px = 0;
  std::vector<std::string> ignored;  ///< Arrays that are no snippets.

  /// Of all plans together.
  [[nodiscard]] std::int64_t maps() const;
};

/// Reads a NumPy `.npz`, stored or compressed, as make_snippet_archive writes it: `dilation<d>`
/// [S, L, H, W] or [S, L, 1, H, W], float16, float32 or float64, and optionally `dilations` [D],
/// the order in which they are used. The number of frames follows from dilation 1.
class SnippetReader {
 public:
  /// Opens the archive and checks every shape.
  /// @throws Error(kInput) naming the file, the array and what is wrong.
  explicit SnippetReader(const std::filesystem::path& file);
  ~SnippetReader();

  [[nodiscard]] const SnippetListing& listing() const;

  /// Receives the maps [L, H, W] float32 of snippet `snippet` of plan `plan`.
  using Visitor =
      std::function<void(std::size_t plan, std::int64_t snippet, const at::Tensor& maps)>;
  /// Reads all values, plan by plan, one snippet at a time; advances `progress` by snippets.
  /// @throws Error(kInput) for a damaged archive, Cancelled.
  void read(const Visitor& visit, Progress& progress);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rollingdepth
