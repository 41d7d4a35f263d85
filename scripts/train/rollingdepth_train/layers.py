"""Blocks of the default model. All maps are [B, C, h, w]; every block scripts to TorchScript."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

GROUP_CHANNELS = 8


class Norm(nn.GroupNorm):
    """Group normalisation over groups of GROUP_CHANNELS channels."""

    def __init__(self, channels: int):
        super().__init__(channels // GROUP_CHANNELS, channels)

    def forward(self, x: Tensor) -> Tensor:
        if self.training:
            x = x.float()  # On a CPU three times as fast as in bfloat16 with its gradient.
        return F.group_norm(x, self.num_groups, self.weight, self.bias, self.eps)


def conv3(inputs: int, outputs: int, stride: int = 1, gain: float = 1.0) -> nn.Conv2d:
    """A 3 x 3 convolution with Kaiming weights times `gain`."""
    layer = nn.Conv2d(inputs, outputs, 3, stride, 1)
    nn.init.kaiming_normal_(layer.weight, nonlinearity="linear")
    with torch.no_grad():
        layer.weight *= gain
    nn.init.zeros_(layer.bias)
    return layer


def resized_to(x: Tensor, skip: Tensor) -> Tensor:
    """Doubles the sides of `x` and cuts them to those of `skip` (which may be odd)."""
    x = F.interpolate(x, scale_factor=2.0, mode="nearest")
    return x[:, :, : skip.shape[2], : skip.shape[3]]


class Residual(nn.Module):
    """Two normalised convolutions beside the identity, with an optional bias from the timestep."""

    def __init__(self, channels: int, time_channels: int = 0):
        super().__init__()
        self.norm1, self.conv1 = Norm(channels), conv3(channels, channels)
        self.norm2, self.conv2 = Norm(channels), conv3(channels, channels, gain=0.3)
        self.time = nn.Linear(time_channels, channels) if time_channels else nn.Identity()

    def forward(self, x: Tensor, time: Tensor | None = None) -> Tensor:
        h = self.conv1(F.silu(self.norm1(x)))
        if time is not None:
            h = h + self.time(time)[:, :, None, None]
        return x + self.conv2(F.silu(self.norm2(h)))


class FrameAttention(nn.Module):
    """Every cell attends to all cells of all `views` frames of its snippet; then an MLP."""

    def __init__(self, channels: int, heads: int = 4):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = Norm(channels), Norm(channels)
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.out = nn.Conv2d(channels, channels, 1)
        self.mlp1 = nn.Conv2d(channels, 2 * channels, 1)
        self.mlp2 = nn.Conv2d(2 * channels, channels, 1)
        with torch.no_grad():
            self.out.weight *= 0.3
            self.mlp2.weight *= 0.3

    def forward(self, x: Tensor, views: int) -> Tensor:
        images, channels, height, width = x.shape
        # [B*L, 3C, h, w] to three of [B, heads, L*h*w, C/heads].
        tokens = self.qkv(self.norm1(x)).reshape(images // views, views, 3, self.heads,
                                                 channels // self.heads, height * width)
        tokens = tokens.permute(2, 0, 3, 1, 5, 4).reshape(
            3, images // views, self.heads, views * height * width, channels // self.heads)
        attended = F.scaled_dot_product_attention(tokens[0], tokens[1], tokens[2])
        attended = attended.reshape(images // views, self.heads, views, height * width,
                                    channels // self.heads)
        attended = attended.permute(0, 2, 1, 4, 3).reshape(images, channels, height, width)
        x = x + self.out(attended)
        return x + self.mlp2(F.silu(self.mlp1(self.norm2(x))))


class TimeEmbedding(nn.Module):
    """A timestep as sines and cosines through one layer: [1, channels]."""

    def __init__(self, channels: int = 64):
        super().__init__()
        self.half = channels // 2
        self.linear = nn.Linear(channels, channels)

    def forward(self, timestep: int) -> Tensor:
        # In float32 whatever the weights are: an angle of 999 does not survive bfloat16.
        powers = torch.arange(self.half, dtype=torch.float32, device=self.linear.weight.device)
        angles = timestep * torch.exp(-math.log(10000.0) / self.half * powers)
        waves = torch.cat([torch.sin(angles), torch.cos(angles)])[None]
        return F.silu(self.linear(waves.to(self.linear.weight.dtype)))


def padded_for_stride(x: Tensor, kernel: int) -> Tensor:
    """Room for a convolution of stride 2, one more below and to the right, as EfficientNet's
    weights were trained; odd sides get another one there, so that they halve upwards."""
    low = (kernel - 2) // 2
    return F.pad(x, [low, low + 1 + x.shape[3] % 2, low, low + 1 + x.shape[2] % 2])


class InvertedResidual(nn.Module):
    """EfficientNet's block: widen, depthwise convolution, narrow (Tan and Le 2019, table 1)."""

    def __init__(self, inputs: int, outputs: int, expand: int, kernel: int, stride: int):
        super().__init__()
        wide = inputs * expand
        self.widens, self.adds = expand > 1, stride == 1 and inputs == outputs
        self.expand = NormalizedConv(inputs, wide, 1, 1, 1) if expand > 1 else nn.Identity()
        self.depthwise = NormalizedConv(wide, wide, kernel, stride, wide)
        self.project = NormalizedConv(wide, outputs, 1, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        h = x
        if self.widens:
            h = F.relu6(self.expand(h))
        h = self.project(F.relu6(self.depthwise(h)))
        return x + h if self.adds else h


class NormalizedConv(nn.Module):
    """A convolution and a batch normalisation whose statistics stay as they were trained."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, groups: int):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, groups=groups, bias=False)
        self.scale = nn.Parameter(torch.ones(outputs))
        self.shift = nn.Parameter(torch.zeros(outputs))
        self.kernel, self.stride = kernel, stride

    def forward(self, x: Tensor) -> Tensor:
        weight = self.conv.weight * self.scale[:, None, None, None]
        if self.stride == 2:
            x = padded_for_stride(x, self.kernel)
            if self.conv.groups > 1 and x.requires_grad and x.device.type == "cpu":
                # oneDNN's gradient of a depthwise convolution takes ten times as long with a stride.
                return F.conv2d(x, weight, self.shift, 1, 0, 1, self.conv.groups)[:, :, ::2, ::2]
            return F.conv2d(x, weight, self.shift, 2, 0, 1, self.conv.groups)
        return F.conv2d(x, weight, self.shift, 1, self.kernel // 2, 1, self.conv.groups)


class FoldedConv(nn.Module):
    """What NormalizedConv computes, for the package: one convolution, padding inside it."""

    def __init__(self, source: NormalizedConv):
        super().__init__()
        conv = source.conv
        self.strided, self.kernel = source.stride == 2, source.kernel
        self.conv = nn.Conv2d(conv.in_channels, conv.out_channels, source.kernel, source.stride,
                              0 if self.strided else source.kernel // 2, groups=conv.groups)
        with torch.no_grad():
            self.conv.weight.copy_(conv.weight * source.scale[:, None, None, None])
            self.conv.bias.copy_(source.shift)

    def forward(self, x: Tensor) -> Tensor:
        if self.strided:
            x = padded_for_stride(x, self.kernel)
        return self.conv(x)


def fold(module: nn.Module) -> None:
    """Replaces every NormalizedConv below `module` by its FoldedConv."""
    for name, child in module.named_children():
        if isinstance(child, NormalizedConv):
            setattr(module, name, FoldedConv(child))
        else:
            fold(child)
