"""Reads a .pth of GemDepth into our modules."""

import torch

from ..layers import on_meta
from ..state_file import Reader, pair, read_state
from ..video_depth_anything.checkpoint import (UNUSED as UNUSED_OF_HEAD, project, read_decoder,
                                               read_output, read_temporal, skips, transformer)
from .astt import Astt, index_embedding
from .camera import Camera
from .geometry import FrameBlock, GlobalBlock
from .head import Encoder, Level4, Levels
from .sizes import sizes_of

CAN_BE_METRIC = False  # No variant gives metres.
MARKS = ("camera_token", "register_token", "camera_head.", "frame_blocks.", "global_blocks.",
         "spatial_blocks.", "time_blocks.")
_TEMPORAL = tuple(f"head.motion_modules.{i}.temporal_transformer.{name}"
                  for i in range(4) for name in ("layer_norm.", "fusion_gate1."))
UNUSED = (*UNUSED_OF_HEAD, *_TEMPORAL, "head.proj.", "frame_blocks.1.", "global_blocks.1.",
          "pos_encoder.pe")


def is_gemdepth(state):
    """Whether any weight is one that only GemDepth has."""
    return any(key.startswith(MARKS) for key in state)


def _scaled_layer(reader, ours, theirs, scale):
    """A ScaledLinear."""
    return {**pair(reader, ours, theirs), f"{ours}.gamma": reader.take(f"{scale}.gamma")}


def _rotary(reader, ours, theirs, normalised):
    """A RotaryBlock or NormalisedRotaryBlock."""
    weight, bias = (reader.take(f"{theirs}.attn.qkv.{name}") for name in ("weight", "bias"))
    width = weight.shape[1]
    found = {f"{ours}.query.weight": weight[:width], f"{ours}.query.bias": bias[:width],
             f"{ours}.key_value.weight": weight[width:], f"{ours}.key_value.bias": bias[width:],
             **_branches(reader, ours, theirs, scaled=normalised)}
    if normalised:
        for name in ("q_norm", "k_norm"):
            found.update(pair(reader, f"{ours}.{name}", f"{theirs}.attn.{name}"))
    return found


def _branches(reader, ours, theirs, scaled):
    found = {}
    for name in ("norm1", "norm2"):
        found.update(pair(reader, f"{ours}.{name}", f"{theirs}.{name}"))
    found.update(pair(reader, f"{ours}.fc1", f"{theirs}.mlp.fc1"))
    for name, layer, scale in (("proj", "attn.proj", "ls1"), ("fc2", "mlp.fc2", "ls2")):
        layer = (f"{ours}.{name}", f"{theirs}.{layer}")
        found.update(_scaled_layer(reader, *layer, f"{theirs}.{scale}") if scaled
                     else pair(reader, *layer))
    return found


def _block(reader, ours, theirs, scaled):
    """A Block or ScaledBlock."""
    return {**pair(reader, f"{ours}.qkv", f"{theirs}.attn.qkv"),
            **_branches(reader, ours, theirs, scaled)}


def _frame_block(reader, sizes):
    special = torch.cat([reader.take("camera_token"), reader.take("register_token")], dim=2)
    found = {"special": special.squeeze(0), **_rotary(reader, "block", "frame_blocks.0", True)}
    return reader.fill(on_meta(lambda: FrameBlock(sizes)), found)


def _camera(reader, sizes):
    head = "camera_head."
    found = {"empty_pose": reader.take(head + "empty_pose_tokens").flatten(0, -2),
             **pair(reader, "modulation", head + "poseLN_modulation.1")}
    for name in ("token_norm", "embed_pose", "trunk_norm"):
        found.update(pair(reader, name, head + name))
    for name in ("fc1", "fc2"):
        found.update(pair(reader, name, f"{head}pose_branch.{name}"))
    for i in range(sizes.camera_depth):
        found.update(_block(reader, f"trunk.{i}", f"{head}trunk.{i}", scaled=True))
    for ours, theirs in (("rotation", "cam_rot_encoder"), ("translation", "cam_trans_encoder"),
                         ("scale", "cam_trans_scale_encoder")):
        layers = ("0.0.0.0", "0.0.1", "0.1", "1")
        for number, layer in enumerate(layers, start=1):
            found.update(pair(reader, f"features.{ours}.fc{number}", f"{theirs}.encoder.{layer}"))
        found.update(pair(reader, f"features.{ours}.norm", f"{theirs}.norm_layer"))
    return reader.fill(on_meta(lambda: Camera(sizes)), found)


def _features_of_still_camera(reader, camera):
    """float32 [C], of a pose that is masked."""
    return reader.run("camera", "features", camera.features,
                      torch.tensor([[0.0, 0.0, 0.0, 1.0]]), torch.zeros(1, 3)).flatten()


def _astt(reader, sizes, still):
    found = {"still": still, "index": index_embedding(sizes.frames, sizes.embed),
             **pair(reader, "norm", "dec_norm")}
    for i in (0, 1):
        found.update(_rotary(reader, f"spatial{i}.block", f"spatial_blocks.{i}", False))
        found.update(_block(reader, f"time{i}.block", f"time_blocks.{i}", scaled=False))
    # float32 whatever the weights are: a network that is converted to float32 has them whole.
    return reader.fill(on_meta(lambda: Astt(sizes)), found, exact=("still", "index"))


def _levels(reader, sizes):
    found = skips(reader)
    for i in range(3):
        found.update(project(reader, f"project{i + 1}", i))
    return reader.fill(on_meta(lambda: Levels(sizes)), found)


def _level4(reader, sizes):
    found = {**project(reader, "project", 3), **pair(reader, "shrink", "head.resize_layers.3")}
    return reader.fill(on_meta(lambda: Level4(sizes)), found)


class Networks:
    """The networks of a checkpoint, eager, with all that model.json needs to know."""

    def __init__(self, path, dtype=None, given=None, state=None, reader_of=Reader):
        """`dtype` None makes weights float16; `state` None reads the file. @throws ExportError."""
        state = read_state(path) if state is None else state
        self.sizes = sizes_of(path, state, given or {})
        self.dtype = dtype or torch.float16
        reader, sizes = reader_of(path, state, self.dtype, UNUSED), self.sizes
        camera = _camera(reader, sizes)
        self.by_name = {
            "encoder": reader.fill(on_meta(lambda: Encoder(sizes)),
                                   transformer(reader, sizes, _scaled_layer)),
            "frame_block": _frame_block(reader, sizes),
            "global_block": reader.fill(on_meta(lambda: GlobalBlock(sizes)),
                                        _rotary(reader, "block", "global_blocks.0", True)),
            "camera": camera,
            "astt": _astt(reader, sizes, _features_of_still_camera(reader, camera)),
            "levels": _levels(reader, sizes),
            "level4": _level4(reader, sizes),
            "temporal": read_temporal(reader, sizes),
            "decoder": read_decoder(reader, sizes),
            "output": read_output(reader, sizes),
        }
        reader.finish()
