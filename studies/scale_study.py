#!/usr/bin/env python3
"""Measures what a clip costs that is divided among machines, and computes what can be gained.

Rewrites the table of docs/scale.md. One machine measures everything, with nothing else running: a
plain run, the plan, a share at the front and one in the middle, and the merge, of the sample clip,
repeated. The rest is arithmetic: see modelled(). Needs ffmpeg.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "scale.md"
BEGIN, END = "<!-- figures begin -->", "<!-- figures end -->"
RATE = 25
CLIP_FRAMES = 10 * 60 * RATE
MACHINES = (1, 2, 4, 8, 16, 64)
HALO_FRAMES = 2 * 25  # Snippets of three frames, 25 apart, as preset fast has them.


@dataclass
class Costs:
    """Seconds."""

    read: float     # Of a frame that plan reads.
    start: float    # Of a process that works, before its first batch.
    encode: float   # Of a frame, by the networks.
    snippets: float  # Of the snippets that begin with a frame, by the networks.
    merge: float    # Of a frame: alignment, merge and the array.
    outputs: float  # Of a frame: the videos on top.


def timed(*words):
    began = time.perf_counter()
    done = subprocess.run([str(word) for word in words], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE)
    if done.returncode != 0:
        raise SystemExit(f"{words[1]} ended with {done.returncode}: {done.stderr[-400:]}")
    return time.perf_counter() - began


def repeated_sample(frames, folder):
    clip = folder / "clip.mp4"
    timed("ffmpeg", "-v", "error", "-y", "-stream_loop", "-1", "-i",
          ROOT / "samples" / "cockatoo.mp4", "-frames:v", frames, "-r", RATE, "-c:v", "libx264",
          "-preset", "veryfast", "-crf", "20", "-g", "50", clip)
    return clip


def stages_of(folder):
    report = json.loads((folder / "clip_report.json").read_text())
    stages = {entry["stage"]: entry["seconds"] for entry in report["stages"]}
    return stages, report["seconds"]


def measure(program, frames, folder):
    """Costs, and seconds of the plain run and of one that was divided in two."""
    clip = repeated_sample(frames, folder)
    plain = folder / "plain"
    plain_seconds = timed(program, "-i", clip, "-o", plain)
    stages, _ = stages_of(plain)
    shared = folder / "shared"
    plan_seconds = timed(program, "plan", "-i", clip, "-o", shared)
    job = shared / "clip.job"
    shares = [timed(program, "work", job, "--shard", f"{part}/2") for part in (1, 2)]
    status = json.loads(subprocess.run([str(program), "status", str(job), "--json"], check=True,
                                       stdout=subprocess.PIPE, text=True).stdout)
    idle = [timed(program, "work", job, "--shard", "1/1000") for _ in range(3)]
    merge_seconds = timed(program, "merge", job)
    merged, _ = stages_of(shared)
    for name in ("clip_pred.npy", "clip_rgbd.mp4"):
        if (plain / name).read_bytes() != (shared / name).read_bytes():
            raise SystemExit(f"{name} is not that of the plain run")
    assert status["complete"]
    arrays = folder / "arrays"
    timed(program, "-i", clip, "-o", arrays, "--cmap", "", "--no-save-sbs")
    array_write = stages_of(arrays)[0]["write"]
    fuse = merged["align"] + merged["merge"] + array_write
    costs = Costs(read=plan_seconds / frames,
                  start=statistics.median(idle),
                  encode=stages["encode"] / frames,
                  snippets=stages["snippets"] / frames,
                  merge=fuse / frames,
                  outputs=max(0.0, merged["write"] - array_write) / frames)
    print(f"plain {plain_seconds:.1f} s, plan {plan_seconds:.1f}, shares {shares[0]:.1f} and "
          f"{shares[1]:.1f}, merge {merge_seconds:.1f}\n{costs}", file=sys.stderr)
    return costs


def modelled(costs, machines, slower=1.0, videos=True):
    """Seconds of a clip of ten minutes. `slower` networks take so many times as long."""
    tail = costs.merge + (costs.outputs if videos else 0)
    if machines == 1:
        frame = slower * (costs.encode + costs.snippets) + tail
        return costs.start + CLIP_FRAMES * frame
    part = CLIP_FRAMES / machines
    share = costs.start + slower * (costs.encode * (part + HALO_FRAMES) + costs.snippets * part)
    return costs.read * CLIP_FRAMES + share + costs.start + CLIP_FRAMES * tail


def table(costs):
    rows = ["| machines | default model | without videos | networks 100 times as slow |",
            "|---|---|---|---|"]
    for machines in MACHINES:
        cells = []
        for slower, videos in ((1, True), (1, False), (100, True)):
            alone = modelled(costs, 1, slower, videos)
            seconds = modelled(costs, machines, slower, videos)
            times = alone / seconds
            gained = "" if machines == 1 else f", {times:.1f} times as fast ({times / machines:.0%})"
            cells.append((f"{seconds / 60:.1f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h")
                         + gained)
        rows.append(f"| {machines} | " + " | ".join(cells) + " |")
    return "\n".join(rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", type=Path, default=ROOT / "build/release/bin/rollingdepth")
    parser.add_argument("--frames", type=int, default=1500, help="of the clip that is measured")
    parser.add_argument("--print", action="store_true", help="print the table, leave the page")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        costs = measure(arguments.program.resolve(), arguments.frames, Path(folder))
    milliseconds = {name: 1000 * value for name, value in vars(costs).items()}
    text = (f"Measured on one machine of two cores with {arguments.frames:,} frames of 640x360, "
            f"default model at 320x180, milliseconds a frame: plan "
            f"{milliseconds['read']:.2f}, encode {milliseconds['encode']:.1f}, snippets "
            f"{milliseconds['snippets']:.1f}, alignment, merge and array "
            f"{milliseconds['merge']:.2f}, videos {milliseconds['outputs']:.2f}; and "
            f"{costs.start:.1f} s for a process that works to start.\n\n" + table(costs))
    if arguments.print:
        print(text)
        return
    page = PAGE.read_text()
    before, rest = page.split(BEGIN)
    PAGE.write_text(before + BEGIN + "\n" + text + "\n" + END + rest.split(END)[1])


if __name__ == "__main__":
    main()
