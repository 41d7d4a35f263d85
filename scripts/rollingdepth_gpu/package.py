"""Writes a model package of random networks, as the exporter writes that of a checkpoint."""

import argparse
from pathlib import Path

import torch
from rollingdepth_export import package

from .networks import random_networks


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path, help="folder to make")
    parser.add_argument("--small", action="store_true", help="not Stable Diffusion 2's sizes")
    parser.add_argument("--device", default="cuda", help="where the weights are drawn")
    options = parser.parse_args()
    networks = random_networks(options.small, torch.float16, options.device)
    for name in package.NETWORKS:
        setattr(networks, name, getattr(networks, name).cpu())
    labels = {"name": "random", "notice": "random weights, which do not see depth",
              "source": "gpu_check", "license": "not stated", "preferred_res": None}
    with package.staged(options.out, force=True) as stage:
        package.write_package(networks, stage, labels)
    size = sum(file.stat().st_size for file in options.out.iterdir())
    print(f"{size / 1e6:,.1f} MB")


if __name__ == "__main__":
    main()
