"""Frames to all that does not depend on other frames: a vision transformer and what follows it."""

from typing import Final, List

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..layers import attend_in_blocks


class Block(nn.Module):
    """A transformer block. The scales of its branches are folded into `proj` and `fc2`."""

    few_keys: Final[int] = 256  # As in layers.Attention.

    def __init__(self, width: int, heads: int, hidden: int, eps: float = 1e-6):
        super().__init__()
        self.heads = heads
        self.norm1 = nn.LayerNorm(width, eps=eps)
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)
        self.norm2 = nn.LayerNorm(width, eps=eps)
        self.fc1 = nn.Linear(width, hidden)
        self.fc2 = nn.Linear(hidden, width)

    def attend(self, x: Tensor) -> Tensor:
        """[B, N, C] -> [B, N, C]."""
        q, k, v = self.qkv(x).unflatten(-1, [3, self.heads, -1]).permute(2, 0, 3, 1, 4).unbind(0)
        blocks = q.dtype == torch.bfloat16 or q.dtype == torch.float32
        if blocks and k.shape[2] > self.few_keys and q.is_cpu:
            y = attend_in_blocks(q, k, v)
        else:
            y = F.scaled_dot_product_attention(q, k, v)
        return self.proj(y.transpose(1, 2).flatten(2))

    def forward(self, x: Tensor) -> Tensor:
        """x [B, N, C] -> [B, N, C]."""
        x = x + self.attend(self.norm1(x))
        return x + self.fc2(F.gelu(self.fc1(self.norm2(x))))


class Enlarge(nn.Module):
    """A transposed convolution whose kernel is its stride: each cell becomes factor x factor."""

    def __init__(self, channels: int, factor: int):
        super().__init__()
        self.factor = factor
        self.linear = nn.Linear(channels, channels * factor * factor)

    def forward(self, x: Tensor) -> Tensor:
        """x [B, h, w, C] -> [B, C, factor h, factor w], channels last."""
        f = self.factor
        y = self.linear(x).unflatten(-1, [f, f, x.shape[3]]).permute(0, 1, 3, 2, 4, 5)
        return y.reshape(x.shape[0], x.shape[1] * f, x.shape[2] * f, x.shape[3]).permute(0, 3, 1, 2)


class ConvUnit(nn.Module):
    """x + conv2(relu(conv1(relu x)))."""

    def __init__(self, channels: int):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv2(F.relu(self.conv1(F.relu(x))))


def flat(x: Tensor) -> Tensor:
    """[B, C, h, w] -> [B, h w C]: a view where channels are last."""
    return x.permute(0, 2, 3, 1).flatten(1)


class VisionTransformer(nn.Module):
    """DINOv2's transformer, up to the four blocks that are tapped."""

    patch: Final[int] = 14

    def __init__(self, sizes, block=Block):
        super().__init__()
        width = sizes.embed
        self.grid = sizes.grid
        self.patch_embed = nn.Conv2d(3, width, self.patch, stride=self.patch)
        self.cls_token = nn.Parameter(torch.empty(1, 1, width))
        self.pos_embed = nn.Parameter(torch.empty(1, 1 + sizes.grid**2, width))
        first = [0] + [tap + 1 for tap in sizes.taps[:-1]]
        self.stages = nn.ModuleList(
            nn.Sequential(*[block(width, sizes.heads, sizes.hidden)
                            for _ in range(begin, tap + 1)])
            for begin, tap in zip(first, sizes.taps))
        self.norm = nn.LayerNorm(width, eps=1e-6)

    def positions(self, h: int, w: int) -> Tensor:
        """[1, 1 + h w, C]; a tenth of a cell beyond the size decides where it is sampled."""
        if h == self.grid and w == self.grid:
            return self.pos_embed
        cells = self.pos_embed[:, 1:].float().unflatten(1, [self.grid, self.grid])
        scale = [(h + 0.1) / self.grid, (w + 0.1) / self.grid]
        cells = F.interpolate(cells.permute(0, 3, 1, 2), scale_factor=scale, mode="bicubic",
                              align_corners=False)
        cells = cells.permute(0, 2, 3, 1).flatten(1, 2).to(self.pos_embed.dtype)
        return torch.cat([self.pos_embed[:, :1], cells], dim=1)

    def taps(self, frames: Tensor) -> List[Tensor]:
        """Four of [B, h w, C], normalised."""
        batch = frames.shape[0]
        h, w = frames.shape[2] // self.patch, frames.shape[3] // self.patch
        x = self.patch_embed(frames).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls_token.expand(batch, -1, -1), x], dim=1) + self.positions(h, w)
        taps: List[Tensor] = []
        for stage in self.stages:
            x = stage(x)
            taps.append(self.norm(x)[:, 1:])
        return taps


class Encoder(VisionTransformer):
    """Frames [B, 3, 14 h, 14 w], normalised, to their features [B, K].

    K = (c3 h w + c4 ceil(h/2) ceil(w/2)) + F (4 h w + 16 h w): the third and fourth level before
    the temporal modules, then the skips of the second and the first, after their convolutions.
    """

    patch: Final[int] = 14

    def __init__(self, sizes):
        super().__init__(sizes)
        features = sizes.features
        self.projects = nn.ModuleList(nn.Linear(sizes.embed, c) for c in sizes.out_channels)
        c1, c2, _, c4 = sizes.out_channels
        self.enlarge1 = Enlarge(c1, 4)
        self.enlarge2 = Enlarge(c2, 2)
        self.shrink4 = nn.Conv2d(c4, c4, 3, stride=2, padding=1)
        self.layer1_rn = nn.Conv2d(c1, features, 3, padding=1, bias=False)
        self.layer2_rn = nn.Conv2d(c2, features, 3, padding=1, bias=False)
        self.unit1 = ConvUnit(features)
        self.unit2 = ConvUnit(features)

    def forward(self, frames: Tensor) -> Tensor:
        h, w = frames.shape[2] // self.patch, frames.shape[3] // self.patch
        taps = self.taps(frames)
        levels: List[Tensor] = []
        for i, project in enumerate(self.projects):
            levels.append(project(taps[i]).unflatten(1, [h, w]))
        skip1 = self.unit1(self.layer1_rn(self.enlarge1(levels[0])))
        skip2 = self.unit2(self.layer2_rn(self.enlarge2(levels[1])))
        level4 = self.shrink4(levels[3].permute(0, 3, 1, 2))
        return torch.cat([levels[2].flatten(1), flat(level4), flat(skip2), flat(skip1)], dim=1)
