"""Writes a package of GemDepth, and compares it with the eager networks."""

from ..check import compare_networks, random_numbers
from ..package import description
from ..video_depth_anything import package as video_depth_anything
from .geometry import SPECIALS

KIND = "gemdepth"
LICENSE = "unknown; treat as non-commercial"
NOTICE = "the licence of GemDepth's weights is unknown; treat them as non-commercial"

# As in the original, whatever the rest does: the camera, and in float16 the whole head. In bfloat16
# of the head the temporal modules, which make most of its error at a third of its arithmetic, and
# the last layers (docs/models.md).
FLOAT32_IN = {"camera": ["bf16", "fp16"],
              **{name: ["fp16"] for name in ("levels", "level4", "decoder")},
              "temporal": ["bf16", "fp16"], "output": ["bf16", "fp16"]}

# Cells of a picture and frames: sides that halve evenly and sides that do not.
CASES = ((4, 6, 2), (3, 7, 1), (5, 3, 32))


def describe(networks, labels, files):
    """model.json."""
    sizes = networks.sizes
    own = {
        "values": "relative inverse depth",
        "preferred_res": labels["preferred_res"] or video_depth_anything.PREFERRED_RES,
        "window_frames": sizes.frames,
        "embed": sizes.embed,
        "features": sizes.features,
        "level_channels": sizes.out_channels[2:],
    }
    labels = {**labels, "license": LICENSE if labels["license"] is None else labels["license"],
              "notice": NOTICE if labels["notice"] is None else labels["notice"],
              "float32_in": video_depth_anything.float32_in(networks, FLOAT32_IN, labels)}
    return description(KIND, networks, labels, own, files)


def arguments_of(network, sizes, dtype):
    """Arguments of every case: (words for it, arguments)."""
    if network in ("temporal", "decoder", "output"):
        yield from video_depth_anything.arguments_of(network, sizes, dtype)
        return
    width = sizes.embed
    for h, w, frames in CASES:
        cells = h * w
        where = f"{14 * w}x{14 * h}, {frames} frames"

        def numbers(per_frame):
            return random_numbers([frames, per_frame], dtype)

        if network == "encoder":
            yield where, (random_numbers([frames, 3, 14 * h, 14 * w], dtype),)
        elif network == "frame_block":
            for first in (0, 1):
                yield f"{where}, first {first}", (numbers(cells * width), h, w, first)
        elif network == "global_block":
            yield where, (numbers((cells + SPECIALS) * width), h, w)
        elif network == "camera":
            yield where, (numbers(2 * width),)
        elif network == "astt":
            for pose in (0, 1):
                yield f"{where}, pose {pose}", (numbers((cells + 1) * width), h, w, pose)
        elif network == "levels":
            yield where, (numbers(3 * cells * width), h, w)
        elif network == "level4":
            yield where, (numbers(cells * width), h, w)


def compare(folder, networks, report=print):
    """check.compare_networks() of such a package."""
    return compare_networks(
        folder, networks.by_name,
        lambda name: arguments_of(name, networks.sizes, networks.dtype), networks.dtype, report)
