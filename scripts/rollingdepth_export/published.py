"""The networks that are published, by their sizes: what templates and random checkpoints need."""

import json
import shutil
from pathlib import Path

import torch

from . import vae
from .clip_text import ClipText, ClipTextConfig
from .gemdepth import astt, camera, geometry, head
from .gemdepth.sizes import GemSizes
from .gemdepth.to_checkpoint import checkpoint_of as gemdepth_checkpoint_of
from .layers import on_meta
from .random_networks import FULL_SIZE, write_configs
from .unet import UNet, UNetConfig
from .video_depth_anything import decoder, encoder, temporal
from .video_depth_anything.checkpoint import TAPS, Sizes
from .video_depth_anything.to_checkpoint import checkpoint_of as video_checkpoint_of

# Stable Diffusion 2, and RollingDepth, which was made from it.
CONFIGS = {
    **FULL_SIZE,
    "text_encoder/config.json": {"hidden_size": 1024, "intermediate_size": 4096,
                                 "num_hidden_layers": 23, "num_attention_heads": 16,
                                 "hidden_act": "gelu", "vocab_size": 49408},
}
GRID = 37  # Cells of the stored positions along a side, of all that stem from DINOv2.

# Width, depth, and channels of the head.
VIDEO_DEPTH_ANYTHING = {"small": (384, 12, 64, [48, 96, 192, 384]),
                        "base": (768, 12, 128, [96, 192, 384, 768]),
                        "large": (1024, 24, 256, [256, 512, 1024, 1024])}


def _shapes_of(*modules):
    return {key.replace(".attention.to_", ".to_"): list(tensor.shape)
            for module in modules for key, tensor in module.state_dict().items()
            if key != "empty_prompt"}


def write_configs_of(small, folder):
    """All files of a RollingDepth checkpoint but for the weights, from those of a small one."""
    for part in ["scheduler", "tokenizer"]:
        shutil.copytree(Path(small) / part, folder / part)
    write_configs(small, folder, CONFIGS)


def rolling_depth_shapes(folder):
    """Shapes by file of weights, of the config.json files in a folder."""
    vae_config = vae.VaeConfig(folder / "vae" / "config.json")
    unet_config = UNetConfig(folder / "unet" / "config.json")
    text_config = ClipTextConfig(folder / "text_encoder" / "config.json")
    return {
        "unet/diffusion_pytorch_model": _shapes_of(on_meta(lambda: UNet(unet_config))),
        "vae/diffusion_pytorch_model": _shapes_of(on_meta(lambda: vae.Encoder(vae_config)),
                                                  on_meta(lambda: vae.Decoder(vae_config))),
        "text_encoder/model": _shapes_of(on_meta(lambda: ClipText(text_config))),
    }


def write_safetensors(path, shapes, values=None):
    """In float16. @param values bytes of a key and shape; without them the file has holes."""
    header, offset = {}, 0
    for key, shape in shapes.items():
        end = offset + 2 * torch.Size(shape).numel()
        header[key] = {"dtype": "F16", "shape": shape, "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        if values is None:
            file.truncate(file.tell() + offset)
            return
        for key, shape in shapes.items():
            file.write(values(key, shape))


def video_depth_anything(size):
    """Tensors without memory, by key."""
    width, depth, features, channels = VIDEO_DEPTH_ANYTHING[size]
    sizes = Sizes(embed=width, depth=depth, heads=width // 64, taps=TAPS[depth], grid=GRID,
                  hidden=4 * width, features=features, half_features=features // 2,
                  output_hidden=32, out_channels=channels,
                  temporal_hidden=[4 * count for count in [*channels[2:], features, features]],
                  frames=32)
    classes = {"encoder": encoder.Encoder, "temporal": temporal.Temporal,
               "decoder": decoder.Decoder, "output": decoder.Output}
    return video_checkpoint_of(_states(classes, sizes), sizes.taps)


GEMDEPTH = GemSizes(
    embed=1024, depth=24, heads=16, taps=[4, 11, 17, 23], grid=GRID, hidden=4096, features=256,
    half_features=128, output_hidden=32, out_channels=[256, 512, 1024, 1024],
    temporal_hidden=[4096, 4096, 1024, 1024], frames=32, gem_heads=16, gem_hidden=4096,
    spatial_heads=32, time_heads=128, astt_hidden=4096, camera_heads=16, camera_depth=4,
    camera_hidden=8192, pose_hidden=1024, pose_widths=[128, 256, 512])


def gemdepth():
    """Tensors without memory, by key, of those that are used."""
    classes = {"encoder": head.Encoder, "frame_block": geometry.FrameBlock,
               "global_block": geometry.GlobalBlock, "camera": camera.Camera, "astt": astt.Astt,
               "levels": head.Levels, "level4": head.Level4, "temporal": temporal.Temporal,
               "decoder": decoder.Decoder, "output": decoder.Output}
    return gemdepth_checkpoint_of(_states(classes, GEMDEPTH), GEMDEPTH.taps)


def _states(classes, sizes):
    return {name: on_meta(lambda kind=kind: kind(sizes)).state_dict()
            for name, kind in classes.items()}
