#!/usr/bin/env python3
"""Measures the co-alignment against known truth and rewrites the study in docs/alignment.md.

Makes snippets of a moving scene, each with a scale and shift of its own, noise and outliers; aligns
and merges them with `rollingdepth align`, and with an oracle that fits every snippet to the truth.
The error of a clip is the mean absolute difference to the truth after one scale and shift of the
whole clip; the truth spans about 2. Needs numpy and matplotlib (scripts/train/requirements.txt).
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
LENGTH = 3
IRLS = ("ultra_fast", "fast", "balanced", "quality", "ultra_quality")
ADAM = (*IRLS, "paper")
SOLVERS = [("irls", quality) for quality in IRLS] + [("adam", quality) for quality in ADAM]
MERGES = ("weighted", "mean", "median")
BEGIN, END = "<!-- study begin -->", "<!-- study end -->"


@dataclass(frozen=True)
class Cell:
    """One clip. Its maps are 192 x 108 pixels."""

    frames: int = 120
    dilations: tuple[int, ...] = (1, 25)
    noise: float = 0.01       # Standard deviation, of values that span about 2.
    uneven: float = 1.0       # Snippets that begin in the clip's second half: so much more noise.
    outliers: float = 0.0     # Share of maps (kind patch) or of snippets (kind snippet).
    kind: str = "patch"       # A ninth of a map shifted; or the whole snippet of another scene.
    spread: float = 0.45      # Log scales are uniform within +- spread.
    seed: int = 1


BASE = Cell()
FACTORS = {
    "frames": [replace(BASE, frames=n) for n in (20, 60, 200, 600, 2000)],
    "noise": [replace(BASE, noise=n) for n in (0.0, 0.003, 0.01, 0.03, 0.1)],
    "uneven noise": [replace(BASE, frames=600, uneven=u) for u in (1.0, 2.0, 4.0, 8.0)],
    "outliers: patches": [replace(BASE, outliers=s) for s in (0.0, 0.05, 0.1, 0.2, 0.3, 0.4)],
    "outliers: snippets": [replace(BASE, outliers=s, kind="snippet")
                           for s in (0.0, 0.05, 0.1, 0.2, 0.3, 0.4)],
    "scale spread": [replace(BASE, spread=s) for s in (0.0, 0.2, 0.45, 0.8)],
    "dilations": [replace(BASE, dilations=d) for d in ((1,), (1, 10), (1, 25), (1, 10, 25))],
}


def value_of(factor: str, cell: Cell) -> str:
    """The value of a cell that its factor varies."""
    if factor.startswith("outliers"):
        return f"{cell.outliers:.0%}"
    value = {"frames": cell.frames, "noise": cell.noise,
             "uneven noise": cell.uneven, "scale spread": cell.spread,
             "dilations": " ".join(map(str, cell.dilations))}[factor]
    return str(value)


def scene(frames: int, rng: np.random.Generator) -> np.ndarray:
    """[N, 108, 192] float32 in about [-1, 1]: a slope, waves that move, two things that pass."""
    rows, columns = np.mgrid[0:1:108j, 0:1:192j].astype(np.float32)
    phases = rng.uniform(0, 2 * np.pi, 6)
    truth = np.empty((frames, 108, 192), np.float32)
    for f in range(frames):
        depth = 1.1 * rows - 0.6
        for i, phase in enumerate(phases):
            depth = depth + 0.3 / (i + 1) * np.sin(
                2 * np.pi * ((i % 3 + 1) * (-1) ** i * columns + (i // 2 + 0.5) * rows)
                + phase + 0.03 * (i + 1) * f)
        for offset, speed, near in ((0.2, 0.011, 0.5), (0.7, -0.007, 0.35)):
            centre = (offset + speed * f) % 1.2 - 0.1
            depth = depth + near * (abs(columns - centre) < 0.08) * (rows > 0.35)
        truth[f] = np.clip(depth, -1, 1) * (1 + 0.3 * np.sin(f / 37)) / 1.3
    return truth


def outlier_maps(shape, rng: np.random.Generator) -> np.ndarray:
    """A snippet of another scene."""
    rows, columns = np.mgrid[0:1:108j, 0:1:192j].astype(np.float32)
    a, b, c = rng.uniform(2, 9), rng.uniform(2, 9), rng.uniform(0, 6)
    return np.broadcast_to(0.7 * np.sin(a * rows + b * columns + c), shape)


def snippets_of(cell: Cell, truth: np.ndarray, rng: np.random.Generator) -> dict[int, np.ndarray]:
    """Per dilation [S, L, 108, 192] float32: (truth - shift) / scale, noise, outliers."""
    result = {}
    for dilation in cell.dilations:
        count = cell.frames - (LENGTH - 1) * dilation
        if count < 1:
            continue
        maps = np.empty((count, LENGTH, 108, 192), np.float32)
        for k in range(count):
            scale, shift = np.exp(rng.uniform(-cell.spread, cell.spread)), rng.uniform(-0.15, 0.15)
            maps[k] = (truth[k:k + (LENGTH - 1) * dilation + 1:dilation] - shift) / scale
            if cell.kind == "snippet" and rng.random() < cell.outliers:
                maps[k] = outlier_maps(maps[k].shape, rng)
            for position in range(LENGTH):
                if cell.kind == "patch" and rng.random() < cell.outliers:
                    top, left = rng.integers(108 - 36 + 1), rng.integers(192 - 64 + 1)
                    maps[k, position, top:top + 36, left:left + 64] += rng.uniform(-0.5, 0.5)
            if cell.noise > 0:
                noise = cell.noise * (cell.uneven if k >= cell.frames / 2 else 1)
                maps[k] += noise * rng.standard_normal(maps[k].shape, np.float32)
        result[dilation] = maps
    return result


def error(depth: np.ndarray, truth: np.ndarray) -> float:
    """Mean absolute difference after one least-squares scale and shift of the clip."""
    x, y = depth.astype(np.float64).ravel(), truth.astype(np.float64).ravel()
    mean_x, mean_y = x.mean(), y.mean()
    scale = ((x - mean_x) * (y - mean_y)).sum() / max(((x - mean_x) ** 2).sum(), 1e-30)
    return float(np.abs(scale * (x - mean_x) + mean_y - y).mean())


def oracle(snippets: dict[int, np.ndarray], truth: np.ndarray) -> np.ndarray:
    """Every snippet fitted to the truth by least squares, then the mean over a frame's maps."""
    total, count = np.zeros(truth.shape, np.float64), np.zeros(len(truth))
    for dilation, maps in snippets.items():
        for k, snippet in enumerate(maps):
            frames = slice(k, k + (LENGTH - 1) * dilation + 1, dilation)
            x, y = snippet.astype(np.float64), truth[frames].astype(np.float64)
            scale = ((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum()
            total[frames] += scale * (x - x.mean()) + y.mean()
            count[frames] += 1
    return total / count[:, None, None]


def align(program: Path, folder: Path, options: list[str]) -> tuple[np.ndarray, dict]:
    """Depth and report of one run."""
    command = [program, "align", folder / "clip.npz", "-o", folder / "depth.npy", "--report",
               folder / "report.json", "--overwrite", "--quiet", "--threads", "1", *options]
    # Snippets that are left out are warned of; here they are what is measured.
    subprocess.run([str(word) for word in command], check=True, capture_output=True)
    return np.load(folder / "depth.npy"), json.loads((folder / "report.json").read_text())


def measure(program: Path, cell: Cell) -> dict:
    """Errors and seconds of all solvers on one clip; the solves of a row share one machine state."""
    rng = np.random.default_rng(cell.seed)
    truth = scene(cell.frames, rng)
    snippets = snippets_of(cell, truth, rng)
    begin = time.perf_counter()
    depth = oracle(snippets, truth)
    result = {"oracle": {"error": error(depth, truth), "seconds": time.perf_counter() - begin}}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        np.savez(folder / "clip.npz", **{f"dilation{d}": maps for d, maps in snippets.items()})
        for aligner, quality in SOLVERS:
            depth, report = align(program, folder, ["--aligner", aligner, "--quality", quality])
            result[f"{aligner} {quality}"] = {
                "error": error(depth, truth), "seconds": report["seconds"],
                "rounds": report.get("rounds", report.get("steps"))}
        for merge in MERGES:
            depth, _ = align(program, folder, ["--merge", merge])
            result[f"merge {merge}"] = {"error": error(depth, truth)}
    return result


def table(factor: str, cells: list[dict]) -> str:
    """A markdown table: one line per value, one column per solver, errors times 1000."""
    names = [name for name in cells[0]["result"] if not name.startswith("merge")]
    lines = [f"**{factor}** (error x 1000)", "",
             "| " + factor + " | " + " | ".join(name.replace("_", " ") for name in names) + " |",
             "|---" * (len(names) + 1) + "|"]
    for cell in cells:
        errors = [f"{1000 * cell['result'][name]['error']:.2f}" for name in names]
        lines.append("| " + cell["value"] + " | " + " | ".join(errors) + " |")
    return "\n".join(lines)


def merge_table(study: dict) -> str:
    """Errors of the merges after the same fit, irls balanced."""
    lines = ["**Merges** after `irls balanced` (error x 1000)", "",
             "| cell | oracle, mean | " + " | ".join(MERGES) + " |", "|---" * 5 + "|"]
    for factor in ("outliers: patches", "outliers: snippets", "noise"):
        for cell in study[factor]:
            errors = [cell["result"]["oracle"]["error"]]
            errors += [cell["result"][f"merge {merge}"]["error"] for merge in MERGES]
            lines.append(f"| {factor} {cell['value']} | "
                         + " | ".join(f"{1000 * value:.2f}" for value in errors) + " |")
    return "\n".join(lines)


def time_table(study: dict) -> str:
    """Seconds of every solver by the number of frames."""
    names = ["oracle"] + [f"{aligner} {quality}" for aligner, quality in SOLVERS]
    lines = ["**Seconds** of the fit, one thread, one run (the oracle in NumPy, with its merge)", "",
             "| frames | " + " | ".join(name.replace("_", " ") for name in names) + " |",
             "|---" * (len(names) + 1) + "|"]
    for cell in study["frames"]:
        times = [f"{cell['result'][name]['seconds']:.3f}" for name in names]
        lines.append("| " + cell["value"] + " | " + " | ".join(times) + " |")
    return "\n".join(lines)


def plot(study: dict, picture: Path) -> None:
    """One panel per factor, and the seconds."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(2, 4, figsize=(17, 8))
    shown = ["oracle", "irls fast", "irls balanced", "irls quality", "adam fast", "adam balanced",
             "adam paper"]
    colours = ["#888888", "#8ecae6", "#219ebc", "#023047", "#ffb703", "#fb8500", "#d00000"]
    for axis, (factor, cells) in zip(axes.flat, study.items()):
        values = [cell["value"] for cell in cells]
        for name, colour in zip(shown, colours):
            axis.plot(values, [cell["result"][name]["error"] for cell in cells], label=name,
                      color=colour, marker="o", markersize=3,
                      linestyle="--" if name == "oracle" else "-")
        axis.set(title=factor, yscale="log", ylabel="mean absolute error")
        axis.grid(alpha=0.3)
    axis = axes.flat[6]
    frames = [cell["value"] for cell in study["frames"]]
    for name, colour in list(zip(shown, colours))[1:]:
        axis.plot(frames, [cell["result"][name]["seconds"] for cell in study["frames"]],
                  color=colour, marker="o", markersize=3)
    axis.set(title="seconds by frames", yscale="log")
    axis.grid(alpha=0.3)
    handles, labels = axes.flat[0].get_legend_handles_labels()
    axes.flat[7].axis("off")
    axes.flat[7].legend(handles, labels, loc="center")
    figure.tight_layout()
    figure.savefig(picture, dpi=80)


def goals(study: dict) -> str:
    """What was aimed at, checked over all cells."""
    cells = [(factor, cell["value"], {name: r["error"] for name, r in cell["result"].items()})
             for factor, cells in study.items() for cell in cells]
    clean = [(e["irls balanced"] / e["oracle"], f"{factor} {value}") for factor, value, e in cells
             if not (factor.startswith("outliers") and value != "0%") and e["oracle"] > 1e-5]
    tenth = [f"{e['irls balanced'] / e['oracle']:.2f} ({factor})" for factor, value, e in cells
             if value == "10%"]
    worse = [f"{factor} {value}, {quality}" for factor, value, e in cells for quality in IRLS
             if e[f"irls {quality}"] > e[f"adam {quality}"] + 1e-5]
    worst = max(clean)
    return "\n".join([
        "**Goals**", "",
        f"- `irls balanced` against the oracle, no outliers (goal: at most 1.03): at worst "
        f"{worst[0]:.3f}, at {worst[1]}.",
        f"- `irls balanced` against the oracle's plain mean, 10 % outliers (goal: below 1): "
        f"{', '.join(tenth)}.",
        f"- Cells where irls is worse than adam at the same quality (goal: none): "
        f"{'; '.join(worse) or 'none'}."])


def rewrite(document: Path, study: dict) -> None:
    """Puts the tables between the markers of the page."""
    text = document.read_text()
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    tables = [table(factor, cells) for factor, cells in study.items()]
    tables = [goals(study)] + tables + [merge_table(study), time_table(study)]
    document.write_text(before + BEGIN + "\n" + "\n\n".join(tables) + "\n" + END + after)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--program", type=Path, default=ROOT / "build/release/bin/rollingdepth")
    parser.add_argument("--json", type=Path, help="keep the figures here, and go on from them")
    parser.add_argument("--document", type=Path, default=ROOT / "docs/alignment.md")
    parser.add_argument("--picture", type=Path, default=ROOT / "docs/images/alignment.png")
    arguments = parser.parse_args()
    known = {}
    if arguments.json and arguments.json.exists():
        known = json.loads(arguments.json.read_text())
    study = {}
    for factor, cells in FACTORS.items():
        study[factor] = []
        for cell in cells:
            key = str(cell)
            if key not in known:
                known[key] = measure(arguments.program, cell)
                if arguments.json:
                    arguments.json.write_text(json.dumps(known, indent=1))
                balanced, truth = known[key]["irls balanced"]["error"], known[key]["oracle"]["error"]
                print(f"{factor} {value_of(factor, cell)}: irls balanced {balanced:.5f}, "
                      f"oracle {truth:.5f}", flush=True)
            study[factor].append({"value": value_of(factor, cell), "result": known[key]})
    plot(study, arguments.picture)
    rewrite(arguments.document, study)
    return 0


if __name__ == "__main__":
    sys.exit(main())
