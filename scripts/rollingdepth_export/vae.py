"""Encoder and decoder of the variational autoencoder (AutoencoderKL of diffusers), scriptable."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .config import Config
from .layers import Attention, Downsample, ResnetBlock, Upsample

EPS = 1e-6


class VaeConfig:
    """What vae/config.json says; anything else that it might say is refused."""

    def __init__(self, path):
        config = Config(path)
        config.accept("_class_name", ["AutoencoderKL"], None)
        config.accept("in_channels", [3], 3)
        config.accept("out_channels", [3], 3)
        self.latent_channels = config.integer("latent_channels", 4)
        self.widths = config.integers("block_out_channels")
        if len(self.widths) != 4:
            config.refuse("block_out_channels", "four blocks are needed, for 8 pixels per cell")
        self.layers = config.integer("layers_per_block", 1)
        self.groups = config.integer("norm_num_groups", 32)
        for width in self.widths:
            if width % self.groups:
                config.refuse("norm_num_groups", f"{width} channels cannot be split so")
        for key, kind in [("down_block_types", "DownEncoderBlock2D"),
                          ("up_block_types", "UpDecoderBlock2D")]:
            config.accept(key, [[kind] * 4], None)
        self.scaling_factor = config.number("scaling_factor", 0.18215)
        if self.scaling_factor <= 0:
            config.refuse("scaling_factor", "a positive number is needed")
        self.quant_conv = config.boolean("use_quant_conv", True)
        self.post_quant_conv = config.boolean("use_post_quant_conv", True)
        config.accept("act_fn", ["silu", "swish"], "silu")
        config.accept("mid_block_add_attention", [True], True)
        for key in ["shift_factor", "latents_mean", "latents_std"]:
            config.accept(key, [None], None)
        config.harmless("_diffusers_version", "_name_or_path", "sample_size", "force_upcast")
        config.finish()


class PixelAttention(nn.Module):
    """One-head self-attention over the cells of a feature map."""

    def __init__(self, width: int, groups: int):
        super().__init__()
        self.group_norm = nn.GroupNorm(groups, width, eps=EPS)
        self.attention = Attention(width, 1, width, qkv_bias=True)

    def forward(self, x: Tensor) -> Tensor:
        height, width = x.shape[-2:]
        y = self.group_norm(x).flatten(2).transpose(1, 2)
        return x + self.attention(y, y).transpose(1, 2).unflatten(2, [height, width])


def _resnet(config, inputs, outputs):
    return ResnetBlock(inputs, outputs, config.groups, EPS, time_width=0)


class MidBlock(nn.Module):
    def __init__(self, config: VaeConfig):
        super().__init__()
        width = config.widths[-1]
        self.resnets = nn.ModuleList([_resnet(config, width, width) for _ in range(2)])
        self.attentions = nn.ModuleList([PixelAttention(width, config.groups)])

    def forward(self, x: Tensor) -> Tensor:
        return self.resnets[1](self.attentions[0](self.resnets[0](x)))


class DownBlock(nn.Module):
    def __init__(self, config: VaeConfig, index: int):
        super().__init__()
        width = config.widths[index]
        before = config.widths[max(index - 1, 0)]
        self.resnets = nn.ModuleList([_resnet(config, before if i == 0 else width, width)
                                      for i in range(config.layers)])
        last = index == len(config.widths) - 1
        self.downsamplers = nn.ModuleList([] if last else [Downsample(width, pad_all_round=False)])

    def forward(self, x: Tensor) -> Tensor:
        for resnet in self.resnets:
            x = resnet(x)
        for downsample in self.downsamplers:
            x = downsample(x)
        return x


class UpBlock(nn.Module):
    """`place` counts from the coarsest level."""

    def __init__(self, config: VaeConfig, place: int):
        super().__init__()
        levels = len(config.widths)
        index = levels - 1 - place
        width = config.widths[index]
        below = config.widths[min(index + 1, levels - 1)]
        self.resnets = nn.ModuleList([_resnet(config, below if i == 0 else width, width)
                                      for i in range(config.layers + 1)])
        self.upsamplers = nn.ModuleList([] if index == 0 else [Upsample(width)])

    def prepare(self) -> None:
        for upsample in self.upsamplers:
            upsample.prepare()

    def forward(self, x: Tensor) -> Tensor:
        for resnet in self.resnets:
            x = resnet(x)
        for upsample in self.upsamplers:
            x = upsample(x, 2 * x.shape[-2], 2 * x.shape[-1])
        return x


class EncoderStack(nn.Module):
    def __init__(self, config: VaeConfig):
        super().__init__()
        width = config.widths[-1]
        self.conv_in = nn.Conv2d(3, config.widths[0], 3, padding=1)
        self.down_blocks = nn.ModuleList([DownBlock(config, i) for i in range(len(config.widths))])
        self.mid_block = MidBlock(config)
        self.conv_norm_out = nn.GroupNorm(config.groups, width, eps=EPS)
        self.conv_out = nn.Conv2d(width, 2 * config.latent_channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv_in(x)
        for block in self.down_blocks:
            x = block(x)
        return self.conv_out(F.silu(self.conv_norm_out(self.mid_block(x))))


class DecoderStack(nn.Module):
    def __init__(self, config: VaeConfig):
        super().__init__()
        self.conv_in = nn.Conv2d(config.latent_channels, config.widths[-1], 3, padding=1)
        self.mid_block = MidBlock(config)
        self.up_blocks = nn.ModuleList([UpBlock(config, i) for i in range(len(config.widths))])
        self.conv_norm_out = nn.GroupNorm(config.groups, config.widths[0], eps=EPS)
        self.conv_out = nn.Conv2d(config.widths[0], 3, 3, padding=1)

    def prepare(self) -> None:
        for block in self.up_blocks:
            block.prepare()

    def forward(self, x: Tensor) -> Tensor:
        """-> [B, 1, 8h, 8w] float32: the mean of three outputs is the output of the mean weights.

        In bfloat16 depth would have 8 bits, steps that a float file shows.
        """
        x = self.mid_block(self.conv_in(x))
        for block in self.up_blocks:
            x = block(x)
        weight, bias = self.conv_out.weight, self.conv_out.bias
        assert bias is not None
        x = F.silu(self.conv_norm_out(x)).float()
        return F.conv2d(x, weight.float().mean(dim=0, keepdim=True),
                        bias.float().mean(dim=0, keepdim=True), padding=1)


class Encoder(nn.Module):
    """[B, 3, H, W] in [-1, 1] -> [B, C, H/8, W/8], mean of the latent distribution, unscaled."""

    def __init__(self, config: VaeConfig):
        super().__init__()
        channels = 2 * config.latent_channels
        self.latent_channels = config.latent_channels
        self.encoder = EncoderStack(config)
        self.quant_conv = nn.Conv2d(channels, channels, 1) if config.quant_conv else nn.Identity()

    def forward(self, rgb: Tensor) -> Tensor:
        return self.quant_conv(self.encoder(rgb))[:, : self.latent_channels]


class Decoder(nn.Module):
    """[B, C, h, w] unscaled -> [B, 1, 8h, 8w], the mean of the three colour channels."""

    def __init__(self, config: VaeConfig):
        super().__init__()
        channels = config.latent_channels
        self.post_quant_conv = (nn.Conv2d(channels, channels, 1) if config.post_quant_conv
                                else nn.Identity())
        self.decoder = DecoderStack(config)

    @torch.jit.export
    def prepare(self) -> None:
        """Optional; once, after the last change of dtype or device: makes forward faster."""
        self.decoder.prepare()

    def forward(self, latent: Tensor) -> Tensor:
        return self.decoder(self.post_quant_conv(latent))


_OLD_NAMES = {"query": "attention.to_q", "key": "attention.to_k", "value": "attention.to_v",
              "proj_attn": "attention.to_out.0"}


def module_key(key):
    """The name in our modules of a checkpoint's weight, whichever age the checkpoint is of."""
    marker = ".mid_block.attentions.0."
    if marker not in key:
        return key
    stem, rest = key.split(marker)
    name, _, leaf = rest.rpartition(".")
    if name in _OLD_NAMES:
        name = _OLD_NAMES[name]
    elif name.startswith("to_"):
        name = "attention." + name
    return f"{stem}{marker}{name}.{leaf}"


def checkpoint_keys(key):
    """A weight's name and the other one that it has in checkpoints of another age, if any."""
    marker = ".mid_block.attentions.0."
    name, _, leaf = key.partition(marker)[2].rpartition(".")
    names = {**{ours.removeprefix("attention."): theirs for theirs, ours in _OLD_NAMES.items()},
             **{theirs: ours.removeprefix("attention.") for theirs, ours in _OLD_NAMES.items()}}
    if name not in names:
        return [key]
    return [key, key.removesuffix(f"{name}.{leaf}") + f"{names[name]}.{leaf}"]
