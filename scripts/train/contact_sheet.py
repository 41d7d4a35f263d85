#!/usr/bin/env python3
"""Lays frames of side-by-side videos (`*_rgbd.mp4`) out as one picture; see README.md."""

import argparse
from pathlib import Path

import cv2
import numpy as np


def frames_of(video: Path, count: int, width_px: int) -> np.ndarray:
    """`count` frames spread over the video, below each other, scaled to `width_px`."""
    capture = cv2.VideoCapture(str(video))
    frames = []
    while True:
        there, frame = capture.read()
        if not there:
            break
        frames.append(frame)
    if not frames:
        raise SystemExit(f"contact_sheet: {video}: no frames")
    chosen = [frames[round(i * (len(frames) - 1) / max(count - 1, 1))] for i in range(count)]
    height_px = round(width_px * frames[0].shape[0] / frames[0].shape[1])
    return np.concatenate([cv2.resize(f, (width_px, height_px), interpolation=cv2.INTER_AREA)
                           for f in chosen])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split(";")[0])
    parser.add_argument("videos", type=Path, nargs="+")
    parser.add_argument("-o", "--output", type=Path, required=True, help="PNG or JPEG to write")
    parser.add_argument("--frames", type=int, default=3, help="frames of each video")
    parser.add_argument("--columns", type=int, default=2)
    parser.add_argument("--width", type=int, default=480, help="width of a frame, pixels")
    arguments = parser.parse_args()
    sheets = [frames_of(video, arguments.frames, arguments.width) for video in arguments.videos]
    rows = []
    for first in range(0, len(sheets), arguments.columns):
        row = sheets[first : first + arguments.columns]
        row += [np.zeros((1, arguments.width, 3), np.uint8)] * (arguments.columns - len(row))
        tallest = max(len(sheet) for sheet in row)
        rows.append(np.concatenate([cv2.copyMakeBorder(sheet, 2, tallest - len(sheet) + 2, 2, 2,
                                                       cv2.BORDER_CONSTANT) for sheet in row], 1))
    cv2.imwrite(str(arguments.output), np.concatenate(rows))


if __name__ == "__main__":
    main()
