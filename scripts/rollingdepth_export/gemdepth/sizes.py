"""The sizes of a GemDepth network, from the shapes of its weights and what is known beside them."""

import json
from dataclasses import dataclass, fields
from typing import List

from ..config import ExportError
from ..state_file import shape_of
from ..video_depth_anything import checkpoint as video_depth_anything
from ..video_depth_anything.checkpoint import Sizes

# Published in one size. Its numbers of heads cannot be read from the shapes.
EMBED = 1024
HEADS = {"spatial_heads": 32, "time_heads": 128, "camera_heads": 16}


@dataclass
class GemSizes(Sizes):
    """Those of Video-Depth-Anything, and of what stands between its encoder and its head."""

    gem_heads: int
    gem_hidden: int
    spatial_heads: int
    time_heads: int
    astt_hidden: int
    camera_heads: int
    camera_depth: int
    camera_hidden: int
    pose_hidden: int
    pose_widths: List[int]


def sizes_of(path, state, given):
    """@param given what read_sizes() returned, or {}. @throws ExportError naming what is odd."""
    def shape(key, dims):
        return shape_of(path, state, key, dims)

    embed = shape("pretrained.pos_embed", 3)[2]
    if not given and embed != EMBED:
        raise ExportError(f"{path}: GemDepth is known with a width of {EMBED} only (ViT-L), and "
                          f"these weights have {embed}; give the sizes in a file with --sizes")
    if embed == EMBED:
        heads = {key: given.get(key, number) for key, number in HEADS.items()}
    else:
        heads = {key: _given(given, key) for key in HEADS}
    head_width = shape("frame_blocks.0.attn.q_norm.weight", 1)[0]
    if embed % head_width:
        raise ExportError(f"{path}: heads of width {head_width} in frame_blocks.0 do not divide "
                          f"the width {embed}")
    trunk = [key for key in state if key.startswith("camera_head.trunk.")]
    encoder = "cam_rot_encoder.encoder."
    found = {
        **heads,
        "gem_heads": embed // head_width,
        "gem_hidden": shape("frame_blocks.0.mlp.fc1.weight", 2)[0],
        "astt_hidden": shape("spatial_blocks.0.mlp.fc1.weight", 2)[0],
        "camera_depth": len({key.split(".")[2] for key in trunk}),
        "camera_hidden": shape("camera_head.trunk.0.mlp.fc1.weight", 2)[0],
        "pose_hidden": shape("camera_head.pose_branch.fc1.weight", 2)[0],
        "pose_widths": [shape(f"{encoder}{layer}.weight", 2)[0]
                        for layer in ("0.0.0.0", "0.0.1", "0.1")],
    }
    own = ("gem_heads", "pose_widths", *HEADS)
    for key in own:
        if key in given and given[key] != found[key]:
            raise ExportError(f"the sizes: {key} = {json.dumps(given[key])}, and the weights are "
                              f"made for {json.dumps(found[key])}")
    _check(embed, found)
    shared = {"num_heads" if key == "encoder_heads" else key: value
              for key, value in given.items() if key not in own}
    base = video_depth_anything.sizes_of(path, state, shared)
    return GemSizes(**{field.name: getattr(base, field.name) for field in fields(base)}, **found)


def _given(given, key):
    if key not in given:
        raise ExportError(f"the sizes: {key} is missing, and the shapes do not tell it")
    return given[key]


def _check(embed, found):
    """Heads share the width; those with places in the picture need four parts of equal width."""
    for key, width, parts in (("gem_heads", embed, 4), ("spatial_heads", embed, 4),
                              ("time_heads", embed, 1), ("camera_heads", 2 * embed, 1)):
        heads = found[key]
        if type(heads) is not int or heads < 1 or width % heads or width // heads % parts:
            raise ExportError(f"the sizes: {key} = {json.dumps(heads)} does not divide the width "
                              f"{width} into heads" + (" of a multiple of 4" if parts > 1 else ""))
