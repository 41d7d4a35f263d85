"""Draws a trace: rows of bars for stages and threads, and memory below."""

from matplotlib.ticker import MaxNLocator

from .chart import GRID, INK, SERIES, axes, chart, key, series_color, shortened
from .measurements import STAGES
from .number_text import seconds_text, size_text
from .thinning import thinned
from .timeline import bars_of, rows_of

ROW_PX, LABEL_PX, BAR_PX = 46, 22, 18
MEMORY_PX, AXIS_PX = 110, 30
PLAIN = 6  # The colour of rows that need no legend.


def span_names(rows):
    """The names that are told apart by colour, in the order of their colours: stages first."""
    names = dict.fromkeys(span.name for row in rows if not row.has_one_name()
                          for span in row.spans)
    return [*[stage for stage in STAGES if stage in names],
            *[name for name in names if name not in STAGES]]


def color_index(name, names):
    """Stages look as they do in a bench; other names take the colours that are left."""
    if name in STAGES:
        return STAGES.index(name)
    others = [other for other in names if other not in STAGES]
    if name not in names:
        return PLAIN
    free = [index for index in (*range(len(STAGES), len(SERIES)), *range(len(STAGES)))
            if index != PLAIN and (index >= len(STAGES) or STAGES[index] not in names)]
    return free[others.index(name) % len(free)]


def timeline_keys(trace):
    names = span_names(rows_of(trace.spans))
    return [key(name, color_index(name, names)) for name in names]


def timeline_chart(trace):
    rows = rows_of(trace.spans)
    start, end = trace_range(trace)
    height = chart_height(trace, rows)
    peak = max((size for _, size in trace.memory), default=None)
    alt = (f"Timeline of {seconds_text(end - start)}: " +
           "; ".join(f"{row.label}, {len(row.spans)} spans" for row in rows) +
           (f". Memory at most {size_text(peak)}." if trace.memory else "."))

    def draw(figure, width_px, font_px):
        draw_rows(axes(figure, 0, AXIS_PX, 0, 0), trace, rows, width_px, font_px)
        if trace.memory:
            draw_memory(axes(figure, 0, AXIS_PX, 0, height - AXIS_PX - MEMORY_PX + LABEL_PX),
                        trace, peak, width_px)

    return chart(alt, draw, height)


def chart_height(trace, rows):
    return ROW_PX * len(rows) + AXIS_PX + (MEMORY_PX if trace.memory else 0)


def trace_range(trace):
    times = [time for span in trace.spans for time in (span.start_seconds, span.end_seconds)]
    times += [time for time, _ in trace.memory]
    return (min(times), max(times)) if times else (0.0, 0.0)


def draw_rows(plot, trace, rows, width_px, font_px):
    """`plot` counts pixels from the top on y, seconds from the first event on x."""
    start, end = trace_range(trace)
    column = (end - start) / width_px or 1.0
    names = span_names(rows)
    plot.set_xlim(0, (end - start) or 1.0)
    plot.set_ylim(chart_height(trace, rows) - AXIS_PX, 0)
    for index, row in enumerate(rows):
        top = index * ROW_PX
        label = shortened(row.label, width_px, font_px)
        plot.annotate(label, (0, top + LABEL_PX - 6), color=INK, va="baseline")
        plot.axhspan(top + LABEL_PX, top + LABEL_PX + BAR_PX, color=GRID, alpha=0.5, linewidth=0)
        bars = bars_of(row.spans, start, column)
        # A bar is seen however short its span is.
        plot.barh([top + LABEL_PX + BAR_PX / 2] * len(bars),
                  [max(bar.end - bar.start, column) for bar in bars], BAR_PX,
                  left=[bar.start - start for bar in bars],
                  color=[series_color(color_index(bar.name, names)) for bar in bars], linewidth=0)
    for side in ("left", "bottom"):
        plot.spines[side].set_visible(False)
    plot.set_yticks([])
    plot.tick_params(length=0, pad=6)
    label_seconds(plot, width_px)


def label_seconds(plot, width_px):
    """Ticks whose labels stay within the drawing: the first and the last one turn inwards."""
    end = plot.get_xlim()[1]
    ticks = MaxNLocator(4 if width_px < 500 else 8).tick_values(0, end)
    ticks = [tick for tick in ticks if 0 <= tick <= end]
    plot.set_xticks(ticks, [f"{tick:g} s" for tick in ticks])
    for tick, label in zip(ticks, plot.get_xticklabels()):
        place = tick / end
        label.set_horizontalalignment(
            "left" if place < 0.05 else "right" if place > 0.95 else "center")


def draw_memory(plot, trace, peak, width_px):
    start, end = trace_range(trace)
    points = thinned(trace.memory, width_px)
    times = [time - start for time, _ in points]
    sizes = [size for _, size in points]
    plot.fill_between(times, sizes, color=series_color(0), alpha=0.2, linewidth=0)
    plot.plot(times, sizes, color=series_color(0), linewidth=2, clip_on=False)
    plot.set_xlim(0, (end - start) or 1.0)
    plot.set_ylim(0, 1.05 * peak if peak else 1.0)
    plot.set_axis_off()
    plot.annotate(f"memory, at most {size_text(peak)}", (0, 1), (0, 8), xycoords="axes fraction",
                  textcoords="offset points", color=INK, va="baseline")
