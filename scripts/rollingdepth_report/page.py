"""Puts the page together: from measurements to one HTML text."""

import dataclasses
import os
from dataclasses import dataclass
from pathlib import Path

import jinja2

from .alignment import alignment_text
from .bench_charts import bench_charts, rest_keys, stage_keys
from .chart import key
from .depth_clip import PictureError, find_file
from .error_charts import error_charts
from .frame_pictures import frame_pictures
from .measurements import Bench, Comparison, Trace, short_labels
from .metrics import METRICS, NEAR_ZERO, best_of
from .number_text import (MOST_DIGITS, number, percent_text, rounded, seconds_text,
                          size_text, told_apart)
from .timeline import totals_of
from .timeline_chart import timeline_chart, timeline_keys
from .worst_frames import ranking_metric, worst_frames

FOLDER = Path(__file__).resolve().parent


@dataclass(frozen=True)
class MetricRow:
    metric: object  # metrics.Metric.
    texts: list     # The value of each comparison.
    best: int | None


def write_page(measurements, title, video, worst):
    """The whole page. @param worst how many frames of each comparison to show."""
    comparisons, benches, traces = (
        labelled([item for item in measurements if isinstance(item, kind)])
        for kind in (Comparison, Bench, Trace))
    chosen = [worst_frames(comparison.frames, worst) for comparison in comparisons]
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER), autoescape=True, trim_blocks=True,
        lstrip_blocks=True, undefined=jinja2.StrictUndefined)
    environment.filters.update(number=number, percent=percent_text, size=size_text,
                               seconds=seconds_text, filename=lambda path: Path(path).name,
                               listed=listed)
    return environment.get_template("page.html").render(
        title=title, style=(FOLDER / "style.css").read_text(encoding="utf-8"),
        comparisons=comparisons, broken=broken_bounds(comparisons),
        bounded=sum(len(comparison.bounds) for comparison in comparisons),
        metric_rows=metric_rows(comparisons), one_reference=have_one_reference(comparisons),
        keys=[key(comparison.label, index) for index, comparison in enumerate(comparisons)],
        error_charts=error_charts(comparisons, chosen),
        worst=[(comparison, ranking_name(comparison), frame_pictures(comparison, frames, video))
               for comparison, frames in zip(comparisons, chosen)] if worst else [],
        shown=any(chosen), metrics=METRICS, alignment_text=alignment_text,
        benches=[(bench, bench_charts(bench), stage_keys(bench), rest_keys(bench))
                 for bench in benches],
        traces=[(trace, timeline_chart(trace) if trace.spans else None, timeline_keys(trace),
                 totals_of(trace.spans)) for trace in traces],
        versions=versions_of(measurements))


def listed(words):
    """["a", "b", "c"] as "a, b and c"."""
    words = list(words)
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def default_title(measurements):
    """What the first input is about."""
    first = measurements[0]
    comparisons = [item for item in measurements if isinstance(item, Comparison)]
    if isinstance(first, Comparison):
        candidates = (f"{len(comparisons)} candidates" if len(comparisons) > 1
                      else Path(first.candidate.path).name)
        against = (Path(first.reference.path).name if have_one_reference(comparisons)
                   else "their references")
        return f"{candidates} against {against}"
    return Path(first.clip if isinstance(first, Bench) else first.label).name


def labelled(measurements):
    """Each with a label of its own: the name it was given, else what tells its file apart."""
    labels = short_labels([item.label for item in measurements])
    return [dataclasses.replace(item, label=label) for item, label in zip(measurements, labels)]


def broken_bounds(comparisons):
    """A line for each bound that does not hold."""
    return [bound_text(comparison, bound) for comparison in comparisons
            for bound in comparison.bounds if not bound.holds]


def bound_text(comparison, bound):
    metric = METRICS.get(bound.metric)
    frame = "" if bound.frame is None else f" in frame {bound.frame}"
    limit = f"{bound.limit:g}" if float(f"{bound.limit:g}") == bound.limit else repr(bound.limit)
    allowed = (f"at most {limit} is allowed" if bound.kind == "max" else
               f"at least {limit} is required")
    # What has a sign is held by its size.
    signed = metric is not None and metric.better == NEAR_ZERO
    value = None if bound.value is None else abs(bound.value) if signed else bound.value
    text = ("is not defined" if value is None else
            f"{'has size' if signed else 'is'} {beside(bound.limit, value)}")
    title = metric.title if metric else bound.metric
    return f"{comparison.label}: {title} {text}{frame}; {allowed}"


def beside(limit, value):
    """`value` with at least four digits, and so many that it stays on its side of `limit`."""
    for digits in range(4, MOST_DIGITS):
        shown = rounded(value, digits)
        if shown != limit and (shown > limit) == (value > limit):
            return number(value, digits)
    return number(value, MOST_DIGITS)


def have_one_reference(comparisons):
    return len({reference_file(comparison) for comparison in comparisons}) == 1


def reference_file(comparison):
    """Where the reference is, whatever the JSON calls it; where it would be, if it is gone."""
    path = comparison.reference.path
    try:
        return os.path.realpath(find_file(path, comparison.folder))
    except PictureError:
        return os.path.realpath(comparison.folder / path)


def metric_rows(comparisons):
    """A row for each metric that any comparison has. Only equal references are ranked."""
    same = have_one_reference(comparisons)
    rows = []
    for name, metric in METRICS.items():
        if any(name in comparison.clip for comparison in comparisons):
            values = [comparison.clip.get(name) for comparison in comparisons]
            rows.append(MetricRow(metric, told_apart(values, 4),
                                  best_of(metric, values) if same else None))
    return rows


def ranking_name(comparison):
    ranking = ranking_metric(comparison.frames)
    return METRICS[ranking[0]].title if ranking else None


def versions_of(measurements):
    """What wrote the files, each once: ["rollingdepth 0.1.0", ...]."""
    found = {}
    for item in measurements:
        if isinstance(item, Trace):
            found[item.program] = None
        else:
            found.update((f"{name} {version}", None) for name, version in item.versions.items())
    return [version for version in found if version]
