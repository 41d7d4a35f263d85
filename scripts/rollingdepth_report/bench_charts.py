"""The charts of a bench: one row a setting."""

from .chart import (GROUND, INK, MUTED, REST, VARIABLES, Key, axes, chart, key, series_color,
                    shortened)
from .measurements import stage_order
from .number_text import number, percent_text, seconds_text, size_text

SIZES = ("small", "medium")
ROW_PX, LABEL_PX, BAR_PX = 52, 24, 20


def bench_charts(bench):
    """(title, note, Chart) of each figure, for the page."""
    settings = bench.settings
    figures = [("Time by stage", "seconds, median of the repeats; shorter is better",
                stage_chart(settings)),
               ("Speed", "frames per second; longer is better",
                bar_chart("Frames per second", settings,
                          [setting.frames_per_second for setting in settings],
                          lambda value: number(value, 3))),
               ("Peak memory", "of the whole process; shorter is better",
                bar_chart("Peak memory", settings,
                          [setting.peak_memory_bytes for setting in settings], size_text))]
    errors = [setting.alignment_error for setting in settings]
    if any(error is not None for error in errors):
        against = f"against {bench.reference}, " if bench.reference else ""
        figures.append(("Alignment error",
                        f"{against}share of the depth range; shorter is better",
                        bar_chart("Alignment error", settings, errors, percent_text)))
    return figures


def stage_keys(bench):
    """What the stages look like in the stage chart."""
    return [key(stage, stage_order(stage)) for stage in stages_of(bench.settings)]


def rest_keys(bench):
    """The rest of that chart's legend: time of the clip that no stage accounts for."""
    rest = any(rest_seconds(setting) > 0 for setting in bench.settings)
    return [Key("outside the stages", VARIABLES[REST])] if rest else []


def rest_seconds(setting):
    return max(0.0, setting.seconds - sum(setting.stages.values()))


def stages_of(settings):
    names = {stage for setting in settings for stage in setting.stages}
    return sorted(names, key=lambda stage: (stage_order(stage), stage))


def stage_chart(settings):
    alt = "Seconds by stage. " + " ".join(
        f"{setting.name}: {seconds_text(setting.seconds)}, of it " + ", ".join(
            f"{stage} {seconds_text(seconds)}" for stage, seconds in setting.stages.items()) + "."
        for setting in settings)

    def draw(figure, width_px, font_px):
        plot = rows(figure, settings)
        longest = max([setting.seconds for setting in settings] +
                      [sum(setting.stages.values()) for setting in settings])
        plot.set_xlim(0, (longest or 1) * width_px / (width_px - 84))
        for row, setting in enumerate(settings):
            start = 0.0
            for stage, seconds in setting.stages.items():
                plot.barh(bar_y(row), seconds, BAR_PX, left=start, edgecolor=GROUND, linewidth=1,
                          color=series_color(stage_order(stage)))
                start += seconds
            rest = rest_seconds(setting)
            plot.barh(bar_y(row), rest, BAR_PX, left=start, color=REST, edgecolor=GROUND,
                      linewidth=1)
            value_label(plot, row, start + rest, seconds_text(setting.seconds))
        name_labels(plot, settings, width_px, font_px)

    return chart(alt, draw, chart_height(settings), SIZES)


def bar_chart(what, settings, values, text):
    alt = f"{what}. " + " ".join(
        f"{setting.name}: {'not measured' if value is None else text(value)}."
        for setting, value in zip(settings, values))

    def draw(figure, width_px, font_px):
        plot = rows(figure, settings)
        longest = max([value for value in values if value is not None] or [1.0])
        plot.set_xlim(0, (longest or 1) * width_px / (width_px - 84))
        for row, value in enumerate(values):
            if value is not None:
                plot.barh(bar_y(row), value, BAR_PX, color=series_color(0))
            value_label(plot, row, value or 0.0, "–" if value is None else text(value))
        name_labels(plot, settings, width_px, font_px)

    return chart(alt, draw, chart_height(settings), SIZES)


def chart_height(settings):
    return ROW_PX * max(1, len(settings))


def rows(figure, settings):
    """Axes of which y counts pixels from the top, a row for each setting."""
    plot = axes(figure, 0, 0, 0, 0)
    plot.set_ylim(chart_height(settings), 0)
    plot.set_axis_off()
    return plot


def bar_y(row):
    return row * ROW_PX + LABEL_PX + BAR_PX / 2


def name_labels(plot, settings, width_px, font_px):
    for row, setting in enumerate(settings):
        name = shortened(setting.name, width_px, font_px)
        plot.annotate(name, (0, row * ROW_PX + LABEL_PX - 5), color=INK, va="baseline")


def value_label(plot, row, x, text):
    plot.annotate(text, (x, bar_y(row) + 5), (6, 0), textcoords="offset points", color=MUTED,
                  va="baseline")
