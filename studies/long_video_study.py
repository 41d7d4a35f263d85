#!/usr/bin/env python3
"""Measures memory, disk and time against the length of a clip, and the seams between chunks.

Rewrites the tables and the plot of docs/long-video.md. Memory is the largest resident size that the
program reports, disk the largest size of its spool. Clips are the sample clip, repeated; a chunked
run is compared with one of the whole clip, so a real clip of some hundred frames is given with
--clip for that. Needs numpy and matplotlib (scripts/train/requirements.txt) and ffmpeg.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "long-video.md"
PLOT = ROOT / "docs" / "images" / "long_video.png"
SIZE = (384, 216)
BASELINE_BYTES_PER_FRAME = 50e3  # What a frame may cost in memory.


class StudyFailed(Exception):
    pass


def run(command):
    """Runs a command quietly. @throws StudyFailed with its last words where it fails."""
    done = subprocess.run([str(word) for word in command], stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise StudyFailed(f"{command[0]} ended with {done.returncode}: {done.stderr[-400:]}")


def depth_of(program, clip, folder, options):
    """Runs the program. @return its report and the path of its array."""
    run([program, "-i", clip, "-o", folder, "--overwrite", "--no-save-sbs", "--cmap", "",
         *options])
    report = json.loads((folder / f"{clip.stem}_report.json").read_text())
    return report, folder / f"{clip.stem}_pred.npy"


def repeated_sample(frames, folder):
    """The sample clip, repeated to `frames` frames of SIZE."""
    clip = folder / f"frames{frames}.mp4"
    run(["ffmpeg", "-v", "error", "-y", "-stream_loop", "-1", "-i",
         ROOT / "samples" / "cockatoo.mp4", "-vf", f"scale={SIZE[0]}:{SIZE[1]}", "-frames:v",
         frames, "-c:v", "libx264", "-preset", "veryfast", "-crf", "20", clip])
    return clip


def measure_lengths(program, counts, options, folder):
    """One row per number of frames."""
    rows = []
    for frames in counts:
        clip = repeated_sample(frames, folder)
        report, depth = depth_of(program, clip, folder, ["--res", str(SIZE[0]), *options])
        if np.load(depth, mmap_mode="r").shape != (frames, SIZE[1], SIZE[0]):
            raise StudyFailed(f"{depth} does not hold {frames} frames")
        rows.append({"frames": frames, "memory": report["peak_memory_bytes"],
                     "spool": report["spool_bytes"], "seconds": report["seconds"]})
        depth.unlink()
        clip.unlink()
        print(rows[-1], flush=True)
    return rows


def fitted(values, truth):
    """`values` with the scale and shift that bring them closest to `truth`."""
    scale, shift = np.polyfit(*(np.float64(array.ravel()[::7]) for array in (values, truth)), 1)
    return scale * values + shift


def measure_chunks(program, clip, divisions, options, folder):
    """One row per division: a clip in chunks against the same clip in one piece."""
    report, path = depth_of(program, clip, folder, options)
    whole = np.load(path)
    span = whole.max() - whole.min()
    steps = np.abs(np.diff(whole, axis=0)).mean((1, 2)) / span
    rows = []
    for chunks, overlap in divisions:
        # chunks * length - (chunks - 1) * overlap frames cover the clip.
        length = -(-(len(whole) + (chunks - 1) * overlap) // chunks)
        if 2 * overlap > length:  # More than the program takes.
            continue
        report, path = depth_of(program, clip, folder,
                                [*options, "--chunk-frames", str(length), "--chunk-overlap",
                                 str(overlap)])
        joined = fitted(np.load(path), whole)
        made = report["chunks"]
        inside = [first["first_frame"] + first["frames"] - second["first_frame"]
                  for first, second in zip(made, made[1:])]
        seams = [frame for chunk, shared in zip(made[1:], inside)
                 for frame in range(chunk["first_frame"] - 1, chunk["first_frame"] + shared)]
        step = np.abs(np.diff(joined, axis=0)).mean((1, 2)) / span
        excess = (step - steps)[[frame for frame in seams if 0 <= frame < len(step)]]
        rows.append({"chunks": len(made), "length": length, "overlap": overlap,
                     "difference": float(np.abs(joined - whole).mean() / span),
                     "largest": float(np.abs(joined - whole).mean((1, 2)).max() / span),
                     "step": float(steps.mean()), "seam": float(excess.max()),
                     "spool": report["spool_bytes"]})
        print(rows[-1], flush=True)
    return {"clip": clip.name, "frames": len(whole), "rows": rows}


def lengths_table(rows):
    first = rows[0]
    lines = ["| frames | peak memory | allowed | spool | spool per frame | seconds per frame |",
             "|---|---|---|---|---|---|"]
    for row in rows:
        allowed = 1.1 * first["memory"] + BASELINE_BYTES_PER_FRAME * (row["frames"] -
                                                                      first["frames"])
        lines.append(f"| {row['frames']:,} | {row['memory'] / 1e6:.0f} MB | "
                     f"{allowed / 1e6:.0f} MB | {row['spool'] / 1e9:.2f} GB | "
                     f"{row['spool'] / row['frames'] / 1e6:.2f} MB | "
                     f"{row['seconds'] / row['frames']:.3f} |")
    return "\n".join(lines)


def chunks_table(study):
    lines = [f"`{study['clip']}`, {study['frames']} frames:", "",
             "| chunks | frames each | shared | mean difference | worst frame | "
             "step between frames | largest extra step at a seam | spool |",
             "|---|---|---|---|---|---|---|---|"]
    for row in study["rows"]:
        lines.append(f"| {row['chunks']} | {row['length']} | {row['overlap']} | "
                     f"{row['difference']:.2%} | {row['largest']:.2%} | {row['step']:.2%} | "
                     f"{row['seam']:+.2%} | {row['spool'] / 1e6:.0f} MB |")
    return "\n".join(lines)


def draw(rows):
    import matplotlib
    matplotlib.use("Agg")
    from matplotlib import pyplot
    frames = [row["frames"] for row in rows]
    figure, panels = pyplot.subplots(1, 3, figsize=(12, 3.6), constrained_layout=True)
    for panel, values, title in (
            (panels[0], [row["memory"] / 1e6 for row in rows], "peak memory, MB"),
            (panels[1], [row["spool"] / 1e9 for row in rows], "spool, GB"),
            (panels[2], [row["seconds"] / 60 for row in rows], "time, minutes")):
        panel.plot(frames, values, "o-", color="#1f4e79")
        panel.set_ylim(0, 1.25 * max(values))
        panel.set_xlabel("frames")
        panel.set_title(title)
        panel.grid(alpha=0.3)
    figure.savefig(PLOT, dpi=90)


def rewrite(section, text):
    """Replaces what stands between the marks of a section of the page."""
    begin, end = f"<!-- {section} begin -->", f"<!-- {section} end -->"
    page = PAGE.read_text()
    if begin not in page or end not in page:
        raise StudyFailed(f"{PAGE} has no marks {begin} and {end}")
    before, rest = page.split(begin, 1)
    PAGE.write_text(f"{before}{begin}\n\n{text}\n\n{end}{rest.split(end, 1)[1]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--program", type=Path,
                        default=ROOT / "build" / "release" / "bin" / "rollingdepth")
    parser.add_argument("--counts", type=int, nargs="*", default=[300, 1000, 3000, 10000])
    parser.add_argument("--clip", type=Path, action="append", default=[],
                        help="a real clip to cut into chunks; repeatable")
    parser.add_argument("--options", nargs=argparse.REMAINDER, default=[],
                        help="further options of rollingdepth, last on the line")
    arguments = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory(prefix="rollingdepth-long-") as name:
            folder = Path(name)
            if arguments.counts:
                rows = measure_lengths(arguments.program, arguments.counts, arguments.options,
                                       folder)
                rewrite("lengths", lengths_table(rows))
                draw(rows)
            studies = [measure_chunks(arguments.program, clip, [(2, 25), (10, 10), (10, 25)],
                                      arguments.options, folder) for clip in arguments.clip]
            if studies:
                rewrite("chunks", "\n\n".join(chunks_table(study) for study in studies))
    except StudyFailed as error:
        print(f"long_video_study: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
