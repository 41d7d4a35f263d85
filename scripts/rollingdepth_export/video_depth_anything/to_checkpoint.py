"""Turns a package of Video-Depth-Anything back into a checkpoint that exports to it.

The checkpoint of the recorded networks would take as much room again. What the export folds stays
folded: the scales of the branches are 1.
"""

import torch

from ..check import load_network

NETWORKS = ("encoder", "temporal", "decoder", "output")
TAPS = (2, 5, 8, 11)  # Of the tiny network.


def prefixed(state, ours, theirs, names=("weight", "bias")):
    return {f"{theirs}.{name}": state[f"{ours}.{name}"] for name in names
            if f"{ours}.{name}" in state}


def _enlarging(state, ours, theirs, factor):
    weight, bias = state[f"{ours}.linear.weight"], state[f"{ours}.linear.bias"]
    channels = weight.shape[1]
    return {f"{theirs}.weight": weight.reshape(factor, factor, channels, channels)
            .permute(3, 2, 0, 1).contiguous(),
            f"{theirs}.bias": bias[:channels].clone()}


def _unit(state, ours, theirs):
    return {**prefixed(state, f"{ours}.conv1", f"{theirs}.conv1"),
            **prefixed(state, f"{ours}.conv2", f"{theirs}.conv2")}


def _fusion(state, ours, theirs):
    return {**_unit(state, f"{ours}.unit", f"{theirs}.resConfUnit2"),
            **prefixed(state, f"{ours}.out_conv", f"{theirs}.out_conv")}


def transformer(state, taps):
    found = {"pretrained.cls_token": state["cls_token"],
             "pretrained.pos_embed": state["pos_embed"],
             **prefixed(state, "patch_embed", "pretrained.patch_embed.proj"),
             **prefixed(state, "norm", "pretrained.norm")}
    first = 0
    for stage, tap in enumerate(taps):
        for place, block in enumerate(range(first, tap + 1)):
            ours, theirs = f"stages.{stage}.{place}", f"pretrained.blocks.{block}"
            for mine, other in (("norm1", "norm1"), ("norm2", "norm2"), ("qkv", "attn.qkv"),
                                ("proj", "attn.proj"), ("fc1", "mlp.fc1"), ("fc2", "mlp.fc2")):
                found.update(prefixed(state, f"{ours}.{mine}", f"{theirs}.{other}"))
            for scale, layer in (("ls1", "proj"), ("ls2", "fc2")):
                one = torch.ones_like(state[f"{ours}.proj.bias"])
                found[f"{theirs}.{scale}.gamma"] = state.get(f"{ours}.{layer}.gamma", one)
        first = tap + 1
    return found


def project(state, ours, level):
    return {f"head.projects.{level}.weight": state[f"{ours}.weight"][:, :, None, None],
            f"head.projects.{level}.bias": state[f"{ours}.bias"]}


def skips(state):
    found = {**_enlarging(state, "enlarge1", "head.resize_layers.0", 4),
             **_enlarging(state, "enlarge2", "head.resize_layers.1", 2)}
    for i in (1, 2):
        found.update(prefixed(state, f"layer{i}_rn", f"head.scratch.layer{i}_rn"))
        found.update(_unit(state, f"unit{i}", f"head.scratch.refinenet{i}.resConfUnit1"))
    return found


def _encoder(state, taps):
    found = {**transformer(state, taps), **skips(state),
             **prefixed(state, "shrink4", "head.resize_layers.3")}
    for i in range(4):
        found.update(project(state, f"projects.{i}", i))
    return found


def temporal(state):
    found = {}
    for number in range(4):
        ours = f"module{number}"
        theirs = f"head.motion_modules.{number}.temporal_transformer"
        block = f"{theirs}.transformer_blocks.0"
        for mine, other in (("norm", f"{theirs}.norm"), ("proj_in", f"{theirs}.proj_in"),
                            ("proj_out", f"{theirs}.proj_out"), ("ff_norm", f"{block}.ff_norm"),
                            ("ff_in", f"{block}.ff.net.0.proj"), ("ff_out", f"{block}.ff.net.2")):
            found.update(prefixed(state, f"{ours}.{mine}", other))
        for i in (0, 1):
            attention = f"{block}.attention_blocks.{i}"
            found.update(prefixed(state, f"{ours}.norm{i}", f"{block}.norms.{i}"))
            for mine, other in (("to_q", "to_q"), ("to_k", "to_k"), ("to_v", "to_v"),
                                ("to_out", "to_out.0")):
                found.update(prefixed(state, f"{ours}.attention{i}.{mine}",
                                       f"{attention}.{other}"))
            found[f"{attention}.pos_encoder.pe"] = state[f"{ours}.attention{i}.pe"]
    for i in (3, 4):
        found.update(prefixed(state, f"layer{i}_rn", f"head.scratch.layer{i}_rn"))
        found.update(_fusion(state, f"refine{i}", f"head.scratch.refinenet{i}"))
    found.update(_unit(state, "skip3", "head.scratch.refinenet3.resConfUnit1"))
    return found


def decoder(state):
    found = prefixed(state, "output_conv1", "head.scratch.output_conv1")
    for i in (1, 2):
        found.update(_fusion(state, f"refine{i}", f"head.scratch.refinenet{i}"))
    return found


def output(state):
    return {**prefixed(state, "conv1", "head.scratch.output_conv2.0"),
            **prefixed(state, "conv2", "head.scratch.output_conv2.2")}


def checkpoint_of(states, taps=TAPS):
    """The state dict. @param states those of the four networks, by their names."""
    found = {**_encoder(states["encoder"], taps), **temporal(states["temporal"]),
             **decoder(states["decoder"]), **output(states["output"])}
    return {key: value.detach().clone() for key, value in found.items()}


def states_of(package):
    """The weights of a package, by network."""
    return {name: load_network(package, name).state_dict() for name in NETWORKS}
