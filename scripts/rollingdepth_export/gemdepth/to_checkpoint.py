"""Turns the networks of GemDepth back into a checkpoint that exports to them."""

import torch

from ..check import load_network
from ..video_depth_anything.to_checkpoint import (decoder, output, prefixed, project, skips,
                                                  temporal, transformer)

NETWORKS = ("encoder", "frame_block", "global_block", "camera", "astt", "levels", "level4",
            "temporal", "decoder", "output")
TAPS = (2, 5, 8, 11)
_LAYERS = (("norm1", "norm1"), ("norm2", "norm2"), ("qkv", "attn.qkv"), ("q_norm", "attn.q_norm"),
           ("k_norm", "attn.k_norm"), ("proj", "attn.proj"), ("fc1", "mlp.fc1"),
           ("fc2", "mlp.fc2"))


def _block(state, ours, theirs):
    found = {}
    for mine, other in _LAYERS:
        found.update(prefixed(state, f"{ours}.{mine}", f"{theirs}.{other}"))
    for name in ("weight", "bias"):
        if f"{ours}.query.{name}" in state:
            found[f"{theirs}.attn.qkv.{name}"] = torch.cat([state[f"{ours}.query.{name}"],
                                                            state[f"{ours}.key_value.{name}"]])
    for layer, scale in (("proj", "ls1"), ("fc2", "ls2")):
        if f"{ours}.{layer}.gamma" in state:
            found[f"{theirs}.{scale}.gamma"] = state[f"{ours}.{layer}.gamma"]
    return found


def _frame_block(state):
    special = state["special"][None]
    return {"camera_token": special[:, :, :1], "register_token": special[:, :, 1:],
            **_block(state, "block", "frame_blocks.0")}


def _camera(state):
    found = {"camera_head.empty_pose_tokens": state["empty_pose"][None],
             **prefixed(state, "modulation", "camera_head.poseLN_modulation.1")}
    for name in ("token_norm", "embed_pose", "trunk_norm"):
        found.update(prefixed(state, name, f"camera_head.{name}"))
    for name in ("fc1", "fc2"):
        found.update(prefixed(state, name, f"camera_head.pose_branch.{name}"))
    depth = len({key.split(".")[1] for key in state if key.startswith("trunk.")})
    for i in range(depth):
        found.update(_block(state, f"trunk.{i}", f"camera_head.trunk.{i}"))
    for ours, theirs in (("rotation", "cam_rot_encoder"), ("translation", "cam_trans_encoder"),
                         ("scale", "cam_trans_scale_encoder")):
        for number, layer in enumerate(("0.0.0.0", "0.0.1", "0.1", "1"), start=1):
            found.update(prefixed(state, f"features.{ours}.fc{number}",
                                  f"{theirs}.encoder.{layer}"))
        found.update(prefixed(state, f"features.{ours}.norm", f"{theirs}.norm_layer"))
    return found


def _astt(state):
    found = prefixed(state, "norm", "dec_norm")
    for i in (0, 1):
        found.update(_block(state, f"spatial{i}.block", f"spatial_blocks.{i}"))
        found.update(_block(state, f"time{i}.block", f"time_blocks.{i}"))
    return found


def checkpoint_of(states, taps=TAPS):
    """The state dict. @param states those of the ten networks, by their names."""
    found = {**transformer(states["encoder"], taps), **_frame_block(states["frame_block"]),
             **_block(states["global_block"], "block", "global_blocks.0"),
             **_camera(states["camera"]), **_astt(states["astt"]), **skips(states["levels"]),
             **project(states["level4"], "project", 3),
             **prefixed(states["level4"], "shrink", "head.resize_layers.3"),
             **temporal(states["temporal"]), **decoder(states["decoder"]),
             **output(states["output"])}
    for i in range(3):
        found.update(project(states["levels"], f"project{i + 1}", i))
    return {key: value.detach().clone() for key, value in found.items()}


def states_of(package):
    """The weights of a package, by network."""
    return {name: load_network(package, name).state_dict() for name in NETWORKS}
