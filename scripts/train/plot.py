#!/usr/bin/env python3
"""Draws a training log: losses of training and held-out scenes over steps; see README.md."""

import argparse
import json
import math
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

TERMS = {"shape": "training", "held_out_shape": "held out"}
EDGES = {"edges": "training", "held_out_edges": "held out"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split(";")[0])
    parser.add_argument("log", type=Path, help="log.jsonl of a training run")
    parser.add_argument("picture", type=Path, help="PNG to write")
    arguments = parser.parse_args()
    records = [json.loads(line) for line in arguments.log.read_text().splitlines()]
    steps = [record["step"] for record in records]
    figure, axes = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
    for axis, names, title in ((axes[0], TERMS, "L1 after scale and shift per snippet"),
                               (axes[1], EDGES, "L1 of the gradients, 4 scales")):
        for name, label in names.items():
            axis.plot(steps, [record.get(name, math.nan) for record in records], label=label)
        axis.set(xlabel="step", title=title, yscale="log")
        axis.grid(alpha=0.3, which="both")
        axis.legend()
    figure.savefig(arguments.picture, dpi=100)


if __name__ == "__main__":
    main()
