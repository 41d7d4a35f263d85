"""Puts the page together: from measurements to one HTML text."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path

import jinja2

from .alignment import alignment_text
from .bench_charts import bench_charts, stage_keys
from .chart import key
from .error_charts import error_charts
from .frame_pictures import frame_pictures
from .measurements import Bench, Comparison, Trace, short_labels
from .metrics import METRICS, best_of
from .number_text import number, seconds_text, size_text
from .timeline import totals_of
from .timeline_chart import timeline_chart, timeline_keys
from .worst_frames import ranking_metric, worst_frames

FOLDER = Path(__file__).resolve().parent


@dataclass(frozen=True)
class MetricRow:
    metric: object  # metrics.Metric.
    values: list    # Of each comparison.
    best: int | None


def write_page(measurements, title, video, worst):
    """The whole page. @param worst how many frames of each comparison to show."""
    comparisons = labelled([item for item in measurements if isinstance(item, Comparison)])
    benches = [item for item in measurements if isinstance(item, Bench)]
    traces = [item for item in measurements if isinstance(item, Trace)]
    chosen = [worst_frames(comparison.frames, worst) for comparison in comparisons]
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER), autoescape=True, trim_blocks=True,
        lstrip_blocks=True, undefined=jinja2.StrictUndefined)
    environment.filters.update(number=number, size=size_text, seconds=seconds_text,
                               filename=lambda path: Path(path).name,
                               listed=listed)
    return environment.get_template("page.html").render(
        title=title, style=(FOLDER / "style.css").read_text(encoding="utf-8"),
        comparisons=comparisons, broken=broken_bounds(comparisons),
        bounded=sum(len(comparison.bounds) for comparison in comparisons),
        metric_rows=metric_rows(comparisons), one_reference=have_one_reference(comparisons),
        keys=[key(comparison.label, index) for index, comparison in enumerate(comparisons)],
        error_charts=error_charts(comparisons, chosen),
        worst=[(comparison, ranking_name(comparison), frame_pictures(comparison, frames, video))
               for comparison, frames in zip(comparisons, chosen)],
        metrics=METRICS, alignment_text=alignment_text,
        benches=[(bench, bench_charts(bench), stage_keys(bench)) for bench in benches],
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
    return Path(first.clip).name if isinstance(first, Bench) else first.label


def labelled(comparisons):
    """Each with a label of its own: the name it was given, else what tells its file apart."""
    labels = short_labels([comparison.label for comparison in comparisons])
    return [dataclasses.replace(comparison, label=label)
            for comparison, label in zip(comparisons, labels)]


def broken_bounds(comparisons):
    """A line for each bound that does not hold."""
    return [bound_text(comparison, bound) for comparison in comparisons
            for bound in comparison.bounds if not bound.holds]


def bound_text(comparison, bound):
    title = METRICS[bound.metric].title if bound.metric in METRICS else bound.metric
    frame = "" if bound.frame is None else f" in frame {bound.frame}"
    value = "is not defined" if bound.value is None else f"is {number(bound.value)}"
    limit = "at most" if bound.kind == "max" else "at least"
    return f"{comparison.label}: {title} {value}{frame}; {limit} {bound.limit:g} is allowed"


def have_one_reference(comparisons):
    return len({(item.reference.path, item.folder) for item in comparisons}) == 1


def metric_rows(comparisons):
    """A row for each metric that any comparison has. Only equal references are ranked."""
    same = have_one_reference(comparisons)
    rows = []
    for name, metric in METRICS.items():
        if any(name in comparison.clip for comparison in comparisons):
            values = [comparison.clip.get(name) for comparison in comparisons]
            rows.append(MetricRow(metric, values, best_of(metric, values) if same else None))
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
