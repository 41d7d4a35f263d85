"""What the JSON files of `rollingdepth compare`, `bench` and `--profile` hold."""

import os
from dataclasses import dataclass
from pathlib import Path

from .fields import ReportError, read_json
from .metrics import METRICS

STAGES = ("encode", "snippets", "refine", "align", "merge", "write")


@dataclass(frozen=True)
class Affine:
    scale: float
    shift: float


@dataclass(frozen=True)
class Clip:
    """One side of a comparison."""
    path: str  # As the comparison was given it.
    frames: int
    height: int
    width: int


@dataclass(frozen=True)
class Frame:
    number: int
    affine: Affine | None  # Only where each frame has its own.
    values: dict           # Metric name to number, None where not defined.


@dataclass(frozen=True)
class Bound:
    metric: str
    kind: str              # "max" or "min".
    limit: float
    value: float | None
    holds: bool
    frame: int | None


@dataclass(frozen=True)
class ComparisonSettings:
    """What a comparison was asked for; the defaults are the program's."""
    align: str = "none"
    align_scope: str = "clip"
    fit: str = "least-squares"
    ground_truth: bool = False
    min_depth: float | None = None  # In effect; None without ground truth.
    max_depth: float | None = None
    resized: bool = False
    png_scale: float = 1.0
    video_from: int = 0


@dataclass(frozen=True)
class Comparison:
    label: str
    folder: Path           # Of the JSON file: its paths may be relative to it.
    versions: dict
    reference: Clip
    candidate: Clip
    video: str | None
    mask: str | None
    settings: ComparisonSettings
    affine: Affine | None  # Of the whole clip.
    frames_compared: int
    clip: dict             # Metric name to number, None where not defined.
    frames: list
    bounds: list
    warnings: list


@dataclass(frozen=True)
class Setting:
    """What a bench ran with, a quality or options of its own."""
    name: str
    arguments: list
    seconds: float
    frames_per_second: float
    peak_memory_bytes: float
    stages: dict           # Stage name to seconds, in the order in which they run.
    alignment_error: float | None
    run_seconds: list      # Of each repeat.
    run: str               # "41 frames, cpu, 2 threads".


@dataclass(frozen=True)
class Bench:
    label: str
    versions: dict
    processor: str
    clip: str
    common: list           # Arguments of every run.
    repeats: int
    reference: str | None
    settings: list

    @property
    def run(self):
        """What all settings ran on, or None where they differ."""
        runs = {setting.run for setting in self.settings}
        return runs.pop() if len(runs) == 1 else None


@dataclass(frozen=True)
class Span:
    thread: str
    category: str          # "stage" or "batch".
    name: str
    start_seconds: float
    end_seconds: float


@dataclass(frozen=True)
class Trace:
    label: str
    program: str
    spans: list
    memory: list           # (seconds, resident bytes).


def read_measurement(argument):
    """A Comparison, Bench or Trace from FILE or NAME=FILE. @throws ReportError."""
    name, path = None, Path(argument)
    if "=" in argument and not os.path.exists(path):
        name, _, rest = argument.partition("=")
        path = Path(rest)
    fields = read_json(path)
    if "traceEvents" in fields:
        return read_trace(fields, name or str(path))
    kind = fields.get("kind", str)
    if kind not in ("comparison", "bench"):
        raise ReportError(f"{path}: neither a comparison, a bench nor a trace" +
                          (f" but '{kind}'" if kind else ""))
    if fields.need("format", int) != 1:
        raise ReportError(f"{path}: format {fields.values['format']} is not known, only 1 is")
    if kind == "bench":
        return read_bench(fields, name or str(path))
    return read_comparison(fields, name, path.parent)


def read_comparison(fields, name, folder):
    candidate = read_clip(fields.part("candidate"))
    return Comparison(
        label=name or candidate.path, folder=folder,
        versions=fields.get("versions", dict, {}),
        reference=read_clip(fields.part("reference")), candidate=candidate,
        video=fields.get("video", str), mask=fields.get("mask", str),
        settings=read_settings(fields.part("settings")) if "settings" in fields
        else ComparisonSettings(), affine=read_affine(fields),
        frames_compared=fields.need("frames_compared", int),
        clip=fields.part("clip").numbers(METRICS),
        frames=[Frame(frame.need("frame", int), read_affine(frame), frame.numbers(METRICS))
                for frame in fields.parts("frames")],
        bounds=[read_bound(bound) for bound in fields.parts("bounds")] if "bounds" in fields
        else [],
        warnings=fields.texts("warnings"))


def read_settings(fields):
    kinds = {"align": str, "align_scope": str, "fit": str, "ground_truth": bool,
             "min_depth": float, "max_depth": float, "resized": bool, "png_scale": float,
             "video_from": int}
    return ComparisonSettings(**{name: fields.get(name, kind) for name, kind in kinds.items()
                                 if name in fields})


def read_clip(fields):
    return Clip(fields.need("path", str), fields.need("frames", int), fields.need("height", int),
                fields.need("width", int))


def read_affine(fields):
    if "affine" not in fields:
        return None
    affine = fields.part("affine")
    scale, shift = affine.get("scale", float), affine.get("shift", float)
    # A frame without valid pixels has no fit.
    return None if scale is None or shift is None else Affine(scale, shift)


def read_bound(fields):
    return Bound(fields.need("metric", str), fields.need("kind", str), fields.need("limit", float),
                 fields.numbers(["value"]).get("value"), fields.need("holds", bool),
                 fields.get("frame", int))


def read_bench(fields, label):
    if not fields.need("settings", list):
        raise ReportError(f"{fields.where}: 'settings' is empty")
    return Bench(label=label, versions=fields.get("versions", dict, {}),
                 processor=fields.get("processor", str, ""), clip=fields.need("clip", str),
                 common=fields.texts("common"), repeats=fields.need("repeats", int), reference=fields.get("reference", str),
                 settings=[read_setting(setting) for setting in fields.parts("settings")])


def read_run(fields):
    frames, threads = fields.need("frames", int), fields.need("threads", int)
    return (f"{frames} frame{'s' * (frames != 1)}, {fields.need('device', str)}, "
            f"{threads} thread{'s' * (threads != 1)}")


def read_setting(fields):
    median = fields.part("median")
    stages = median.part("stages")
    return Setting(name=fields.need("name", str), arguments=fields.texts("arguments"),
                   seconds=median.need("seconds", float),
                   frames_per_second=median.need("frames_per_second", float),
                   peak_memory_bytes=median.need("peak_memory_bytes", float),
                   stages={stage: stages.need(stage, float)
                           for stage in sorted(stages.values, key=stage_order)},
                   alignment_error=fields.get("alignment_error", float),
                   run_seconds=[run.need("seconds", float) for run in fields.parts("runs")],
                   run=read_run(fields))


def stage_order(stage):
    return STAGES.index(stage) if stage in STAGES else len(STAGES)


def read_trace(fields, label):
    threads, spans, memory = {}, [], []
    events = fields.parts("traceEvents")
    for event in events:
        if event.get("ph", str) == "M" and event.get("name", str) == "thread_name":
            threads[event.need("tid", int)] = event.part("args").need("name", str)
    for event in events:
        phase = event.get("ph", str)
        if phase == "X":
            start, length = (event.need(key, float) / 1e6 for key in ("ts", "dur"))
            thread = event.need("tid", int)
            spans.append(Span(threads.get(thread, f"thread {thread}"),
                              event.get("cat", str, "batch"), event.need("name", str), start,
                              start + length))
        elif phase == "C" and event.get("name", str) == "memory":
            memory.append((event.need("ts", float) / 1e6,
                           event.part("args").need("resident_bytes", float)))
    other = fields.part("otherData") if "otherData" in fields else None
    return Trace(label, other.get("program", str, "") if other else "", spans, sorted(memory))


def short_labels(paths):
    """What tells `paths` apart: file names, or folders where all files are called the same.

    `["out/x.npy", "out/y.npy"]` gives `["x.npy", "y.npy"]`, `["fast/x.npy", "full/x.npy"]` gives
    `["fast", "full"]`; what stays the same gets a number.
    """
    parts = [Path(os.path.normpath(path)).parts for path in paths]
    while (len(set(parts)) > 1 and len({part[-1] for part in parts}) == 1
           and min(map(len, parts)) > 1):
        parts = [part[:-1] for part in parts]
    kept = [1] * len(parts)
    while True:
        labels = ["/".join(part[-count:]) for part, count in zip(parts, kept)]
        clashing = {label for label in labels
                    if len({part for part, other in zip(parts, labels) if other == label}) > 1}
        if not clashing:
            break
        kept = [count + (label in clashing) for label, count in zip(labels, kept)]
    return [f"{label} ({labels[:index].count(label) + 1})" if labels.count(label) > 1 else label
            for index, label in enumerate(labels)]
