"""Compares a written package with the eager networks that it was made from."""

import hashlib
import json
from pathlib import Path

import torch

from .config import ExportError
from .package import NETWORKS, describe_file, quiet_torchscript
from .unet import MAX_VIEWS

# Relative to the largest eager value. Both sides run the same operations on the same weights, so
# only the order of sums can differ: some last digits of the dtype (float16 has three).
TOLERANCE = {torch.float32: 1e-5, torch.float16: 1e-2}

# Height, width in pixels. 6x9 and 4x54 cells: sides that halve evenly and sides that do not.
SIZES = ((48, 72), (32, 432))
BATCHES = (1, 2)
TIMESTEP = 999


def load_network(folder, name):
    """The scripted network of a package."""
    with quiet_torchscript():
        return torch.jit.load(str(Path(folder) / f"{name}.ts"), map_location="cpu")


def verify_files(folder):
    """Compares every file with its size and hash in model.json."""
    folder = Path(folder)
    model = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    for name, expected in model["files"].items():
        if describe_file(folder / name) != expected:
            raise ExportError(f"{folder / name}: differs from its hash in model.json")


def inputs_of(network, channels, snippet_lengths, dtype):
    """Every combination of size, batch and (for the UNet) L: (words for it, arguments)."""
    for height, width in SIZES:
        for batch in BATCHES:
            where = f"{width}x{height}, batch {batch}"
            if network == "encoder":
                yield where, (random_numbers([batch, 3, height, width], dtype).clamp(-1, 1),)
            elif network == "decoder":
                yield where, (random_numbers([batch, channels, height // 8, width // 8], dtype),)
            else:
                for views in snippet_lengths:
                    shape = [batch * views, 2 * channels, height // 8, width // 8]
                    yield f"{where}, L {views}", (random_numbers(shape, dtype), TIMESTEP, views)


def random_numbers(shape, dtype):
    """The same numbers for the same shape, whatever was drawn before."""
    seed = int.from_bytes(hashlib.sha256(str(shape).encode()).digest()[:4], "big")
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed)).to(dtype)


def relative_difference(value, expected):
    """The largest difference, relative to the largest expected value."""
    if value.shape != expected.shape:
        raise ExportError(f"shape {list(value.shape)} where {list(expected.shape)} is expected")
    scale = expected.float().abs().max().item()
    difference = (value.float() - expected.float()).abs().max().item() / max(scale, 1e-12)
    return difference if difference == difference else float("inf")


@torch.inference_mode()
def compare_networks(folder, eager_by_name, inputs_by_name, dtype, report=print):
    """Runs both sides on all inputs: of each network, (words for it, arguments).

    @return True when every difference is within TOLERANCE.
    """
    verify_files(folder)
    tolerance = TOLERANCE[dtype]
    largest = 0.0
    for name, eager in eager_by_name.items():
        exported = load_network(folder, name)
        worst, worst_where = -1.0, ""
        for where, arguments in inputs_by_name(name):
            difference = relative_difference(exported(*arguments), eager(*arguments))
            if difference > worst:
                worst, worst_where = difference, where
        report(f"{name}: largest relative difference {worst:.2e} ({worst_where})")
        largest = max(largest, worst)
    verdict = "within" if largest <= tolerance else "OUT OF"
    report(f"largest difference {largest:.2e}, {verdict} tolerance {tolerance:.0e}")
    return largest <= tolerance


def compare(folder, networks, report=print):
    """compare_networks() of a RollingDepth package."""
    return compare_networks(
        folder, {name: getattr(networks, name) for name in NETWORKS},
        lambda name: inputs_of(name, networks.latent_channels, range(1, MAX_VIEWS + 1),
                               networks.dtype), networks.dtype, report)
