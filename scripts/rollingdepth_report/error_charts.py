"""The error of each frame over the clip, one line for each candidate."""

from .chart import GROUND, axes, chart, series_color
from .metrics import METRICS
from .number_text import number
from .thinning import thinned

CHARTED = ("mae", "rmse", "ssim")
HEIGHT_PX = 210


def error_charts(comparisons, worst):
    """(Metric, Chart) for each metric of CHARTED that some frame has.

    @param worst for each comparison the frames to mark.
    """
    return [(METRICS[name], error_chart(METRICS[name], comparisons, worst)) for name in CHARTED
            if any(points_of(comparison, name) for comparison in comparisons)]


def points_of(comparison, name):
    """(frame, value) of each frame, in order; empty where no frame has a value."""
    points = sorted((frame.number, frame.values.get(name)) for frame in comparison.frames)
    return points if any(value is not None for _, value in points) else []


def error_chart(metric, comparisons, worst):
    lines = [points_of(comparison, metric.name) for comparison in comparisons]
    alt = f"{metric.title} of each frame. " + " ".join(
        description(comparison.label, points) for comparison, points in zip(comparisons, lines)
        if points)

    def draw(figure, width_px, font_px):
        plot = axes(figure, 52, 30, 10, 10)
        for index, points in enumerate(lines):
            drawn = thinned(points, round(width_px - 62))
            plot.plot([x for x, _ in drawn],
                      [float("nan") if y is None else y for _, y in drawn],
                      color=series_color(index), linewidth=2, solid_joinstyle="round")
        for index, frames in enumerate(worst):
            marked = [(frame.number, frame.values[metric.name]) for frame in frames
                      if frame.values.get(metric.name) is not None]
            plot.plot([x for x, _ in marked], [y for _, y in marked], "o", markersize=7,
                      color=series_color(index), markeredgecolor=GROUND, markeredgewidth=1.5,
                      clip_on=False, zorder=3)
        finish(plot, width_px)

    return chart(alt, draw, HEIGHT_PX)


def description(label, points):
    values = [value for _, value in points if value is not None]
    return f"{label}: from {number(min(values))} to {number(max(values))}."


def finish(plot, width_px):
    plot.spines["left"].set_visible(False)
    plot.tick_params(length=0, pad=6)
    plot.grid(axis="y")
    plot.set_axisbelow(True)
    plot.locator_params(axis="y", nbins=4)
    plot.locator_params(axis="x", nbins=4 if width_px < 500 else 8, integer=True)
    plot.margins(x=0.02)
