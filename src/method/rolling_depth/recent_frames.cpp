#include "method/rolling_depth/recent_frames.hpp"

#include <algorithm>
#include <utility>

namespace rollingdepth {

std::vector<std::int64_t> causal_snippet(std::int64_t next, std::int64_t dilation,
                                         std::int64_t length) {
  const std::int64_t before = length - 1;
  const std::int64_t spacing = before == 0 ? 0 : std::min(dilation, next / before);
  if (spacing == 0) return {next};
  std::vector<std::int64_t> frames;
  for (std::int64_t i = before; i >= 0; --i) frames.push_back(next - i * spacing);
  return frames;
}

std::vector<std::vector<std::int64_t>> causal_snippets(std::int64_t next,
                                                       const std::vector<std::int64_t>& dilations,
                                                       std::int64_t length) {
  std::vector<std::vector<std::int64_t>> snippets;
  for (const std::int64_t dilation : dilations) {
    std::vector<std::int64_t> snippet = causal_snippet(next, dilation, length);
    if (std::find(snippets.begin(), snippets.end(), snippet) == snippets.end()) {
      snippets.push_back(std::move(snippet));
    }
  }
  return snippets;
}

void RecentFrames::push(Seen seen) {
  seen_.push_back(std::move(seen));
  ++next_;
  if (size() > most_) seen_.pop_front();
}

void RecentFrames::clear() {
  seen_.clear();
  next_ = 0;
}

}  // namespace rollingdepth
