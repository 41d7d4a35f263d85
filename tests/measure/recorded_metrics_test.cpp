// What scikit-image and scipy measure, as record_metrics.py recorded it.
#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "data_file.hpp"
#include "measure/depth_edges.hpp"
#include "measure/error_sums.hpp"
#include "measure/rank_correlation.hpp"
#include "measure/structural_similarity.hpp"
#include "measure/temporal.hpp"
#include "media/npy.hpp"

namespace rollingdepth {
namespace {

using testing::checkout_file;

// Both sides compute in float64 from the same float32 values; only the order of operations differs.
constexpr double kRounding = 1e-12;
// About a level of 1000, scikit-image's variances are differences of 1e6 and keep nine digits.
constexpr double kRoundingOfSsim = 1e-8;

constexpr std::array kCases = {"smooth", "masked", "ties", "offset"};

nlohmann::json record() {
  std::ifstream stream(checkout_file("tests/data/measure/metrics.json"));
  return nlohmann::json::parse(stream);
}

at::Tensor array(const std::string& name) {
  return read_npy(checkout_file("tests/data/measure/" + name + ".npy"));
}

MapPair maps_of(const std::string& name) {
  const at::Tensor reference = array(name + "_reference");
  return {reference, array(name + "_candidate"),
          name == "masked" ? array(name + "_valid") : at::ones_like(reference, at::kBool)};
}

// Every metric that was recorded, and at least those of all cases.
void expect_recorded(const MetricValues& values, const nlohmann::json& recorded,
                     double rounding_of_ssim = kRounding) {
  std::size_t compared = 0;
  for (const MetricInfo& info : metric_table()) {
    const auto entry = recorded.find(std::string(info.name));
    if (entry == recorded.end()) continue;
    const double expected = entry->get<double>();
    const double tolerance = info.metric == Metric::kSsim ? rounding_of_ssim : kRounding;
    EXPECT_NEAR(values[info.metric], expected, tolerance * std::max(1.0, expected)) << info.name;
    ++compared;
  }
  EXPECT_EQ(compared, recorded.size());
  EXPECT_GE(compared, 6U);
}

class RecordedMetrics : public ::testing::TestWithParam<const char*> {
 protected:
  nlohmann::json recorded_ = record()["cases"][GetParam()];
  MapPair maps_ = maps_of(GetParam());
};

TEST_P(RecordedMetrics, OfPixelsAndWindowsAreReproduced) {
  const double range = recorded_["range"].get<double>();
  const bool ground_truth = recorded_["metrics"].contains("abs_rel");
  MetricValues values;
  fill_error_metrics(error_sums(maps_, ground_truth), range, ground_truth, values);
  values[Metric::kSpearman] = spearman(maps_);
  values[Metric::kSsim] = structural_similarity(maps_, range);
  const bool offset = std::string(GetParam()) == "offset";
  expect_recorded(values, recorded_["metrics"], offset ? kRoundingOfSsim : kRounding);
}

TEST_P(RecordedMetrics, OfEdgesAreReproduced) {
  const EdgeCounts counts = edge_counts(maps_, record()["edge_threshold"].get<double>());
  EXPECT_EQ(counts.reference, recorded_["edges"]["reference"].get<std::int64_t>());
  EXPECT_EQ(counts.candidate, recorded_["edges"]["candidate"].get<std::int64_t>());
  EXPECT_EQ(counts.reference_found, recorded_["edges"]["reference_found"].get<std::int64_t>());
  EXPECT_EQ(counts.candidate_found, recorded_["edges"]["candidate_found"].get<std::int64_t>());
}

INSTANTIATE_TEST_SUITE_P(Cases, RecordedMetrics, ::testing::ValuesIn(kCases),
                         [](const auto& test) { return std::string(test.param); });

TEST(RecordedClip, OfAllCasesIsReproduced) {
  const nlohmann::json recorded = record()["pooled"];
  ErrorSums sums;
  PooledRanks ranks;
  std::vector<at::Tensor> references, candidates, masks;
  for (const std::string name : kCases) {
    const MapPair maps = maps_of(name);
    sums.add(error_sums(maps, false));
    ranks.count(maps);
    references.push_back(maps.reference);
    candidates.push_back(maps.candidate);
    masks.push_back(maps.valid);
  }
  for (const std::string name : kCases) ranks.correlate(maps_of(name));
  MetricValues values;
  fill_error_metrics(sums, recorded["range"].get<double>(), false, values);
  values[Metric::kSpearman] = spearman({at::cat(references), at::cat(candidates), at::cat(masks)});
  expect_recorded(values, recorded["metrics"]);
  EXPECT_NEAR(ranks.value(), recorded["coarse_spearman"].get<double>(), kRounding);
}

TEST(RecordedChanges, AreReproduced) {
  const nlohmann::json recorded = record()["changes"];
  const MapPair before = maps_of("masked"), now = maps_of("smooth");
  const auto expect = [&](const ChangeSums& sums, const std::string& motion) {
    EXPECT_EQ(sums.pixels, recorded[motion + "_pixels"].get<std::int64_t>());
    const double reference = recorded[motion + "_reference"].get<double>();
    const double candidate = recorded[motion + "_candidate"].get<double>();
    EXPECT_NEAR(sums.reference, reference, kRounding * reference);
    EXPECT_NEAR(sums.candidate, candidate, kRounding * candidate);
  };
  expect(change_between(before, now), "still");
  expect(change_along_flow(before, now, {array("flow_offset"), array("flow_visible")}), "moved");
}

}  // namespace
}  // namespace rollingdepth
