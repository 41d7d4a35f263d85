#pragma once

#include <vector>

#include "align/snippet_plan.hpp"
#include "align/snippet_samples.hpp"
#include "store/map_store.hpp"

namespace rollingdepth {

/// The decoded maps of one dilation, before alignment.
struct SpooledSnippets {
  SnippetPlan plan;
  MapStore* maps = nullptr;  ///< Borrowed.
};

/// Snippets of the same frames that wait for their alignment, one entry per dilation in effect.
class SnippetSet {
 public:
  virtual ~SnippetSet() = default;
  /// What the alignment looks at, minimum() subtracted; the memory is the caller's.
  [[nodiscard]] virtual std::vector<SnippetSamples> samples() = 0;
  /// Of all maps; known after samples().
  [[nodiscard]] virtual float minimum() const = 0;
  [[nodiscard]] virtual std::vector<SpooledSnippets> maps() const = 0;
};

/// Where `--save-snippets` goes; called once, before the merge.
class SnippetArchive {
 public:
  virtual ~SnippetArchive() = default;
  virtual void write(const std::vector<SpooledSnippets>& snippets) = 0;
  virtual void finish() = 0;
};

}  // namespace rollingdepth
