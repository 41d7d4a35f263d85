#!/usr/bin/env python3
"""Slow, not run by CI: exports a checkpoint of GemDepth's size and reports memory and package size.

The weights are random, float32. Needs about 5 GB of disk. Fails when the checkpoint has not as many
weights as the published one, when the export takes 6 GB of memory or more, or when the package is
not of the expected size.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch

from fixtures import ROOT
from rollingdepth_export.published import GEMDEPTH, gemdepth
from rollingdepth_export.random_networks import random_weight

PEAK_LIMIT_GB = 6.0
PACKAGE_GB = (1.34, 1.37)
PUBLISHED = (767, 710_980_691)  # Weights, and the numbers in them.


def unused(shapes):
    """Shapes of what the published file holds beside what is used."""
    width, features = GEMDEPTH.embed, GEMDEPTH.features
    found = {"pretrained.mask_token": [1, width], "pos_encoder.pe": [1, GEMDEPTH.frames, width]}
    for key, shape in shapes.items():
        for blocks in ("frame_blocks", "global_blocks"):
            if key.startswith(f"{blocks}.0."):
                found[key.replace(".0.", ".1.", 1)] = shape
    for i, channels in enumerate(GEMDEPTH.out_channels):
        found[f"head.proj.{i}.weight"] = [channels, width]
        found[f"head.proj.{i}.bias"] = [channels]
    for i, channels in enumerate([*GEMDEPTH.out_channels[2:], features, features]):
        prefix = f"head.motion_modules.{i}.temporal_transformer"
        found.update({f"{prefix}.layer_norm.weight": [channels],
                      f"{prefix}.layer_norm.bias": [channels],
                      f"{prefix}.fusion_gate1.0.weight": [channels, 2 * channels],
                      f"{prefix}.fusion_gate1.0.bias": [channels]})
    for conv in ("conv1", "conv2"):
        prefix = f"head.scratch.refinenet4.resConfUnit1.{conv}"
        found[f"{prefix}.weight"] = [features, features, 3, 3]
        found[f"{prefix}.bias"] = [features]
    return found


def write_checkpoint(path):
    """@return the numbers of weights and of numbers in them."""
    shapes = {key: list(value.shape) for key, value in gemdepth().items()}
    shapes.update(unused(shapes))
    generator = torch.Generator().manual_seed(0)
    state = {key: random_weight(key, shape, generator) for key, shape in shapes.items()}
    torch.save(state, path)
    return len(state), sum(value.numel() for value in state.values())


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--keep", metavar="FOLDER", type=Path,
                        help="leave gemdepth.pth and package/ in this new folder")
    parser.add_argument("--check", action="store_true", help="handed to the export (long)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rollingdepth-full-size-") as scratch:
        folder = options.keep or Path(scratch)
        if options.keep:
            folder.mkdir(parents=True)
        checkpoint, package = folder / "gemdepth.pth", folder / "package"
        counts = write_checkpoint(checkpoint)
        print("{} weights, {} numbers".format(*counts), flush=True)
        if counts != PUBLISHED:
            sys.exit("gemdepth_full_size: the published file has {} and {}".format(*PUBLISHED))
        start = time.monotonic()
        subprocess.run([sys.executable, str(ROOT / "scripts" / "export_model.py"),
                        str(checkpoint), str(package), *["--check"] * options.check], check=True)
        seconds = time.monotonic() - start
        size_gb = sum(path.stat().st_size for path in package.iterdir()) / 1e9
        # In KiB on Linux, in bytes on macOS.
        unit = 1 if sys.platform == "darwin" else 1024
        peak_gb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit / 1e9
        print(f"export: {seconds:.0f} s, peak memory {peak_gb:.2f} GB, package {size_gb:.2f} GB")
        if peak_gb >= PEAK_LIMIT_GB or not PACKAGE_GB[0] <= size_gb <= PACKAGE_GB[1]:
            sys.exit(f"gemdepth_full_size: expected less than {PEAK_LIMIT_GB} GB of memory and a "
                     f"package of {PACKAGE_GB[0]} to {PACKAGE_GB[1]} GB")


if __name__ == "__main__":
    main()
