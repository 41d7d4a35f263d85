"""The metrics of `rollingdepth compare`: what each is called, its unit, and which way is better."""

from dataclasses import dataclass

LOWER, HIGHER, NEAR_ZERO, REFERENCE = "lower is better", "higher is better", "best near 0", ""
DEPTH, NONE, DECIBEL, HUNDREDTH = "depth units", "", "dB", "×100"


@dataclass(frozen=True)
class Metric:
    name: str         # In the JSON.
    title: str        # For people.
    description: str
    unit: str         # DEPTH: that of the reference's values.
    better: str


METRICS = {metric.name: metric for metric in [
    Metric("mae", "MAE", "mean absolute difference", DEPTH, LOWER),
    Metric("rmse", "RMSE", "root mean squared difference", DEPTH, LOWER),
    Metric("max_error", "Max error", "largest difference", DEPTH, LOWER),
    Metric("pearson", "Pearson", "linear correlation", NONE, HIGHER),
    Metric("spearman", "Spearman", "rank correlation", NONE, HIGHER),
    Metric("ssim", "SSIM", "structural similarity", NONE, HIGHER),
    Metric("psnr", "PSNR", "peak signal-to-noise ratio", DECIBEL, HIGHER),
    Metric("edge_f1", "Edge F1", "agreement of depth edges", NONE, HIGHER),
    Metric("abs_rel", "AbsRel", "mean absolute difference over the reference", NONE, LOWER),
    Metric("delta1", "δ1", "share within a factor of 1.25", NONE, HIGHER),
    Metric("delta2", "δ2", "share within a factor of 1.25²", NONE, HIGHER),
    Metric("delta3", "δ3", "share within a factor of 1.25³", NONE, HIGHER),
    Metric("silog", "SI-log", "scale-invariant logarithmic error", HUNDREDTH, LOWER),
    Metric("temporal_change", "Change over time", "mean change from frame to frame", DEPTH, LOWER),
    Metric("reference_temporal_change", "Change of the reference", "the same for the reference",
           DEPTH, REFERENCE),
    Metric("temporal_difference", "Added change", "change over time minus the reference's", DEPTH,
           NEAR_ZERO),
    Metric("flow_warp_error", "Flow-warp error", "mean change along the video's motion", DEPTH,
           LOWER),
    Metric("reference_flow_warp_error", "Warp error of the reference",
           "the same for the reference", DEPTH, REFERENCE),
    Metric("coverage", "Coverage", "share of the reference's pixels that have a value", NONE,
           HIGHER),
]}


def best_of(metric, values):
    """The index of the best of `values` (None: not defined); None where nothing stands out."""
    known = [(value, index) for index, value in enumerate(values) if value is not None]
    if metric.better == REFERENCE or len(known) < 2:
        return None
    rank = {LOWER: lambda value: value, HIGHER: lambda value: -value, NEAR_ZERO: abs}[metric.better]
    ordered = sorted(known, key=lambda item: rank(item[0]))
    return ordered[0][1] if rank(ordered[0][0]) < rank(ordered[1][0]) else None
