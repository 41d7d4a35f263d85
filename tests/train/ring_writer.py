#!/usr/bin/env python3
"""Stands in for render_scenes in tests: fills a ring with tilted planes, in the renderer's format.

Takes the same options; --pause is the seconds between two scenes.
"""

import argparse
import json
import signal
import sys
import time
from pathlib import Path

import numpy as np

VIEWS = 3


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--assets")
    parser.add_argument("--output", type=Path)
    for name in ("--scenes", "--ring", "--seed", "--threads"):
        parser.add_argument(name, type=int)
    parser.add_argument("--pause", type=float, default=0.002)
    parser.add_argument("--width", type=int, default=80)
    parser.add_argument("--height", type=int, default=60)
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    width, height, slots = arguments.width, arguments.height, arguments.ring
    shape = (slots, VIEWS, height, width)
    rgb = np.memmap(arguments.output / "rgb.bin", np.uint8, "w+", shape=(*shape, 3))
    disparity = np.memmap(arguments.output / "disparity.bin", np.uint16, "w+", shape=shape)
    records = np.memmap(arguments.output / "scenes.bin", np.float32, "w+",
                        shape=(slots, 5 + 12 * VIEWS))
    layout = {"format": 2, "views": VIEWS, "width_px": width, "height_px": height}
    (arguments.output / "scenes.json").write_text(json.dumps(layout))
    rng = np.random.default_rng(arguments.seed)
    rows, columns = np.mgrid[0:1 : height * 1j, 0:1 : width * 1j]
    number = 0
    while arguments.scenes == 0 or number < arguments.scenes:
        slot = number % slots
        records[slot, 0] = 0
        number += 1
        plane = 0.1 + (rows * rng.uniform(0.2, 0.8) + columns * rng.uniform(0, 0.1)) * 0.9
        disparity[slot] = np.clip(plane * 65535, 0, 65535).astype(np.uint16)
        rgb[slot] = (plane * 255).astype(np.uint8)[..., None]
        records[slot, 1:5] = 0, 0, 1, width
        records[slot, 0] = number
        time.sleep(arguments.pause)


if __name__ == "__main__":
    main()
