#include <algorithm>
#include <cmath>

#include "app/compare/comparison_output.hpp"
#include "app/text_table.hpp"

namespace rollingdepth {
namespace {

std::string clip_line(const std::string& role, const DepthListing& listing,
                      const ValueSummary& values) {
  return role + "  " + listing.name + " · " + std::to_string(listing.frames) +
         (listing.frames == 1 ? " frame, " : " frames, ") + std::to_string(listing.width_px) + "x" +
         std::to_string(listing.height_px) + ", " + format_metric(values.min) + " to " +
         format_metric(values.max);
}

std::string affine_line(const ComparisonFacts& facts) {
  const ComparisonOptions& options = facts.command.options;
  std::string line = "aligned    " + to_string(options.alignment);
  line += options.scope == FitScope::kClip ? ", over the clip, " : ", each frame, ";
  line += to_string(options.fit);
  if (facts.comparison.affine) {
    line += ": scale " + format_metric(facts.comparison.affine->scale) + ", shift " +
            format_metric(facts.comparison.affine->shift);
  }
  return line;
}

/// What the bounds say of one metric: "<= 0.01" or ">= 0.9", and whether it is broken.
std::string bound_text(const ComparisonFacts& facts, const MetricInfo& metric) {
  const BoundResult* shown = nullptr;
  for (const BoundResult& result : facts.bounds) {
    if (result.bound.metric != metric.metric) continue;
    if (shown == nullptr || (shown->holds && !result.holds)) shown = &result;
  }
  if (shown == nullptr) return "";
  return std::string(metric.better == Better::kHigher ? ">= " : "<= ") +
         format_metric(shown->bound.limit) + (shown->holds ? "  holds" : "  BROKEN");
}

std::string worst_text(const ClipComparison& comparison, const MetricInfo& metric) {
  const auto frame = worst_frame(comparison, metric);
  if (metric.better == Better::kReference || !frame) return "";
  return format_metric(comparison.frames[static_cast<std::size_t>(*frame)].metrics[metric.metric]) +
         " in frame " + std::to_string(*frame);
}

}  // namespace

bool ComparisonFacts::passed() const {
  return std::all_of(bounds.begin(), bounds.end(),
                     [](const BoundResult& result) { return result.holds; });
}

std::vector<MetricInfo> measured_metrics(const CompareCommand& command) {
  std::vector<MetricInfo> metrics;
  for (const MetricInfo& metric : metric_table()) {
    if (metric.needs == Needs::kGroundTruth && !command.options.ground_truth) continue;
    if (metric.needs == Needs::kVideo && !command.video) continue;
    metrics.push_back(metric);
  }
  return metrics;
}

std::vector<std::string> comparison_table(const ComparisonFacts& facts) {
  std::vector<std::string> lines = {
      clip_line("reference", facts.reference, facts.comparison.reference),
      clip_line("candidate", facts.candidate, facts.comparison.candidate)};
  if (facts.command.options.alignment != DepthAlignment::kNone) lines.push_back(affine_line(facts));
  lines.emplace_back();
  std::vector<TextRow> rows = {{"metric", "clip", "worst frame"}};
  if (!facts.bounds.empty()) rows.front().emplace_back("bound");
  for (const MetricInfo& metric : measured_metrics(facts.command)) {
    rows.push_back({std::string(metric.name),
                    format_metric(facts.comparison.metrics[metric.metric]),
                    worst_text(facts.comparison, metric), bound_text(facts, metric)});
  }
  const std::vector<std::string> table = aligned_rows(rows);
  lines.insert(lines.end(), table.begin(), table.end());
  return lines;
}

}  // namespace rollingdepth
