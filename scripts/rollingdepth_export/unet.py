"""The denoising UNet (UNet2DConditionModel of diffusers, SD-2 type) as a scriptable module.

All frames of a snippet attend together in self-attention. Source: Ke et al. 2025, section 3.2.
No dtype is fixed inside, so a package converts to float16 or bfloat16 when it is loaded.
"""

import math
from typing import List

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .config import Config
from .layers import Attention, Downsample, ResnetBlock, Upsample

MAX_VIEWS = 4


class UNetConfig:
    """What unet/config.json says; anything else that it might say is refused."""

    def __init__(self, path):
        config = Config(path)
        config.accept("_class_name", ["UNet2DConditionModel"], None)
        self.in_channels = config.integer("in_channels")
        self.out_channels = config.integer("out_channels")
        self.widths = config.integers("block_out_channels")
        blocks = len(self.widths)
        self.down_attention = _block_kinds(config, "down_block_types", blocks,
                                           {"CrossAttnDownBlock2D": True, "DownBlock2D": False})
        self.up_attention = _block_kinds(config, "up_block_types", blocks,
                                         {"CrossAttnUpBlock2D": True, "UpBlock2D": False})
        config.accept("mid_block_type", ["UNetMidBlock2DCrossAttn"], "UNetMidBlock2DCrossAttn")
        self.layers = config.integer("layers_per_block", 2)
        self.depths = config.integers("transformer_layers_per_block", blocks, 1)
        # The name misleads: as long as num_attention_heads is null this is the number of heads.
        self.heads = config.integers("attention_head_dim", blocks, 8)
        self.context_width = config.integer("cross_attention_dim", 1280)
        self.linear_projection = config.boolean("use_linear_projection", False)
        self.groups = config.integer("norm_num_groups", 32)
        self.eps = config.number("norm_eps", 1e-5)
        self.mid_scale = config.number("mid_block_scale_factor", 1)
        self.flip_sin_to_cos = config.boolean("flip_sin_to_cos", True)
        self.freq_shift = config.integer("freq_shift", 0, least=0)
        self.time_width = config.integer("time_embedding_dim", None) \
            if config.get("time_embedding_dim") is not None else 4 * self.widths[0]
        _refuse_other_unets(config)
        for width, heads in zip(self.widths, self.heads):
            if width % heads:
                config.refuse("attention_head_dim", f"{heads} heads do not divide {width} channels")
            if width % self.groups:
                config.refuse("norm_num_groups", f"{width} channels cannot be split so")
        if self.widths[0] % 2:
            config.refuse("block_out_channels", "the first must be even")
        if self.freq_shift >= self.widths[0] // 2:
            config.refuse("freq_shift", "it must be below half of the first of block_out_channels")
        config.finish()


def _block_kinds(config, key, count, attention_by_name):
    names = config.get(key)
    if not isinstance(names, list) or len(names) != count:
        config.refuse(key, f"{count} names are needed, one per block")
    for name in names:
        if name not in attention_by_name:
            config.refuse(key, "known here: " + ", ".join(attention_by_name))
    return [attention_by_name[name] for name in names]


def _refuse_other_unets(config):
    """Settings that exist in other UNets and must have the value that means `not used`."""
    for key in ["num_attention_heads", "addition_embed_type", "class_embed_type", "encoder_hid_dim",
                "encoder_hid_dim_type", "cross_attention_norm", "num_class_embeds",
                "time_cond_proj_dim", "time_embedding_act_fn", "timestep_post_act",
                "reverse_transformer_layers_per_block"]:
        config.accept(key, [None], None)
    for key in ["center_input_sample", "class_embeddings_concat", "dual_cross_attention",
                "only_cross_attention", "resnet_skip_time_act"]:
        config.accept(key, [False], False)
    config.accept("act_fn", ["silu", "swish"], "silu")
    config.accept("attention_type", ["default"], "default")
    config.accept("conv_in_kernel", [3], 3)
    config.accept("conv_out_kernel", [3], 3)
    config.accept("downsample_padding", [1], 1)
    config.accept("mid_block_only_cross_attention", [None, False], None)
    config.accept("resnet_out_scale_factor", [1.0, 1], 1.0)
    config.accept("resnet_time_scale_shift", ["default"], "default")
    config.accept("time_embedding_type", ["positional"], "positional")
    # upcast_attention has no effect with scaled_dot_product_attention, in the original neither;
    # dropout acts in training only; the two addition_ keys belong to addition_embed_type.
    config.harmless("_diffusers_version", "_name_or_path", "sample_size", "upcast_attention",
                    "dropout", "addition_embed_type_num_heads", "addition_time_embed_dim",
                    "projection_class_embeddings_input_dim")


class GatedGelu(nn.Module):
    def __init__(self, width: int, inner: int):
        super().__init__()
        self.proj = nn.Linear(width, 2 * inner)

    def forward(self, x: Tensor) -> Tensor:
        value, gate = self.proj(x).chunk(2, dim=-1)
        return value * F.gelu(gate)


class FeedForward(nn.Module):
    def __init__(self, width: int):
        super().__init__()
        # net.1 is a dropout in training; it keeps the linear layer's key at net.2.
        self.net = nn.ModuleList([GatedGelu(width, 4 * width), nn.Identity(),
                                  nn.Linear(4 * width, width)])

    def forward(self, x: Tensor) -> Tensor:
        return self.net[2](self.net[0](x))


class TransformerBlock(nn.Module):
    def __init__(self, width: int, heads: int, context_width: int):
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.attn1 = Attention(width, heads, width, qkv_bias=False)
        self.norm2 = nn.LayerNorm(width)
        self.attn2 = Attention(width, heads, context_width, qkv_bias=False)
        self.norm3 = nn.LayerNorm(width)
        self.ff = FeedForward(width)

    def forward(self, x: Tensor, context: Tensor, views: int) -> Tensor:
        """x [B*L, T, width], context [1, 2, context_width], views L -> as x."""
        frames, tokens, width = x.shape
        y = self.norm1(x).reshape(frames // views, views * tokens, width)
        x = x + self.attn1(y, y).reshape(frames, tokens, width)
        # The context is the same for everyone, so all tokens form one batch and it is not copied.
        y = self.norm2(x).reshape(1, frames * tokens, width)
        x = x + self.attn2(y, context).reshape(frames, tokens, width)
        return x + self.ff(self.norm3(x))


class SpatialTransformer(nn.Module):
    """Transformer blocks over the cells of a feature map (Transformer2DModel of diffusers)."""

    def __init__(self, config: UNetConfig, width: int, heads: int, depth: int):
        super().__init__()
        self.linear = config.linear_projection
        self.norm = nn.GroupNorm(config.groups, width, eps=1e-6)
        self.proj_in = nn.Linear(width, width) if self.linear else nn.Conv2d(width, width, 1)
        self.transformer_blocks = nn.ModuleList(
            [TransformerBlock(width, heads, config.context_width) for _ in range(depth)])
        self.proj_out = nn.Linear(width, width) if self.linear else nn.Conv2d(width, width, 1)

    def forward(self, x: Tensor, context: Tensor, views: int) -> Tensor:
        height, width = x.shape[-2:]
        y = self.norm(x)
        if self.linear:
            y = self.proj_in(y.flatten(2).transpose(1, 2))
        else:
            y = self.proj_in(y).flatten(2).transpose(1, 2)
        for block in self.transformer_blocks:
            y = block(y, context, views)
        if self.linear:
            y = self.proj_out(y).transpose(1, 2).unflatten(2, [height, width])
        else:
            y = self.proj_out(y.transpose(1, 2).unflatten(2, [height, width]))
        return x + y


class NoAttention(nn.Module):
    """Stands where a block has no transformer, so that all blocks share one class."""

    def forward(self, x: Tensor, context: Tensor, views: int) -> Tensor:
        return x


def _attentions(config, index, attends, count):
    if not attends:
        return nn.ModuleList([NoAttention() for _ in range(count)])
    width, heads, depth = config.widths[index], config.heads[index], config.depths[index]
    return nn.ModuleList([SpatialTransformer(config, width, heads, depth) for _ in range(count)])


def _resnet(config, inputs, outputs, output_scale=1.0):
    return ResnetBlock(inputs, outputs, config.groups, config.eps, config.time_width, output_scale)


class DownBlock(nn.Module):
    def __init__(self, config: UNetConfig, index: int):
        super().__init__()
        width = config.widths[index]
        before = config.widths[max(index - 1, 0)]
        self.resnets = nn.ModuleList([_resnet(config, before if i == 0 else width, width)
                                      for i in range(config.layers)])
        self.attentions = _attentions(config, index, config.down_attention[index], config.layers)
        last = index == len(config.widths) - 1
        self.downsamplers = nn.ModuleList([] if last else [Downsample(width, pad_all_round=True)])

    def forward(self, x: Tensor, time: Tensor, context: Tensor, views: int,
                skips: List[Tensor]) -> Tensor:
        """Appends to `skips` what the up-block of the same level will read."""
        for resnet, attention in zip(self.resnets, self.attentions):
            x = attention(resnet(x, time), context, views)
            skips.append(x)
        for downsample in self.downsamplers:
            x = downsample(x)
            skips.append(x)
        return x


class MidBlock(nn.Module):
    def __init__(self, config: UNetConfig):
        super().__init__()
        width = config.widths[-1]
        self.resnets = nn.ModuleList([_resnet(config, width, width, config.mid_scale)
                                      for _ in range(2)])
        self.attentions = _attentions(config, -1, True, 1)

    def forward(self, x: Tensor, time: Tensor, context: Tensor, views: int) -> Tensor:
        x = self.attentions[0](self.resnets[0](x, time), context, views)
        return self.resnets[1](x, time)


class UpBlock(nn.Module):
    """`place` counts from the coarsest level; the weights' widths are read back to front."""

    def __init__(self, config: UNetConfig, place: int):
        super().__init__()
        levels = len(config.widths)
        index = levels - 1 - place
        width = config.widths[index]
        below = config.widths[min(index + 1, levels - 1)]
        above = config.widths[max(index - 1, 0)]
        count = config.layers + 1
        self.resnets = nn.ModuleList(
            [_resnet(config, (below if i == 0 else width) + (above if i == count - 1 else width),
                     width) for i in range(count)])
        self.attentions = _attentions(config, index, config.up_attention[place], count)
        self.upsamplers = nn.ModuleList([] if index == 0 else [Upsample(width)])

    def prepare(self) -> None:
        for upsample in self.upsamplers:
            upsample.prepare()

    def forward(self, x: Tensor, time: Tensor, context: Tensor, views: int,
                skips: List[Tensor]) -> Tensor:
        for resnet, attention in zip(self.resnets, self.attentions):
            x = attention(resnet(torch.cat([x, skips.pop()], dim=1), time), context, views)
        for upsample in self.upsamplers:
            # An odd side was rounded up on the way down: the skip connection knows the size.
            height, width = skips[-1].shape[-2:]
            x = upsample(x, height, width)
        return x


class TimeEmbedding(nn.Module):
    def __init__(self, config: UNetConfig):
        super().__init__()
        self.half = config.widths[0] // 2
        self.flip_sin_to_cos = config.flip_sin_to_cos
        self.log_range = -math.log(10000.0)
        self.steps = float(self.half - config.freq_shift)
        self.linear_1 = nn.Linear(config.widths[0], config.time_width)
        self.linear_2 = nn.Linear(config.time_width, config.time_width)

    def forward(self, timestep: int) -> Tensor:
        """-> [1, time_width]. The angles need float32 whatever the weights' dtype is."""
        weight = self.linear_1.weight
        steps = torch.arange(self.half, dtype=torch.float32, device=weight.device)
        # In this order of operations the angles equal the original's to the last bit.
        angles = torch.exp(steps * self.log_range / self.steps) * float(timestep)
        first, second = torch.sin(angles), torch.cos(angles)
        if self.flip_sin_to_cos:
            first, second = second, first
        waves = torch.cat([first, second]).unsqueeze(0).to(weight.dtype)
        return self.linear_2(F.silu(self.linear_1(waves)))


class UNet(nn.Module):
    """(sample [B*L, 2C, h, w], timestep, views L) -> [B*L, C, h, w]."""

    def __init__(self, config: UNetConfig):
        super().__init__()
        levels = len(config.widths)
        self.register_buffer("empty_prompt", torch.zeros(1, 2, config.context_width),
                             persistent=True)
        self.conv_in = nn.Conv2d(config.in_channels, config.widths[0], 3, padding=1)
        self.time_embedding = TimeEmbedding(config)
        self.down_blocks = nn.ModuleList([DownBlock(config, i) for i in range(levels)])
        self.mid_block = MidBlock(config)
        self.up_blocks = nn.ModuleList([UpBlock(config, i) for i in range(levels)])
        self.conv_norm_out = nn.GroupNorm(config.groups, config.widths[0], eps=config.eps)
        self.conv_out = nn.Conv2d(config.widths[0], config.out_channels, 3, padding=1)

    @torch.jit.export
    def prepare(self) -> None:
        """Optional; once, after the last change of dtype or device: makes forward faster."""
        for up_block in self.up_blocks:
            up_block.prepare()

    def forward(self, sample: Tensor, timestep: int, views: int) -> Tensor:
        time = self.time_embedding(timestep)
        context = self.empty_prompt
        x = self.conv_in(sample)
        skips = [x]
        for down_block in self.down_blocks:
            x = down_block(x, time, context, views, skips)
        x = self.mid_block(x, time, context, views)
        for up_block in self.up_blocks:
            x = up_block(x, time, context, views, skips)
        return self.conv_out(F.silu(self.conv_norm_out(x)))
