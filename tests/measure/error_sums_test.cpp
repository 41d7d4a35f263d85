#include "measure/error_sums.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <vector>

#include "error_matchers.hpp"
#include "maps.hpp"

namespace rollingdepth {
namespace {

using testing::all_valid;
using ::testing::HasSubstr;
using testing::map_of;
using testing::message_of;
using testing::random_maps;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

MetricValues measure(const MapPair& maps, double range = 3) {
  MetricValues values;
  fill_error_metrics(error_sums(maps, true), range, true, values);
  return values;
}

class ErrorMetrics : public ::testing::Test {
 protected:
  at::Tensor reference_ = map_of(2, {1, 2, 3, 4});
  at::Tensor candidate_ = map_of(2, {1, 3, 3, 8});
};

// The differences are 0, 1, 0, 4.
TEST_F(ErrorMetrics, AreThoseOfTheDifferences) {
  const MetricValues values = measure(all_valid(reference_, candidate_));
  EXPECT_DOUBLE_EQ(values[Metric::kMae], 1.25);
  EXPECT_DOUBLE_EQ(values[Metric::kRmse], std::sqrt(17.0 / 4));
  EXPECT_DOUBLE_EQ(values[Metric::kMaxError], 4);
  EXPECT_DOUBLE_EQ(values[Metric::kPsnr], 10 * std::log10(9 / 4.25));
}

// About the means 2.5 and 3.75: (-1.5, -0.5, 0.5, 1.5) and (-2.75, -0.75, -0.75, 4.25). The
// products sum to 10.5, the squares to 5 and 26.75.
TEST_F(ErrorMetrics, PearsonIsTheCorrelationAboutTheMeans) {
  EXPECT_DOUBLE_EQ(measure(all_valid(reference_, candidate_))[Metric::kPearson],
                   10.5 / std::sqrt(5 * 26.75));
  EXPECT_DOUBLE_EQ(measure(all_valid(reference_, 7 - 2 * reference_))[Metric::kPearson], -1);
}

// The ratios are 1, 1.5, 1, 2: two below 1.25, three below 1.5625, and 2 is beyond 1.953125.
TEST_F(ErrorMetrics, OfAGroundTruthAreThoseOfTheRatios) {
  const MetricValues values = measure(all_valid(reference_, candidate_));
  EXPECT_DOUBLE_EQ(values[Metric::kAbsRel], (0.5 + 1) / 4);
  EXPECT_DOUBLE_EQ(values[Metric::kDelta1], 0.5);
  EXPECT_DOUBLE_EQ(values[Metric::kDelta2], 0.75);
  EXPECT_DOUBLE_EQ(values[Metric::kDelta3], 0.75);
  const double a = std::log(1.5), b = std::log(2.0);
  EXPECT_DOUBLE_EQ(values[Metric::kSilog],
                   100 * std::sqrt((a * a + b * b) / 4 - (a + b) * (a + b) / 16));
}

TEST_F(ErrorMetrics, AFactorOf125IsNotWithin125InEitherDirection) {
  const MetricValues values = measure(all_valid(map_of(2, {4, 5}), map_of(2, {5, 4})));
  EXPECT_EQ(values[Metric::kDelta1], 0);
  EXPECT_EQ(values[Metric::kDelta2], 1);
}

// The mean of squares minus the square of the mean leaves rounding, of either sign, of which the
// root is taken.
TEST_F(ErrorMetrics, SilogDoesNotSeeAFactor) {
  const at::Tensor ones = at::ones({5, 7});
  for (int factor = 2; factor < 20; ++factor) {
    EXPECT_NEAR(measure(all_valid(ones, factor * ones))[Metric::kSilog], 0, 1e-5) << factor;
  }
}

TEST_F(ErrorMetrics, WithoutGroundTruthLeaveItsMetricsOut) {
  MetricValues values;
  fill_error_metrics(error_sums(all_valid(reference_, candidate_ - 2), false), 3, false, values);
  EXPECT_DOUBLE_EQ(values[Metric::kMae], 1.75);  // 2, 1, 2, 2
  for (const MetricInfo& info : metric_table()) {
    if (info.needs != Needs::kGroundTruth) continue;
    EXPECT_TRUE(std::isnan(values[info.metric])) << info.name;
  }
}

// Only the pixels 2 to 3 and 4 to 8 are left.
TEST_F(ErrorMetrics, DoNotSeeWhatIsNotValid) {
  reference_[0][0] = kNan;
  candidate_[1][0] = kNan;
  const at::Tensor valid = map_of(2, {0, 1, 0, 1}).to(at::kBool);
  const MetricValues values = measure({reference_, candidate_, valid});
  EXPECT_DOUBLE_EQ(values[Metric::kMae], 2.5);
  EXPECT_DOUBLE_EQ(values[Metric::kMaxError], 4);
  EXPECT_DOUBLE_EQ(values[Metric::kPearson], 1);
  EXPECT_DOUBLE_EQ(values[Metric::kAbsRel], 0.75);
}

TEST_F(ErrorMetrics, AreNotDefinedWithoutAPixel) {
  const MetricValues values = measure({reference_, candidate_, at::zeros({2, 2}, at::kBool)});
  for (const MetricInfo& info : metric_table()) {
    EXPECT_TRUE(std::isnan(values[info.metric])) << info.name;
  }
}

TEST_F(ErrorMetrics, OfEqualMapsAreTheBest) {
  const MetricValues values = measure(all_valid(reference_, reference_));
  EXPECT_EQ(values[Metric::kMae], 0);
  EXPECT_EQ(values[Metric::kRmse], 0);
  EXPECT_EQ(values[Metric::kPsnr], std::numeric_limits<double>::infinity());
  EXPECT_DOUBLE_EQ(values[Metric::kPearson], 1);
  EXPECT_EQ(values[Metric::kDelta1], 1);
  EXPECT_EQ(values[Metric::kSilog], 0);
}

// 0.1 has no exact sum: a mean of sums would differ from it and leave something to correlate.
TEST_F(ErrorMetrics, OfAConstantMapLeaveTheCorrelationOut) {
  at::manual_seed(2);
  const at::Tensor constant = at::full({7, 9}, 0.1f);
  const at::Tensor other = at::rand({7, 9}) + 1;
  EXPECT_TRUE(std::isnan(measure(all_valid(constant, other))[Metric::kPearson]));
  EXPECT_TRUE(std::isnan(measure(all_valid(other, constant))[Metric::kPearson]));
  ErrorSums sums = error_sums(all_valid(constant, other), false);
  sums.add(error_sums(all_valid(at::full({3, 5}, 0.1f), at::rand({3, 5})), false));
  MetricValues values;
  fill_error_metrics(sums, 1, false, values);
  EXPECT_TRUE(std::isnan(values[Metric::kPearson]));
  EXPECT_GT(values[Metric::kMae], 0);
}

TEST_F(ErrorMetrics, PsnrNeedsARange) {
  EXPECT_TRUE(std::isnan(measure(all_valid(reference_, candidate_), 0)[Metric::kPsnr]));
}

// Squares of the values themselves would be 1e12 and leave four digits of the deviations.
TEST_F(ErrorMetrics, CorrelateSmallDeviationsFromALargeValue) {
  const double correlation = measure(all_valid(reference_ / 16, candidate_ / 16))[Metric::kPearson];
  EXPECT_NEAR(measure(all_valid(1e6 + reference_ / 16, 1e6 + candidate_ / 16))[Metric::kPearson],
              correlation, 1e-14);
}

void expect_same(const ErrorSums& a, const ErrorSums& b) {
  EXPECT_EQ(a.pixels, b.pixels);
  EXPECT_EQ(a.largest, b.largest);
  EXPECT_EQ(a.within1, b.within1);
  EXPECT_EQ(a.within2, b.within2);
  EXPECT_EQ(a.within3, b.within3);
  for (double ErrorSums::*sum :
       {&ErrorSums::absolute, &ErrorSums::squared, &ErrorSums::mean_reference,
        &ErrorSums::mean_candidate, &ErrorSums::deviation_reference,
        &ErrorSums::deviation_candidate, &ErrorSums::codeviation, &ErrorSums::relative,
        &ErrorSums::log_ratio, &ErrorSums::squared_log_ratio}) {
    // Only the order of the additions differs.
    EXPECT_NEAR(a.*sum, b.*sum, 1e-12 * std::abs(b.*sum));
  }
}

// Frames at different levels, so that most of the deviation is between them. Two have no pixel, one
// of them the first.
TEST(ErrorSums, AddUpToThoseOfAllPixels) {
  at::manual_seed(3);
  ErrorSums sums;
  std::vector<at::Tensor> references, candidates, masks;
  for (int frame = 0; frame < 6; ++frame) {
    MapPair maps = random_maps(3 + frame, 7);
    maps.reference += frame;
    maps.candidate += 1.5 * frame;
    if (frame % 3 == 0) maps.valid.fill_(false);
    sums.add(error_sums(maps, true));
    references.push_back(maps.reference);
    candidates.push_back(maps.candidate);
    masks.push_back(maps.valid);
  }
  expect_same(sums, error_sums({at::cat(references), at::cat(candidates), at::cat(masks)}, true));
}

TEST(ErrorSums, RefuseMapsThatDoNotFit) {
  const at::Tensor map = at::ones({4, 3}), valid = at::ones({4, 3}, at::kBool);
  const auto complaint = [](const MapPair& maps) {
    return message_of(ErrorKind::kFailed, [&] { error_sums(maps, false); });
  };
  for (const at::Tensor& other :
       {at::Tensor(), at::ones({3, 4}), at::ones({3, 4}).t(), at::ones({4, 3}, at::kDouble)}) {
    EXPECT_THAT(complaint({map, other, valid}), HasSubstr("cannot compare depth maps"));
    EXPECT_THAT(complaint({other, map, valid}), HasSubstr("cannot compare depth maps"));
  }
  EXPECT_THAT(complaint({map, map, map}), HasSubstr("bool mask"));
}

}  // namespace
}  // namespace rollingdepth
