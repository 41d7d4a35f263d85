"""Networks of any size with random weights: for figures of speed and memory, never for depth."""

import json
from pathlib import Path

import torch

from . import vae
from .layers import on_meta
from .scheduler import read_scheduler
from .unet import UNet, UNetConfig

# What differs between a small checkpoint of SD-2's kind and Stable Diffusion 2 itself.
FULL_SIZE = {
    "unet/config.json": {"block_out_channels": [320, 640, 1280, 1280], "norm_num_groups": 32,
                         "attention_head_dim": [5, 10, 20, 20], "cross_attention_dim": 1024},
    "vae/config.json": {"block_out_channels": [128, 256, 512, 512], "norm_num_groups": 32},
}


def write_configs(small, folder, sizes):
    """Into `folder` the config.json files of the checkpoint `small`, with `sizes`: {file: keys}."""
    for file, changed in sizes.items():
        config = json.loads((Path(small) / file).read_text(encoding="utf-8"))
        (Path(folder) / file).parent.mkdir()
        (Path(folder) / file).write_text(json.dumps({**config, **changed}), encoding="utf-8")


def random_weight(key, shape, generator, dtype=torch.float32):
    """On the generator's device. Small enough that float16 does not overflow in the network."""
    if "norm" in key:
        value = 1.0 if key.endswith("weight") else 0.0
        return torch.full(shape, value, dtype=dtype, device=generator.device)
    fan_in = max(1, torch.Size(shape[1:]).numel())
    weight = torch.empty(shape, dtype=dtype, device=generator.device)
    return weight.uniform_(-1, 1, generator=generator) * fan_in**-0.5


class RandomNetworks:
    """What checkpoint.Networks holds, with random weights in place of a checkpoint's."""

    def __init__(self, configs, scheduler, dtype, device):
        """`configs` holds unet/config.json and vae/config.json, `scheduler` is a file.

        On the device "meta" no weight takes memory; such networks only tell shapes.
        """
        unet = UNetConfig(Path(configs) / "unet" / "config.json")
        autoencoder = vae.VaeConfig(Path(configs) / "vae" / "config.json")
        self.scheduler = read_scheduler(scheduler)
        self.latent_channels = autoencoder.latent_channels
        self.latent_scale = autoencoder.scaling_factor
        self.downscale = 8
        self.dtype = dtype
        self.encoder = on_meta(lambda: vae.Encoder(autoencoder)).to(dtype)
        self.unet = on_meta(lambda: UNet(unet)).to(dtype)
        self.decoder = on_meta(lambda: vae.Decoder(autoencoder)).to(dtype)
        if str(device) != "meta":
            generator = torch.Generator(device).manual_seed(0)
            for network in (self.encoder, self.unet, self.decoder):
                _fill(network, generator)

    @property
    def by_name(self):
        return {"encoder": self.encoder, "unet": self.unet, "decoder": self.decoder}


def _fill(module, generator):
    state = {key: random_weight(key, tensor.shape, generator, tensor.dtype)
             for key, tensor in module.state_dict().items()}
    module.load_state_dict(state, assign=True)
    module.requires_grad_(False)
