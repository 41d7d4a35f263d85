"""Layers that the UNet and the VAE share, named so that checkpoint keys fit without renaming."""

from typing import Optional

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Attention(nn.Module):
    """Multi-head attention. Keys: to_q, to_k, to_v, to_out.0."""

    def __init__(self, width: int, heads: int, context_width: int, qkv_bias: bool):
        super().__init__()
        self.heads = heads
        self.to_q = nn.Linear(width, width, bias=qkv_bias)
        self.to_k = nn.Linear(context_width, width, bias=qkv_bias)
        self.to_v = nn.Linear(context_width, width, bias=qkv_bias)
        self.to_out = nn.ModuleList([nn.Linear(width, width)])

    def split(self, x: Tensor) -> Tensor:
        """[B, T, heads * d] -> [B, heads, T, d]."""
        return x.unflatten(-1, [self.heads, -1]).transpose(1, 2)

    def forward(self, x: Tensor, context: Tensor) -> Tensor:
        """x [B, T, width], context [B, S, context_width] -> [B, T, width]."""
        q = self.split(self.to_q(x))
        k = self.split(self.to_k(context))
        v = self.split(self.to_v(context))
        y = F.scaled_dot_product_attention(q, k, v)
        return self.to_out[0](y.transpose(1, 2).flatten(2))


class ResnetBlock(nn.Module):
    """Two normalised 3x3 convolutions with a shortcut; `time_width` 0 leaves the time out."""

    def __init__(self, inputs: int, outputs: int, groups: int, eps: float, time_width: int,
                 output_scale: float = 1.0):
        super().__init__()
        self.output_scale = output_scale
        self.norm1 = nn.GroupNorm(groups, inputs, eps=eps)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.time_emb_proj = nn.Linear(time_width, outputs) if time_width > 0 else None
        self.norm2 = nn.GroupNorm(groups, outputs, eps=eps)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.conv_shortcut = nn.Conv2d(inputs, outputs, 1) if inputs != outputs else None

    def forward(self, x: Tensor, time: Optional[Tensor] = None) -> Tensor:
        """x [B, inputs, h, w], time [1, time_width] -> [B, outputs, h, w]."""
        y = self.conv1(F.silu(self.norm1(x)))
        if self.time_emb_proj is not None and time is not None:
            y = y + self.time_emb_proj(F.silu(time)).unsqueeze(-1).unsqueeze(-1)
        y = self.conv2(F.silu(self.norm2(y)))
        if self.conv_shortcut is not None:
            x = self.conv_shortcut(x)
        return (x + y) / self.output_scale


class Downsample(nn.Module):
    """A 3x3 convolution with stride 2. The VAE pads right and below only, the UNet all round."""

    def __init__(self, channels: int, pad_all_round: bool):
        super().__init__()
        self.pad_all_round = pad_all_round
        self.conv = nn.Conv2d(channels, channels, 3, stride=2, padding=1 if pad_all_round else 0)

    def forward(self, x: Tensor) -> Tensor:
        if not self.pad_all_round:
            x = F.pad(x, [0, 1, 0, 1])
        return self.conv(x)


class Upsample(nn.Module):
    """Nearest-neighbour enlargement to a given size, then a 3x3 convolution."""

    def __init__(self, channels: int):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: Tensor, height: int, width: int) -> Tensor:
        return self.conv(F.interpolate(x, size=[height, width], mode="nearest"))


def on_meta(build):
    """Builds a module without memory for its weights; the checkpoint's tensors take their place."""
    with torch.device("meta"):
        return build().eval().requires_grad_(False)
