#!/usr/bin/env python3
"""Writes the model package of a training run: folded, in half precision; see README.md."""

import argparse
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rollingdepth_export.config import ExportError  # noqa: E402
from rollingdepth_export.package import staged, write_package  # noqa: E402
from rollingdepth_train.layers import fold  # noqa: E402
from rollingdepth_train.model import DOWNSCALE, LATENT_CHANNELS, DepthModel  # noqa: E402
from rollingdepth_train.schedule import ALPHA_BAR, SCHEDULER  # noqa: E402

LIMIT_BYTES = 16_000_000


class Networks:
    """What write_package asks of a model."""

    latent_channels = LATENT_CHANNELS
    downscale = DOWNSCALE
    latent_scale = 1.0  # The training keeps the latents' deviation near 1.
    scheduler = SCHEDULER
    dtype = torch.float16

    def __init__(self, checkpoint: Path):
        model = DepthModel(ALPHA_BAR.clone())
        model.load_state_dict(torch.load(checkpoint, weights_only=True, map_location="cpu")["ema"])
        model.eval().requires_grad_(False)
        fold(model.encoder)
        model = model.to(self.dtype)
        self.by_name = {"encoder": model.encoder, "unet": model.unet, "decoder": model.decoder}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split(";")[0])
    parser.add_argument("checkpoint", type=Path, help="last.pt of a training run")
    parser.add_argument("package", type=Path, help="folder to write, such as models/default")
    parser.add_argument("--preferred-res", type=int, default=384)
    parser.add_argument("--force", action="store_true", help="replace an existing package")
    arguments = parser.parse_args()
    labels = {
        "name": "default",
        "notice": "",
        "source": "scripts/train: procedural scenes; encoder started from EfficientNet-Lite0",
        "license": "Apache-2.0",
        "preferred_res": arguments.preferred_res,
        # Weights of the folded backbone rounded to bfloat16 alone move depth by 0.7 % of its range.
        "float32_networks": ["encoder"],
    }
    try:
        networks = Networks(arguments.checkpoint)
        with staged(arguments.package, arguments.force, keeps=["README.md"]) as folder:
            write_package(networks, folder, labels)
            size = sum(file.stat().st_size for file in folder.iterdir())
            if size > LIMIT_BYTES:
                raise ExportError(f"{folder}: {size} bytes, more than {LIMIT_BYTES}")
    except ExportError as error:
        print(f"package_default: {error}", file=sys.stderr)
        return 1
    print(f"{arguments.package}: {size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
