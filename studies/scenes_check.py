#!/usr/bin/env python3
"""Compares where `rollingdepth scenes` cuts with PySceneDetect, frame by frame; see docs/scenes.md.

Needs ffmpeg and the wheels scenedetect and opencv-python-headless. For every clip, and for --joined
random joins of parts of them, the cuts of both are listed:

  published  ours without what PySceneDetect's adaptive detector does not do: no fades, flashes cut
  default    ours as it is

Both read the same pictures with --pictures: PNG files made of the clip; else each decodes by itself.
Joins know where they were made: how many of these were found is told too. Exit status 1 where the
published settings differ.
"""

import argparse
import csv
import random
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import scenedetect
from scenedetect import AdaptiveDetector, SceneManager, open_video

THRESHOLD, WINDOW, LEAST_CONTENT, LEAST_SECONDS = 3.5, 3, 15.0, 0.6
PUBLISHED = ["--threshold", str(THRESHOLD), "--window", str(WINDOW), "--least-content",
             str(LEAST_CONTENT), "--least-seconds", str(LEAST_SECONDS), "--fade-luma", "0",
             "--flash-frames", "0"]
# Both may find a join a frame early or late, as is usual in benchmarks of cuts.
TOLERANCE = 1


@dataclass
class Clip:
    name: str
    file: Path
    joins: list = field(default_factory=list)  # Frames at which parts begin, where that is known.


class CountingDetector(AdaptiveDetector):
    """Tells cuts by the number of the frame: the wheel makes one of its time, which is another where
    a clip does not begin at 0 or its rate varies."""

    def __init__(self):
        super().__init__(adaptive_threshold=THRESHOLD, window_width=WINDOW,
                         min_content_val=LEAST_CONTENT, min_scene_len=LEAST_SECONDS)
        self.frames, self.cuts, self.numbers = 0, [], {}

    def process_frame(self, timecode, frame_img):
        self.numbers[id(timecode)] = (self.frames, timecode)  # Kept, so that its id is its own.
        self.frames += 1
        cuts = super().process_frame(timecode, frame_img)
        self.cuts += [self.numbers[id(cut)][0] for cut in cuts]
        return cuts


def cuts_of_wheel(path, rate, backend):
    if rate:
        video = open_video(str(path), frame_rate=rate)
    else:
        video = open_video(str(path), backend=backend)
    manager, detector = SceneManager(), CountingDetector()
    manager.add_detector(detector)
    manager.detect_scenes(video)
    return detector.cuts, detector.frames


def cuts_of_program(program, path, rate, options):
    arguments = [program, "scenes", str(path), "--quiet", *options]
    if rate:
        arguments += ["--fps", str(rate)]
    text = subprocess.run(arguments, check=True, capture_output=True, text=True).stdout
    rows = list(csv.DictReader(text.splitlines()[1:]))
    return [int(row["Start Frame"]) - 1 for row in rows[1:]], int(rows[-1]["End Frame"])


def rate_of(file):
    text = subprocess.run(["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries",
                           "stream=r_frame_rate", "-of", "csv=p=0", str(file)],
                          check=True, capture_output=True, text=True).stdout
    return Fraction(text.strip().strip(",").splitlines()[0])


def frames_of(file):
    text = subprocess.run(["ffprobe", "-v", "error", "-select_streams", "v:0", "-count_frames",
                           "-show_entries", "stream=nb_read_frames", "-of", "csv=p=0", str(file)],
                          check=True, capture_output=True, text=True).stdout
    return int(text.strip().strip(","))


def run_ffmpeg(*arguments):
    subprocess.run(["ffmpeg", "-v", "error", "-y", *map(str, arguments)], check=True)


def as_pictures(clip, folder):
    """A folder of PNG pictures, its pattern, and the clip's rate as a whole number."""
    target = folder / (clip.name + "_pictures")
    target.mkdir()
    run_ffmpeg("-i", clip.file, "-map", "0:v:0", "-vsync", "0", target / "%06d.png")
    return target / "%06d.png", max(1, round(rate_of(clip.file)))


def join(clips, seed, folder, parts):
    """Parts of clips, 1 to 4 seconds each, at one size and rate, some turned or of other colours."""
    chance = random.Random(seed)
    width, height = chance.choice([(640, 360), (426, 240), (960, 540), (322, 576), (200, 150)])
    rate = chance.choice(["25", "30000/1001", "24", "50"])
    pieces, joins, frames = [], [], 0
    for part in range(parts):
        source = chance.choice(clips)
        seconds = chance.uniform(1, 4)
        piece = folder / f"join{seed}_{part}.mkv"
        look = chance.choice(["null", "hflip", "eq=brightness=-0.1", "hue=h=60", "null", "null"])
        run_ffmpeg("-stream_loop", -1, "-i", source.file, "-t", f"{seconds:.3f}", "-an", "-vf",
                   f"scale={width}:{height},setsar=1,fps={rate},{look},format=yuv420p",
                   "-c:v", "ffv1", "-threads", 1, piece)
        if part > 0:
            joins.append(frames)
        frames += frames_of(piece)
        pieces.append(piece)
    listing = folder / f"join{seed}.txt"
    listing.write_text("".join(f"file '{piece}'\n" for piece in pieces))
    file = folder / f"join{seed}.mp4"
    run_ffmpeg("-r", rate, "-f", "concat", "-safe", 0, "-i", listing, "-c:v", "libx264", "-crf", 20,
               "-preset", "ultrafast", "-r", rate, file)
    for piece in pieces:
        piece.unlink()
    return Clip(f"join{seed} {width}x{height} {rate}/s", file, joins)


def described(cuts, reference):
    """"12, the same", or what differs."""
    more, fewer = sorted(set(cuts) - set(reference)), sorted(set(reference) - set(cuts))
    if not more and not fewer:
        return f"{len(cuts)}, the same"
    return f"{len(cuts)}" + (f", more: {more}" if more else "") + (f", fewer: {fewer}" if fewer
                                                                   else "")


def found(joins, cuts):
    return sum(any(abs(cut - join) <= TOLERANCE for cut in cuts) for join in joins)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", nargs="+", type=Path)
    parser.add_argument("--program", default="build/release/bin/rollingdepth")
    parser.add_argument("--joined", type=int, default=0, metavar="N", help="so many random joins")
    parser.add_argument("--parts", type=int, default=8, help="of each join [8]")
    parser.add_argument("--seed", type=int, default=0, help="of the first join [0]")
    parser.add_argument("--backend", default="opencv", help="the wheel's decoder, or pyav")
    parser.add_argument("--pictures", action="store_true", help="both read the same PNG pictures")
    options = parser.parse_args()

    print(f"scenedetect {scenedetect.__version__}, "
          f"OpenCV {__import__('cv2').__version__}")
    differ, totals = 0, {"wheel": 0, "joins": 0, "wheel found": 0, "default found": 0, "default": 0}
    with tempfile.TemporaryDirectory(prefix="scenes_check_") as name:
        folder = Path(name)
        clips = [Clip(file.name, file.resolve()) for file in options.clips]
        parts = list(clips)
        clips += [join(parts, options.seed + i, folder, options.parts)
                  for i in range(options.joined)]
        for clip in clips:
            path, rate = clip.file, None
            if options.pictures:
                path, rate = as_pictures(clip, folder)
            wheel, wheel_frames = cuts_of_wheel(path, rate, options.backend)
            published, frames = cuts_of_program(options.program, path, rate, PUBLISHED)
            default, _ = cuts_of_program(options.program, path, rate, [])
            line = (f"{clip.name}: {frames} frames; wheel {len(wheel)} cuts; published "
                    f"{described(published, wheel)}; default {described(default, wheel)}")
            if frames != wheel_frames:
                line += f"; the wheel read {wheel_frames} frames"
            if clip.joins:
                line += (f"; of {len(clip.joins)} joins the wheel found {found(clip.joins, wheel)}, "
                         f"default {found(clip.joins, default)}")
            print(line, flush=True)
            differ += published != wheel
            totals["wheel"] += len(wheel)
            totals["default"] += len(default)
            totals["joins"] += len(clip.joins)
            totals["wheel found"] += found(clip.joins, wheel)
            totals["default found"] += found(clip.joins, default)
    print(f"{len(clips)} clips, {differ} differ with the published settings; {totals}")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
