"""Reads a .pth of Video-Depth-Anything into our modules."""

import json
import math
import re
from dataclasses import dataclass
from typing import List

import torch

from ..config import ExportError
from ..layers import on_meta
from ..state_file import Reader, pair, read_state, shape_of
from .decoder import Decoder, Output
from .encoder import Encoder
from .temporal import Temporal

TAPS = {12: [2, 5, 8, 11], 24: [4, 11, 17, 23]}
HEAD_WIDTH = 64
HEADS_OVER_TIME = 8
GROUPS = 32
UNUSED = ("pretrained.mask_token", "head.scratch.refinenet4.resConfUnit1.")
CAN_BE_METRIC = True
MARKS = ("pretrained.pos_embed",
         "head.motion_modules.0.temporal_transformer.proj_in.weight")


@dataclass
class Sizes:
    """What the shapes of the weights tell, and what a file of sizes may have to add."""

    embed: int
    depth: int
    heads: int
    taps: List[int]
    grid: int  # Cells of the stored positions along a side.
    hidden: int
    features: int
    half_features: int
    output_hidden: int
    out_channels: List[int]
    temporal_hidden: List[int]
    frames: int  # That temporal attention has positions for.


def check_kind(path, state):
    """@throws ExportError where the weights are no Video-Depth-Anything's."""
    missing = [key for key in MARKS if key not in state]
    if missing:
        hint = ""
        if "pretrained.pos_embed" in state:
            hint = "; this looks like an image model of Depth Anything, which knows no video"
        raise ExportError(f"{path}: not a checkpoint of Video-Depth-Anything: it has no "
                          f"{missing[0]}{hint}")


def sizes_of(path, state, given):
    """@param given what read_sizes() returned, or {}. @throws ExportError naming what is odd."""
    def shape(key, dims):
        return shape_of(path, state, key, dims)

    positions = shape("pretrained.pos_embed", 3)
    embed, grid = positions[2], math.isqrt(positions[1] - 1)
    if grid * grid != positions[1] - 1:
        raise ExportError(f"{path}: pretrained.pos_embed holds {positions[1] - 1} cells, which is "
                          "no square")
    blocks = {int(match[1]) for match in (re.match(r"pretrained\.blocks\.(\d+)\.", key)
                                          for key in state) if match}
    depth = len(blocks)
    if blocks != set(range(depth)):
        raise ExportError(f"{path}: the blocks of pretrained.blocks are not numbered without gaps")
    if embed % HEAD_WIDTH and "num_heads" not in given:
        raise ExportError(f"{path}: how many heads share the width of {embed} is known of "
                          f"multiples of {HEAD_WIDTH} only; give num_heads in a file with --sizes")
    heads = given.get("num_heads", embed // HEAD_WIDTH)
    if type(heads) is not int or heads < 1 or embed % heads:
        raise ExportError(f"the sizes: num_heads = {heads!r} does not divide the width {embed}")
    prefix = "head.motion_modules.{}.temporal_transformer.transformer_blocks.0."
    sizes = Sizes(
        embed=embed, depth=depth, heads=heads,
        taps=given.get("taps", TAPS.get(depth)), grid=grid,
        hidden=shape("pretrained.blocks.0.mlp.fc1.weight", 2)[0],
        features=shape("head.scratch.layer1_rn.weight", 4)[0],
        half_features=shape("head.scratch.output_conv1.weight", 4)[0],
        output_hidden=shape("head.scratch.output_conv2.0.weight", 4)[0],
        out_channels=[shape(f"head.projects.{i}.weight", 4)[0] for i in range(4)],
        temporal_hidden=[shape(prefix.format(i) + "ff.net.2.weight", 2)[1] for i in range(4)],
        frames=shape(prefix.format(0) + "attention_blocks.0.pos_encoder.pe", 3)[1])
    _check(path, sizes, given)
    return sizes


def _check(path, sizes, given):
    taps = sizes.taps
    if taps is None:
        raise ExportError(f"{path}: has {sizes.depth} blocks, and which of them are used is known "
                          "of 12 and 24 only; name them in a file with --sizes")
    well_formed = isinstance(taps, list) and len(taps) == 4 and all(
        type(tap) is int and 0 <= tap < sizes.depth for tap in taps)
    if not well_formed or sorted(set(taps)) != taps:
        raise ExportError(f"the sizes: taps = {taps!r} are not four blocks of 0 to "
                          f"{sizes.depth - 1} in order")
    if sizes.frames != 32:
        raise ExportError(f"{path}: has positions for {sizes.frames} frames; 32 are known")
    for channels in [*sizes.out_channels[2:], sizes.features]:
        if channels % GROUPS or channels % HEADS_OVER_TIME:
            raise ExportError(f"{path}: {channels} channels cannot be cut into {GROUPS} groups")
    known = {"embed_dim": sizes.embed, "depth": sizes.depth, "patch": 14,
             "features": sizes.features, "out_channels": sizes.out_channels,
             "num_frames": sizes.frames, "pe": "ape", "num_heads": sizes.heads, "taps": taps}
    for key, value in given.items():
        if key not in known:
            raise ExportError(f"the sizes: {key} is unknown, and it may change what the network "
                              "computes")
        if value != known[key]:
            raise ExportError(f"the sizes: {key} = {json.dumps(value)}, and the weights are made "
                              f"for {json.dumps(known[key])}")


def enlarging(reader, ours, theirs):
    """A transposed convolution [in, out, f, f] as a linear layer of f f out rows."""
    weight, bias = reader.take(f"{theirs}.weight"), reader.take(f"{theirs}.bias")
    cells = weight.shape[2] * weight.shape[3]
    return {f"{ours}.linear.weight": weight.permute(2, 3, 1, 0).flatten(0, 2),
            f"{ours}.linear.bias": bias.repeat(cells)}


def unit(reader, ours, theirs):
    return {**pair(reader, f"{ours}.conv1", f"{theirs}.conv1"),
            **pair(reader, f"{ours}.conv2", f"{theirs}.conv2")}


def fusion(reader, ours, theirs):
    return {**unit(reader, f"{ours}.unit", f"{theirs}.resConfUnit2"),
            **pair(reader, f"{ours}.out_conv", f"{theirs}.out_conv")}


def scaled_pair(reader, ours, theirs, scale):
    """A layer with its outputs' scale folded in."""
    gamma = reader.take(f"{scale}.gamma")
    return {key: value * gamma.reshape([-1] + [1] * (value.dim() - 1))
            for key, value in pair(reader, ours, theirs).items()}


def transformer(reader, sizes, last_layer=scaled_pair):
    """The weights of a VisionTransformer; `last_layer` reads the last one of each branch."""
    found = {"cls_token": reader.take("pretrained.cls_token"),
             "pos_embed": reader.take("pretrained.pos_embed"),
             **pair(reader, "patch_embed", "pretrained.patch_embed.proj"),
             **pair(reader, "norm", "pretrained.norm")}
    first = 0
    for stage, tap in enumerate(sizes.taps):
        for place, block in enumerate(range(first, tap + 1)):
            ours, theirs = f"stages.{stage}.{place}", f"pretrained.blocks.{block}"
            for name in ("norm1", "norm2"):
                found.update(pair(reader, f"{ours}.{name}", f"{theirs}.{name}"))
            found.update(pair(reader, f"{ours}.qkv", f"{theirs}.attn.qkv"))
            found.update(pair(reader, f"{ours}.fc1", f"{theirs}.mlp.fc1"))
            for name, layer, scale in (("proj", "attn.proj", "ls1"), ("fc2", "mlp.fc2", "ls2")):
                found.update(last_layer(reader, f"{ours}.{name}", f"{theirs}.{layer}",
                                        f"{theirs}.{scale}"))
        first = tap + 1
    return found


def project(reader, ours, level):
    """A 1x1 convolution of a tap as a linear layer."""
    theirs = f"head.projects.{level}"
    return {f"{ours}.weight": reader.take(f"{theirs}.weight")[:, :, 0, 0],
            f"{ours}.bias": reader.take(f"{theirs}.bias")}


def skips(reader):
    """What comes behind the projections of levels 1 and 2."""
    found = {**enlarging(reader, "enlarge1", "head.resize_layers.0"),
             **enlarging(reader, "enlarge2", "head.resize_layers.1")}
    for i in (1, 2):
        found.update(pair(reader, f"layer{i}_rn", f"head.scratch.layer{i}_rn", bias=False))
        found.update(unit(reader, f"unit{i}", f"head.scratch.refinenet{i}.resConfUnit1"))
    return found


def _encoder(reader, sizes):
    found = transformer(reader, sizes)
    for i in range(4):
        found.update(project(reader, f"projects.{i}", i))
    found.update(skips(reader))
    found.update(pair(reader, "shrink4", "head.resize_layers.3"))
    return reader.fill(on_meta(lambda: Encoder(sizes)), found)


def _temporal_module(reader, number):
    ours = f"module{number}"
    theirs = f"head.motion_modules.{number}.temporal_transformer"
    block = f"{theirs}.transformer_blocks.0"
    found = {}
    for name in ("norm", "proj_in", "proj_out"):
        found.update(pair(reader, f"{ours}.{name}", f"{theirs}.{name}"))
    for i in (0, 1):
        attention = f"{block}.attention_blocks.{i}"
        found.update(pair(reader, f"{ours}.norm{i}", f"{block}.norms.{i}"))
        for name in ("to_q", "to_k", "to_v"):
            found.update(pair(reader, f"{ours}.attention{i}.{name}", f"{attention}.{name}",
                               bias=False))
        found.update(pair(reader, f"{ours}.attention{i}.to_out", f"{attention}.to_out.0"))
        found[f"{ours}.attention{i}.pe"] = reader.take(f"{attention}.pos_encoder.pe")
    found.update(pair(reader, f"{ours}.ff_norm", f"{block}.ff_norm"))
    found.update(pair(reader, f"{ours}.ff_in", f"{block}.ff.net.0.proj"))
    found.update(pair(reader, f"{ours}.ff_out", f"{block}.ff.net.2"))
    return found


def read_temporal(reader, sizes):
    found = {}
    for number in range(4):
        found.update(_temporal_module(reader, number))
    for i in (3, 4):
        found.update(pair(reader, f"layer{i}_rn", f"head.scratch.layer{i}_rn", bias=False))
        found.update(fusion(reader, f"refine{i}", f"head.scratch.refinenet{i}"))
    found.update(unit(reader, "skip3", "head.scratch.refinenet3.resConfUnit1"))
    return reader.fill(on_meta(lambda: Temporal(sizes)), found)


def read_decoder(reader, sizes):
    found = pair(reader, "output_conv1", "head.scratch.output_conv1")
    for i in (1, 2):
        found.update(fusion(reader, f"refine{i}", f"head.scratch.refinenet{i}"))
    return reader.fill(on_meta(lambda: Decoder(sizes)), found)


def read_output(reader, sizes):
    found = {**pair(reader, "conv1", "head.scratch.output_conv2.0"),
             **pair(reader, "conv2", "head.scratch.output_conv2.2")}
    return reader.fill(on_meta(lambda: Output(sizes)), found)


class Networks:
    """The four networks of a checkpoint, eager, with all that model.json needs to know."""

    def __init__(self, path, dtype=None, given=None, state=None, reader_of=Reader):
        """`dtype` None keeps float16 where all weights are that; `state` None reads the file.

        @throws ExportError.
        """
        state = read_state(path) if state is None else state
        check_kind(path, state)
        self.sizes = sizes_of(path, state, given or {})
        stored = {value.dtype for value in state.values()}
        self.dtype = dtype or (torch.float16 if stored == {torch.float16} else torch.float32)
        reader = reader_of(path, state, self.dtype, UNUSED)
        self.by_name = {"encoder": _encoder(reader, self.sizes),
                        "temporal": read_temporal(reader, self.sizes),
                        "decoder": read_decoder(reader, self.sizes),
                        "output": read_output(reader, self.sizes)}
        reader.finish()
