#!/usr/bin/env python3
"""Measures depth that is computed frame by frame against that of an offline run of the same clips.

Rewrites the table of docs/live.md, "Causal against offline". Every clip should be one shot. A
setting's error is the mean distance to the offline depth after one scale and shift for the clip, in
per cent of that depth's range; its flicker the temporal change (docs/compare.md) over that of the
offline depth. Both are means over the clips, milliseconds a frame the median over them.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "live.md"
BEGIN, END = "<!-- causal begin -->", "<!-- causal end -->"
SETTINGS = [("frame", None, None)] + [
    ("snippet", dilations, length) for length in (2, 3)
    for dilations in ("1", "10", "1,10", "1,10,25")]


class StudyFailed(Exception):
    pass


def output_of(*words):
    done = subprocess.run([str(word) for word in words], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE)
    if done.returncode != 0:
        raise StudyFailed(f"{words[0]} ended with {done.returncode}: {done.stderr[-400:]}")
    return done.stdout


def offline_depth(arguments, clip, folder):
    output_of(arguments.program, "-i", clip, "-o", folder, "-c", arguments.model, "--res",
              arguments.res, "--scenes", "none", "--cmap", "", "--save-sbs", "false")
    return folder / f"{clip.stem}_pred.npy"


def measured(arguments, clip, offline, setting, folder):
    """Error in per cent of the range, flicker as a ratio, milliseconds and their CPU time."""
    mode, dilations, length = setting
    depth = folder / "causal.npy"
    words = [arguments.benchmark, f"--model={arguments.model}", f"--clip={clip}",
             f"--res={arguments.res}", f"--threads={arguments.threads}", f"--mode={mode}",
             f"--output={depth}"]
    if dilations:
        words += [f"--dilations={dilations}", f"--length={length}"]
    times = json.loads(output_of(*words))
    found = json.loads(output_of(arguments.program, "compare", offline, depth, "--align", "affine",
                                 "--json", "-"))
    clip_metrics = found["clip"]
    spread = found["reference"]["max"] - found["reference"]["min"]
    return (100 * clip_metrics["mae"] / spread,
            clip_metrics["temporal_change"] / clip_metrics["reference_temporal_change"],
            times["p50_ms"], times["cpu_ms"])


def table(rows, clips):
    names = " | ".join(clip.stem for clip in clips)
    lines = [f"| mode | dilations | length | error | {names} | flicker | ms | CPU ms |",
             "|---" * (7 + len(clips)) + "|"]
    for (mode, dilations, length), found in rows:
        errors, flickers, milliseconds, cpu = zip(*found)
        each = " | ".join(f"{error:.2f}" for error in errors)
        lines.append(f"| {mode} | {(dilations or '').replace(',', ' ')} | {length or ''} | "
                     f"{statistics.mean(errors):.2f} % | {each} | "
                     f"{statistics.mean(flickers):.2f} | {statistics.median(milliseconds):.0f} | "
                     f"{statistics.median(cpu):.0f} |")
    return "\n".join(lines)


def rewrite(text):
    page = PAGE.read_text()
    if BEGIN not in page or END not in page:
        raise StudyFailed(f"{PAGE} has no marks {BEGIN} and {END}")
    before, rest = page.split(BEGIN, 1)
    PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{rest.split(END, 1)[1]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    build = ROOT / "build" / "ci"
    parser.add_argument("clips", type=Path, nargs="*", default=[ROOT / "samples" / "cockatoo.mp4"])
    parser.add_argument("--program", type=Path, default=build / "bin" / "rollingdepth")
    parser.add_argument("--benchmark", type=Path, default=build / "benchmarks" / "causal_benchmark")
    parser.add_argument("--model", type=Path, default=ROOT / "models" / "default")
    parser.add_argument("--res", type=int, default=256)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--print", action="store_true", help="the table alone, on standard output")
    arguments = parser.parse_args()
    arguments.benchmark = arguments.benchmark.resolve()
    arguments.program = arguments.program.resolve()
    try:
        with tempfile.TemporaryDirectory(prefix="rollingdepth-causal-") as name:
            folder = Path(name)
            offline = {clip: offline_depth(arguments, clip, folder) for clip in arguments.clips}
            rows = [(setting, [measured(arguments, clip, offline[clip], setting, folder)
                               for clip in arguments.clips]) for setting in SETTINGS]
        text = table(rows, arguments.clips)
        print(text) if arguments.print else rewrite(text)
    except StudyFailed as error:
        print(f"causal_study: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
