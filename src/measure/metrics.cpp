#include "measure/metrics.hpp"

namespace rollingdepth {
namespace {

using enum Metric;
using enum Better;
using enum Needs;

constexpr std::array<MetricInfo, kMetrics> kTable = {{
    {kMae, "mae", "mean absolute difference", kLower, kNothing},
    {kRmse, "rmse", "root mean squared difference", kLower, kNothing},
    {kMaxError, "max_error", "largest difference", kLower, kNothing},
    {kPearson, "pearson", "linear correlation", kHigher, kNothing},
    {kSpearman, "spearman", "rank correlation", kHigher, kNothing},
    {kSsim, "ssim", "structural similarity", kHigher, kNothing},
    {kPsnr, "psnr", "peak signal-to-noise ratio, dB", kHigher, kNothing},
    {kEdgeF1, "edge_f1", "agreement of depth edges", kHigher, kNothing},
    {kAbsRel, "abs_rel", "mean absolute difference over the reference", kLower, kGroundTruth},
    {kDelta1, "delta1", "share within a factor of 1.25", kHigher, kGroundTruth},
    {kDelta2, "delta2", "share within a factor of 1.25^2", kHigher, kGroundTruth},
    {kDelta3, "delta3", "share within a factor of 1.25^3", kHigher, kGroundTruth},
    {kSilog, "silog", "scale-invariant logarithmic error, x 100", kLower, kGroundTruth},
    {kTemporalChange, "temporal_change", "mean change from frame to frame", kLower, kNothing},
    {kReferenceTemporalChange, "reference_temporal_change", "the reference's", kReference,
     kNothing},
    {kTemporalDifference, "temporal_difference", "temporal_change minus the reference's", kNearZero,
     kNothing},
    {kFlowWarpError, "flow_warp_error", "mean change along the video's motion", kLower, kVideo},
    {kReferenceFlowWarpError, "reference_flow_warp_error", "the reference's", kReference, kVideo},
    {kCoverage, "coverage", "share of the reference's pixels that have a value", kHigher, kNothing},
}};

}  // namespace

std::span<const MetricInfo, kMetrics> metric_table() { return kTable; }

const MetricInfo& metric_info(Metric metric) { return kTable[static_cast<std::size_t>(metric)]; }

}  // namespace rollingdepth
