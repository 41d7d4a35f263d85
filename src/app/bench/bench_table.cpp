#include <algorithm>
#include <utility>

#include "app/bench/bench_result.hpp"
#include "app/console.hpp"
#include "app/option_table.hpp"
#include "app/text_table.hpp"
#include "base/byte_size.hpp"
#include "base/formatted.hpp"

namespace rollingdepth {
namespace {

constexpr double kWorse = 1.05;
constexpr double kShortestSeconds = 0.01;

std::string seconds_text(double seconds) { return formatted("%.3f s", seconds); }

std::string percent_text(double share) { return formatted("%.4f %%", 100 * share); }

enum class Quantity { kStage, kWholeTime, kPeakMemory };

// One number of two settings, run by run.
struct Series {
  std::string name;
  Quantity quantity;
  std::vector<double> before;
  std::vector<double> after;
  double before_median = 0;
  double after_median = 0;

  [[nodiscard]] bool is_time() const { return quantity != Quantity::kPeakMemory; }
  [[nodiscard]] bool is_gated() const { return quantity != Quantity::kStage; }
};

std::vector<Series> all_series(const BenchedSetting& before, const BenchedSetting& after) {
  const BenchRun before_median = before.median(), after_median = after.median();
  std::vector<Series> all;
  const auto add = [&](const std::string& name, Quantity quantity, auto&& value) {
    Series series{name, quantity, {}, {}, value(before_median), value(after_median)};
    for (const BenchRun& run : before.runs) series.before.push_back(value(run));
    for (const BenchRun& run : after.runs) series.after.push_back(value(run));
    all.push_back(std::move(series));
  };
  for (const auto& [stage, seconds] : after_median.stages) {
    add(stage, Quantity::kStage,
        [&stage = stage](const BenchRun& run) { return stage_seconds(run, stage); });
  }
  add("all", Quantity::kWholeTime, [](const BenchRun& run) { return run.seconds; });
  add("peak memory", Quantity::kPeakMemory,
      [](const BenchRun& run) { return run.peak_memory_bytes; });
  return all;
}

/// -1 better, 0 within noise, 1 worse.
int verdict(const Series& series) {
  if (series.before_median <= 0) return 0;  // The baseline had no such stage.
  if (series.is_time() && std::max(series.before_median, series.after_median) < kShortestSeconds) {
    return 0;
  }
  const auto [before_low, before_high] =
      std::minmax_element(series.before.begin(), series.before.end());
  const auto [after_low, after_high] =
      std::minmax_element(series.after.begin(), series.after.end());
  if (*after_low > *before_high && series.after_median > kWorse * series.before_median) return 1;
  if (*after_high < *before_low && series.before_median > kWorse * series.after_median) return -1;
  return 0;
}

std::string value_text(const Series& series, double value) {
  return series.is_time() ? seconds_text(value) : format_bytes(value);
}

std::string ratio_text(double before, double after) {
  if (!(before > 0)) return "-";
  return formatted("%.2f", after / before);
}

const BenchedSetting* setting_called(const std::string& name, const BenchResult& result) {
  for (const BenchedSetting& setting : result.settings) {
    if (setting.setting.name == name) return &setting;
  }
  return nullptr;
}

/// "41 frames, cpu, 2 threads".
std::string run_text(const BenchedSetting& setting) {
  return std::to_string(setting.frames) + (setting.frames == 1 ? " frame, " : " frames, ") +
         setting.device + ", " + std::to_string(setting.threads) +
         (setting.threads == 1 ? " thread" : " threads");
}

bool runs_alike(const BenchResult& result) {
  const std::string first = run_text(result.settings.front());
  return std::all_of(result.settings.begin(), result.settings.end(),
                     [&](const BenchedSetting& setting) { return run_text(setting) == first; });
}

/// Those of every setting, in the order in which they are first met.
std::vector<std::string> all_stages(const BenchResult& result) {
  std::vector<std::string> stages;
  for (const BenchedSetting& setting : result.settings) {
    for (const auto& [stage, seconds] : setting.runs.front().stages) {
      if (std::find(stages.begin(), stages.end(), stage) == stages.end()) stages.push_back(stage);
    }
  }
  return stages;
}

/// The arguments as they would be typed, or "none".
std::string arguments_text(const std::vector<std::string>& arguments) {
  if (arguments.empty()) return "none";
  std::string text = joined(arguments, " ");
  return text.insert(0, 1, '\'') + "'";
}

}  // namespace

std::vector<std::string> bench_table(const BenchResult& result) {
  const std::vector<std::string> stages = all_stages(result);
  const bool alike = runs_alike(result);
  std::vector<TextRow> rows = {{"setting", "seconds", "frames/s", "peak memory"}};
  if (!result.reference.empty()) rows.front().emplace_back("alignment error");
  rows.front().insert(rows.front().end(), stages.begin(), stages.end());
  if (!alike) rows.front().emplace_back("run of");
  for (const BenchedSetting& setting : result.settings) {
    const BenchRun median = setting.median();
    TextRow& row = rows.emplace_back(TextRow{setting.setting.name, seconds_text(median.seconds),
                                             format_rate(median.frames_per_second),
                                             format_bytes(median.peak_memory_bytes)});
    if (!result.reference.empty()) {
      row.push_back(setting.alignment_error ? percent_text(*setting.alignment_error) : "-");
    }
    for (const std::string& stage : stages) {
      row.push_back(seconds_text(stage_seconds(median, stage)));
    }
    if (!alike) row.push_back(run_text(setting));
  }
  std::vector<std::string> lines = {
      result.clip + " · " + (alike ? run_text(result.settings.front()) + " · " : "") +
      "medians of " + std::to_string(result.repeats) + (result.repeats == 1 ? " run" : " runs")};
  const std::vector<std::string> table = aligned_rows(rows);
  lines.insert(lines.end(), table.begin(), table.end());
  return lines;
}

std::vector<std::string> bench_differences(const BenchResult& before, const BenchResult& after) {
  std::vector<std::string> lines;
  const auto note = [&](const std::string& what, const std::string& old, const std::string& now) {
    if (old != now)
      lines.push_back("the baseline has another " + what + ": " + old + ", now " + now);
  };
  for (const BenchedSetting& setting : after.settings) {
    const std::string& name = setting.setting.name;
    const BenchedSetting* old = setting_called(name, before);
    if (old == nullptr) {
      lines.push_back("the baseline has no setting '" + name + "'");
    } else {
      note("setting '" + name + "'", arguments_text(old->setting.arguments),
           arguments_text(setting.setting.arguments));
      // Not known before it has run.
      if (setting.frames > 0) note("run of '" + name + "'", run_text(*old), run_text(setting));
    }
  }
  note("set of common options", arguments_text(before.common), arguments_text(after.common));
  note("clip", before.clip, after.clip);
  if (!after.model.empty()) note("model", before.model, after.model);
  note("processor", before.processor, after.processor);
  return lines;
}

BaselineComparison compare_with_baseline(const BenchResult& before, const BenchResult& after) {
  BaselineComparison comparison;
  for (const std::string& difference : bench_differences(before, after)) {
    comparison.lines.push_back("note: " + difference);
  }
  std::vector<TextRow> rows = {{"setting", "stage", "before", "after", "ratio"}};
  for (const BenchedSetting& setting : after.settings) {
    const BenchedSetting* old = setting_called(setting.setting.name, before);
    if (old == nullptr) continue;
    for (const Series& series : all_series(*old, setting)) {
      const int judged = verdict(series);
      comparison.regressions += judged > 0 && series.is_gated() ? 1 : 0;
      rows.push_back({setting.setting.name, series.name, value_text(series, series.before_median),
                      value_text(series, series.after_median),
                      ratio_text(series.before_median, series.after_median),
                      judged > 0 ? "WORSE" : (judged < 0 ? "better" : "")});
    }
    if (old->alignment_error && setting.alignment_error) {
      rows.push_back({setting.setting.name, "alignment error", percent_text(*old->alignment_error),
                      percent_text(*setting.alignment_error),
                      ratio_text(*old->alignment_error, *setting.alignment_error)});
    }
  }
  const std::vector<std::string> table = aligned_rows(rows);
  comparison.lines.insert(comparison.lines.end(), table.begin(), table.end());
  return comparison;
}

}  // namespace rollingdepth
