#!/usr/bin/env python3
"""Slow, not run by CI: exports a checkpoint of SD-2's size and reports memory and package size.

The weights are random, float16, the UNet's in two files. Needs about 5 GB of disk. Fails when the
export takes 10 GB of memory or more, or when the package is not of the expected size.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch

from fixtures import DATA, ROOT
from rollingdepth_export.published import (rolling_depth_shapes, write_configs_of,
                                           write_safetensors)
from rollingdepth_export.random_networks import random_weight

PEAK_LIMIT_GB = 10.0
PACKAGE_GB = (1.85, 2.0)

def write_sharded(folder, stem, shapes, values):
    keys = list(shapes)
    half = len(keys) // 2
    weight_map = {}
    for number, part in enumerate([keys[:half], keys[half:]], start=1):
        name = f"{stem}-0000{number}-of-00002.safetensors"
        write_safetensors(folder / name, {key: shapes[key] for key in part}, values)
        weight_map.update({key: name for key in part})
    index = {"metadata": {}, "weight_map": weight_map}
    (folder / f"{stem}.safetensors.index.json").write_text(json.dumps(index))


def write_checkpoint(folder):
    """Reference checkpoint a with the sizes of SD-2.

    @return the number of parameters of UNet, VAE and text encoder.
    """
    write_configs_of(DATA / "checkpoints" / "a", folder)
    generator = torch.Generator().manual_seed(0)

    def values(key, shape):
        return random_weight(key, shape, generator).half().numpy().tobytes()

    unet, both, text = rolling_depth_shapes(folder).values()
    write_sharded(folder / "unet", "diffusion_pytorch_model", unet, values)
    write_safetensors(folder / "vae" / "diffusion_pytorch_model.safetensors", both, values)
    write_safetensors(folder / "text_encoder" / "model.safetensors", text, values)
    return [sum(torch.Size(shape).numel() for shape in shapes.values())
            for shapes in (unet, both, text)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--dtype", choices=["fp32", "fp16"], help="handed to the export")
    parser.add_argument("--check", action="store_true", help="handed to the export (long)")
    options = parser.parse_args()
    handed = (["--dtype", options.dtype] if options.dtype else []) + ["--check"] * options.check
    with tempfile.TemporaryDirectory(prefix="rollingdepth-full-size-") as scratch:
        checkpoint, package = Path(scratch) / "checkpoint", Path(scratch) / "package"
        checkpoint.mkdir()
        counts = write_checkpoint(checkpoint)
        print("parameters: UNet {:.1f} M, VAE {:.1f} M, text encoder {:.1f} M".format(
            *(count / 1e6 for count in counts)), flush=True)
        start = time.monotonic()
        subprocess.run([sys.executable, str(ROOT / "scripts" / "export_model.py"),
                        str(checkpoint), str(package), *handed], check=True)
        seconds = time.monotonic() - start
        size_gb = sum(path.stat().st_size for path in package.iterdir()) / 1e9
        # In KiB on Linux, in bytes on macOS; pages of the mapped checkpoint count too.
        unit = 1 if sys.platform == "darwin" else 1024
        peak_gb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit / 1e9
        print(f"export: {seconds:.0f} s, peak memory {peak_gb:.2f} GB, package {size_gb:.2f} GB")
        expected = [bound * (2 if options.dtype == "fp32" else 1) for bound in PACKAGE_GB]
        if peak_gb >= PEAK_LIMIT_GB or not expected[0] <= size_gb <= expected[1]:
            sys.exit(f"full_size: expected less than {PEAK_LIMIT_GB} GB of memory and a package "
                     f"of {expected[0]} to {expected[1]} GB")


if __name__ == "__main__":
    main()
