"""Layers that the UNet and the VAE share, named so that checkpoint keys fit without renaming."""

from typing import Final, List, Optional

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Attention(nn.Module):
    """Multi-head attention. Keys: to_q, to_k, to_v, to_out.0."""

    few_keys: Final[int] = 256  # Up to here attention is cheap, and blocks would not pay.

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
        blocks = q.dtype == torch.bfloat16 or q.dtype == torch.float32
        if blocks and k.shape[2] > self.few_keys and q.is_cpu:
            y = attend_in_blocks(q, k, v)
        else:
            y = F.scaled_dot_product_attention(q, k, v)
        return self.to_out[0](y.transpose(1, 2).flatten(2))


def attend_in_blocks(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """scaled_dot_product_attention by plain products: [B, H, T, d], [B, H, S, d] -> [B, H, T, d].

    On processors with AVX-512 the program replaces this function, which it knows by its name, by an
    attention of its own. Elsewhere LibTorch's kernel has half the rate of oneDNN's products
    (docs/benchmarks.md). Those are what a matrix product takes in bfloat16, and in float32 F.linear,
    once the program has loaded the network. Scores are rounded to the dtype here; to keep them small the keys lose their mean,
    which shifts all scores of a query alike and so leaves the softmax as it is.
    Source: Zhang et al. 2025 (SageAttention), section 4.2.
    """
    k = (k - k.mean(dim=2, keepdim=True)) * q.shape[3] ** -0.5
    linear = q.dtype == torch.float32
    block = 512  # Queries: their scores stay near the processor.
    y = torch.empty_like(q)
    for image in range(q.shape[0]):
        for head in range(q.shape[1]):
            keys = k[image, head] if linear else k[image, head].t()
            values = v[image, head].t() if linear else v[image, head]
            keys, values = keys.contiguous(), values.contiguous()
            for first in range(0, q.shape[2], block):
                queries = q[image, head].narrow(0, first, min(block, q.shape[2] - first))
                scores = F.linear(queries, keys) if linear else queries @ keys
                weights = torch.softmax(scores, dim=-1)
                part = F.linear(weights, values) if linear else weights @ values
                y[image, head].narrow(0, first, queries.shape[0]).copy_(part)
    return y


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
        return x + y if self.output_scale == 1.0 else (x + y) / self.output_scale


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
    """Nearest-neighbour enlargement to a given size, then a 3x3 convolution.

    Where both sides double, each of the four outputs of a cell sees only 2x2 different cells, so
    that four 2x2 kernels, sums of the nine weights, give the same with 4/9 of the products.
    """

    kernels: Optional[Tensor]  # [4 * channels, channels, 2, 2]; prepare() makes them.

    def __init__(self, channels: int):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)
        self.kernels = None

    def prepare(self) -> None:
        """Sums the weights, in float32, once they have their final dtype and device."""
        weight = self.conv.weight
        kernels: List[Tensor] = []
        for rows in _sums_of_taps(weight.float(), 2):
            for kernel in _sums_of_taps(rows, 3):
                kernels.append(kernel)
        self.kernels = torch.cat(kernels).to(weight.dtype).contiguous(
            memory_format=torch.channels_last)

    def forward(self, x: Tensor, height: int, width: int) -> Tensor:
        kernels = self.kernels
        if kernels is not None and height == 2 * x.shape[-2] and width == 2 * x.shape[-1]:
            return self.doubled(x, kernels)
        return self.conv(F.interpolate(x, size=[height, width], mode="nearest"))

    def doubled(self, x: Tensor, kernels: Tensor) -> Tensor:
        """x [B, C, h, w] -> [B, C, 2h, 2w]."""
        frames, channels, height, width = x.shape
        bias = self.conv.bias
        assert bias is not None
        # One row and column more than cells: the outputs of a cell begin before or on it.
        y = F.conv2d(x, kernels, bias.repeat(4), padding=1)
        out = torch.empty([frames, channels, 2 * height, 2 * width], dtype=x.dtype,
                          device=x.device, memory_format=torch.channels_last)
        for row in range(2):
            for column in range(2):
                part = y.narrow(1, (2 * row + column) * channels, channels)
                out[:, :, row::2, column::2] = part.narrow(2, row, height).narrow(3, column, width)
        return out


def _sums_of_taps(kernels: Tensor, dim: int) -> List[Tensor]:
    """Three taps along `dim` on doubled cells as two on the cells: before the first, after it."""
    first, second, third = kernels.unbind(dim)
    return [torch.stack([first, second + third], dim), torch.stack([first + second, third], dim)]


def on_meta(build):
    """Builds a module without memory for its weights; the checkpoint's tensors take their place."""
    with torch.device("meta"):
        return build().eval().requires_grad_(False)
