"""Is the package in this repository what the export writes now? Exit code 0 yes, 1 no.

python -m rollingdepth_export.compare_packages MADE COMMITTED
"""

import json
import sys
from pathlib import Path

import torch

from .check import TOLERANCE, inputs_of, load_network, relative_difference
from .config import ExportError
from .package import NETWORKS

# Another version may write another archive for the same network.
PINNED_TORCH = "2.11.0"


def description(folder):
    """model.json without sizes and hashes."""
    try:
        model = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError) as error:
        raise ExportError(f"{folder / 'model.json'}: {error}") from None
    return {key: value for key, value in model.items() if key != "files"}


@torch.inference_mode()
def largest_difference(made, committed, network, model):
    """Over the inputs of export_model.py --check."""
    dtype = getattr(torch, model["dtype"])
    ours, theirs = load_network(made, network), load_network(committed, network)
    return max(relative_difference(ours(*arguments), theirs(*arguments)) for _, arguments in
               inputs_of(network, model["latent_channels"], model["snippet_lengths"], dtype))


def compare(made, committed):
    """@throws ExportError naming the first file that differs."""
    model = description(made)
    if description(committed) != model:
        raise ExportError(f"{committed / 'model.json'}: not what the export writes now")
    for network in NETWORKS:
        path = committed / f"{network}.ts"
        if not path.is_file():
            raise ExportError(f"{path}: no such file")
        if path.read_bytes() == (made / path.name).read_bytes():
            print(f"{path}: same bytes")
            continue
        difference = largest_difference(made, committed, network, model)
        within = difference <= TOLERANCE[getattr(torch, model["dtype"])]
        if torch.__version__.split("+")[0] == PINNED_TORCH or not within:
            raise ExportError(f"{path}: not what the export writes now; outputs differ by "
                              f"{difference:.2e} of the largest value")
        print(f"{path}: other bytes, as torch {torch.__version__} may write; outputs differ by "
              f"{difference:.2e} of the largest value")


if __name__ == "__main__":
    try:
        compare(Path(sys.argv[1]), Path(sys.argv[2]))
    except ExportError as problem:
        sys.exit(f"compare_packages: {problem}")
