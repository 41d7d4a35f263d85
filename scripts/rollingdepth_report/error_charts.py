"""The error of each frame over the clip, one line for each candidate."""

import math
from dataclasses import dataclass

from matplotlib.ticker import MaxNLocator

from .chart import GROUND, axes, chart, series_color, widest_px
from .metrics import METRICS
from .number_text import number, tick_texts
from .thinning import thinned

CHARTED = ("mae", "rmse", "ssim")
HEIGHT_PX = 210
NEAR_ONE = 0.999     # Where SSIM is above this throughout, the chart begins here.
LEAST_SPAN = 1e-4    # As a share of the values: keeps labels short where all frames are alike.
MARGIN_PX, PAD_PX = 10, 8


@dataclass(frozen=True)
class ValueAxis:
    low: float
    high: float
    ticks: list
    texts: list


def error_charts(comparisons, worst):
    """(Metric, Chart) for each metric of CHARTED that some frame has, frames below each other.

    @param worst for each comparison the frames to mark.
    """
    lines = {name: [points_of(comparison, name) for comparison in comparisons] for name in CHARTED}
    scales = {name: value_axis(name, known_values(lines[name])) for name in CHARTED
              if any(lines[name])}
    texts = [text for scale in scales.values() for text in scale.texts]
    labels = [comparison.label for comparison in comparisons]
    return [(METRICS[name], error_chart(METRICS[name], labels, lines[name], worst, scale, texts))
            for name, scale in scales.items()]


def points_of(comparison, name):
    """(frame, value) of each frame, in order; empty where no frame has a finite value."""
    points = sorted((frame.number, finite(frame.values.get(name))) for frame in comparison.frames)
    return points if any(value is not None for _, value in points) else []


def finite(value):
    return value if value is not None and math.isfinite(value) else None


def error_chart(metric, labels, lines, worst, scale, texts):
    """@param lines, worst of each of `labels`. @param texts to which the left margin leaves room."""
    marks = [[(frame.number, frame.values[metric.name]) for frame in frames
              if finite(frame.values.get(metric.name)) is not None] for frames in worst]
    alt = f"{metric.title} of each frame. " + " ".join(
        description(label, points) for label, points in zip(labels, lines) if points)
    numbers = [frame for points in lines for frame, _ in points]
    first, last = min(numbers), max(numbers)

    def draw(figure, width_px, font_px):
        left = widest_px(texts, font_px) + PAD_PX
        label = widest_px([f"{last:,}"], font_px)
        plot = axes(figure, left, 30, max(MARGIN_PX, label / 2), MARGIN_PX)
        inner_px = width_px - left - label
        for index, points in enumerate(lines):
            drawn = thinned(points, max(1, round(inner_px)))
            plot.plot([x for x, _ in drawn],
                      [float("nan") if y is None else y for _, y in drawn],
                      color=series_color(index), linewidth=2, solid_joinstyle="round")
        for index, points in enumerate(marks):
            plot.plot([x for x, _ in points], [y for _, y in points], "o", markersize=7,
                      color=series_color(index), markeredgecolor=GROUND, markeredgewidth=1.5,
                      clip_on=False, zorder=3)
        parts = min(4 if width_px < 500 else 8, max(1, int(inner_px / (1.5 * label))))
        x_ticks = ticks_between(first, last, parts, integer=True)
        plot.set_xticks(x_ticks, [f"{tick:,.0f}" for tick in x_ticks])
        plot.set_yticks(scale.ticks, scale.texts)
        margin = 0.02 * (last - first) or 0.5
        plot.set_xlim(first - margin, last + margin)
        plot.set_ylim(scale.low, scale.high)
        finish(plot)

    return chart(alt, draw, HEIGHT_PX)


def known_values(lines):
    return [value for points in lines for _, value in points if value is not None]


def value_axis(name, values):
    """What holds the finite `values` of metric `name`.

    Differences of rounding, as between two files of one clip, should look like what they are:
    SSIM of about 1 is drawn from NEAR_ONE, and errors of 0 have no other number beside them.
    """
    low, high = min(values), max(values)
    if name == "ssim" and NEAR_ONE < low and high <= 1:
        low, high = NEAR_ONE, 1.0
    least = LEAST_SPAN * max(abs(low), abs(high)) or 1.0
    margin = 0.05 * (high - low) if high - low >= least else least / 2
    low, high = low - margin, high + margin
    ticks = ticks_between(low, high, 5) if any(values) else [0.0]
    return ValueAxis(low, high, ticks, tick_texts(ticks))


def ticks_between(low, high, parts, integer=False):
    """Round values from `low` to `high`, at most `parts` + 1."""
    if low == high:
        return [low]
    locator = MaxNLocator(parts, integer=integer, steps=[1, 2, 5, 10])
    # What should be 0 need not be quite.
    ticks = [0.0 if abs(tick) < 1e-9 * (high - low) else float(tick)
             for tick in locator.tick_values(low, high)]
    slack = 1e-9 * (high - low)
    return [tick for tick in ticks if low - slack <= tick <= high + slack]


def description(label, points):
    values = known_values([points])
    return f"{label}: from {number(min(values))} to {number(max(values))}."


def finish(plot):
    plot.spines["left"].set_visible(False)
    plot.tick_params(length=0, pad=6)
    plot.grid(axis="y")
    plot.set_axisbelow(True)
