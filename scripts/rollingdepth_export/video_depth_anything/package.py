"""Writes a package of Video-Depth-Anything, and compares it with the eager networks."""

from ..check import compare_networks, random_numbers
from ..package import description

KIND = "video-depth-anything"
PREFERRED_RES = 518  # Shortest edge in pixels, as trained.

# Cells of a picture, frames, frames of context: sides that halve evenly and sides that do not.
CASES = ((4, 6, 2, 0), (3, 7, 1, 31), (5, 3, 32, 0))


def describe(networks, labels, files, metric=False):
    """model.json."""
    sizes = networks.sizes
    own = {
        "values": "metres" if metric else "relative inverse depth",
        "preferred_res": labels["preferred_res"] or PREFERRED_RES,
        "window_frames": sizes.frames,
        "features": sizes.features,
        "level_channels": sizes.out_channels[2:],
    }
    # The last convolutions run in float32 in the original, whatever the rest does.
    labels = {**labels,
              "float32_in": float32_in(networks, {"output": ["bf16", "fp16"]}, labels)}
    return description(KIND, networks, labels, own, files)


def float32_in(networks, own, labels):
    """What the networks of a package do not bear: `own`, and what was asked for besides."""
    joined = {name: sorted({*own.get(name, []), *labels["float32_in"].get(name, [])})
              for name in networks.by_name}
    return {name: dtypes for name, dtypes in joined.items() if dtypes}


def arguments_of(network, sizes, dtype):
    """Arguments of every case: (words for it, arguments)."""
    features, half = sizes.features, sizes.half_features
    c3, c4 = sizes.out_channels[2:]
    for h, w, frames, context in CASES:
        cells, small = h * w, ((h + 1) // 2) * ((w + 1) // 2)
        where = f"{14 * w}x{14 * h}, {frames} frames"
        if network == "encoder":
            yield where, (random_numbers([frames, 3, 14 * h, 14 * w], dtype),)
        elif network == "temporal":
            state = 2 * (c3 * cells + c4 * small + 5 * features * cells)
            yield f"{where} after {context}", (
                random_numbers([frames, c3 * cells + c4 * small], dtype),
                random_numbers([context, state], dtype), h, w, int(context > 0))
        elif network == "decoder":
            yield where, (random_numbers([frames, 24 * features * cells], dtype), h, w)
        else:
            yield where, (random_numbers([frames, half, 8 * h, 8 * w], dtype), h, w)


def compare(folder, networks, report=print):
    """check.compare_networks() of such a package."""
    return compare_networks(
        folder, networks.by_name,
        lambda name: arguments_of(name, networks.sizes, networks.dtype), networks.dtype, report)
