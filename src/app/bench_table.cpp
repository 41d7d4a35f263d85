#include <algorithm>
#include <array>
#include <cstdio>
#include <iomanip>
#include <sstream>

#include "bench_result.hpp"
#include "rollingdepth/app/console.hpp"
#include "rollingdepth/base/byte_size.hpp"

namespace rollingdepth {
namespace {

constexpr double kWorse = 1.05;
constexpr double kShortestSeconds = 0.01;

std::string seconds_text(double seconds) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3f s", seconds);
  return text.data();
}

std::string percent_text(double share) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.4f %%", 100 * share);
  return text.data();
}

using Columns = std::vector<std::string>;

// Columns as wide as their widest cell, two blanks apart.
std::vector<std::string> aligned_rows(const std::vector<Columns>& rows) {
  std::vector<std::size_t> widths;
  for (const Columns& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::vector<std::string> lines;
  for (const Columns& row : rows) {
    std::ostringstream line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line << std::left << std::setw(static_cast<int>(widths[i]) + 2) << row[i];
    }
    std::string text = line.str();
    text.erase(text.find_last_not_of(' ') + 1);
    lines.push_back(std::move(text));
  }
  return lines;
}

// One number of two settings, run by run.
struct Series {
  std::string name;
  bool is_time = true;
  std::vector<double> before;
  std::vector<double> after;
  double before_median = 0;
  double after_median = 0;
};

double stage_seconds(const BenchRun& run, const std::string& stage) {
  for (const auto& [name, seconds] : run.stages) {
    if (name == stage) return seconds;
  }
  return 0;
}

template <class Value>
Series make_series(const std::string& name, bool is_time, const BenchedSetting& before,
                   const BenchedSetting& after, Value&& value) {
  Series series;
  series.name = name;
  series.is_time = is_time;
  for (const BenchRun& run : before.runs) series.before.push_back(value(run));
  for (const BenchRun& run : after.runs) series.after.push_back(value(run));
  series.before_median = value(before.median());
  series.after_median = value(after.median());
  return series;
}

std::vector<Series> all_series(const BenchedSetting& before, const BenchedSetting& after) {
  std::vector<Series> series;
  for (const auto& [stage, seconds] : after.runs.front().stages) {
    series.push_back(make_series(stage, true, before, after, [stage = stage](const BenchRun& run) {
      return stage_seconds(run, stage);
    }));
  }
  series.push_back(
      make_series("all", true, before, after, [](const BenchRun& run) { return run.seconds; }));
  series.push_back(make_series("peak memory", false, before, after,
                               [](const BenchRun& run) { return run.peak_memory_bytes; }));
  return series;
}

/// -1 better, 0 within noise, 1 worse.
int verdict(const Series& series) {
  if (series.is_time && std::max(series.before_median, series.after_median) < kShortestSeconds) {
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
  return series.is_time ? seconds_text(value) : format_bytes(value);
}

std::string ratio_text(double before, double after) {
  if (!(before > 0)) return "-";
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.2f", after / before);
  return text.data();
}

std::vector<std::string> differences(const BenchResult& before, const BenchResult& after) {
  std::vector<std::string> lines;
  const auto note = [&](const char* what, const std::string& old, const std::string& now) {
    if (old != now) {
      lines.push_back(std::string("note: the baseline has another ") + what + ": " + old +
                      ", now " + now);
    }
  };
  note("clip", before.clip, after.clip);
  note("number of frames", std::to_string(before.frames), std::to_string(after.frames));
  note("processor", before.processor, after.processor);
  note("device", before.device, after.device);
  note("number of threads", std::to_string(before.threads), std::to_string(after.threads));
  return lines;
}

}  // namespace

std::vector<std::string> bench_table(const BenchResult& result) {
  std::vector<Columns> rows = {{"setting", "seconds", "frames/s", "peak memory"}};
  if (!result.reference.empty()) rows.front().emplace_back("alignment error");
  for (const auto& [stage, seconds] : result.settings.front().runs.front().stages) {
    rows.front().push_back(stage);
  }
  for (const BenchedSetting& setting : result.settings) {
    const BenchRun median = setting.median();
    Columns& row = rows.emplace_back(Columns{setting.setting.name, seconds_text(median.seconds),
                                             format_rate(median.frames_per_second),
                                             format_bytes(median.peak_memory_bytes)});
    if (!result.reference.empty()) {
      row.push_back(setting.alignment_error ? percent_text(*setting.alignment_error) : "-");
    }
    for (const auto& [stage, seconds] : result.settings.front().runs.front().stages) {
      row.push_back(seconds_text(stage_seconds(median, stage)));
    }
  }
  std::vector<std::string> lines = {
      result.clip + " · " + std::to_string(result.frames) + " frames · " + result.device + ", " +
      std::to_string(result.threads) + (result.threads == 1 ? " thread" : " threads") +
      " · medians of " + std::to_string(result.repeats) + (result.repeats == 1 ? " run" : " runs")};
  const std::vector<std::string> table = aligned_rows(rows);
  lines.insert(lines.end(), table.begin(), table.end());
  return lines;
}

BaselineComparison compare_with_baseline(const BenchResult& before, const BenchResult& after) {
  BaselineComparison comparison{.lines = differences(before, after)};
  std::vector<Columns> rows = {{"setting", "stage", "before", "after", "ratio"}};
  for (const BenchedSetting& setting : after.settings) {
    const auto old = std::find_if(
        before.settings.begin(), before.settings.end(),
        [&](const BenchedSetting& known) { return known.setting.name == setting.setting.name; });
    if (old == before.settings.end()) {
      comparison.lines.push_back("note: the baseline has no setting '" + setting.setting.name +
                                 "'");
      continue;
    }
    for (const Series& series : all_series(*old, setting)) {
      const int judged = verdict(series);
      comparison.regressions += judged > 0 ? 1 : 0;
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
