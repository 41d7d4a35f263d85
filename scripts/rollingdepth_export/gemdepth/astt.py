"""Attention over space and time together, and over time alone, on the last tap."""

from typing import Final, List

import torch
from torch import Tensor, nn

from ..video_depth_anything.encoder import Block
from .blocks import RotaryBlock, turns_of

EPS = 1e-6


def index_embedding(frames: int, width: int) -> Tensor:
    """Sines, then cosines, of a window's frames: [frames, width] float32."""
    half = width // 2
    frequencies = 10000.0 ** (-torch.arange(half, dtype=torch.float64) / half)
    angles = torch.arange(frames, dtype=torch.float64).unsqueeze(1) * frequencies
    return torch.cat([angles.sin(), angles.cos()], dim=1).float()


class SpatialBlock(nn.Module):
    """All patches of all frames attend together: x [T, L, C] -> [T, L, C]."""

    def __init__(self, sizes):
        super().__init__()
        self.head_width = sizes.embed // sizes.spatial_heads
        self.block = RotaryBlock(sizes.embed, sizes.spatial_heads, sizes.astt_hidden, EPS)

    def forward(self, x: Tensor, h: int, w: int) -> Tensor:
        cos, sin = turns_of(h, w, 0, self.head_width, x)
        y = self.block(x.reshape(1, x.shape[0] * x.shape[1], -1), cos.repeat(x.shape[0], 1, 1),
                       sin.repeat(x.shape[0], 1, 1), 1)
        return y.reshape(x.shape)


class TimeBlock(nn.Module):
    """Each patch attends over the frames: x [T, L, C] -> [T, L, C]."""

    patches_together: Final[int] = 256  # Memory only.

    def __init__(self, sizes):
        super().__init__()
        self.block = Block(sizes.embed, sizes.time_heads, sizes.astt_hidden, EPS)

    def forward(self, x: Tensor) -> Tensor:
        parts: List[Tensor] = []
        for part in x.split(self.patches_together, dim=1):
            parts.append(self.block(part.transpose(0, 1)).transpose(0, 1))
        return torch.cat(parts, dim=1)


class Astt(nn.Module):
    """The last tap and the pose features [T, L C + C] of a window to [T, L C].

    `pose` 0: in place of the features of the poses, those of a camera that does not move, which
    are constant; what the input holds of them is ignored.
    """

    width: Final[int]

    def __init__(self, sizes):
        super().__init__()
        self.width = sizes.embed
        self.register_buffer("still", torch.empty(sizes.embed))
        self.register_buffer("index", torch.empty(sizes.frames, sizes.embed))
        self.norm = nn.LayerNorm(sizes.embed, eps=EPS)
        self.spatial0 = SpatialBlock(sizes)
        self.time0 = TimeBlock(sizes)
        self.spatial1 = SpatialBlock(sizes)
        self.time1 = TimeBlock(sizes)

    def enter(self, x: Tensor, h: int, w: int, pose: int) -> Tensor:
        """-> [T, L, C]."""
        size = h * w * self.width
        cells = x[:, :size].unflatten(1, [h * w, self.width])
        features = x[:, size:] if pose != 0 else self.still.to(x.dtype).expand(x.shape[0], -1)
        index = self.index[:x.shape[0]].to(x.dtype)
        return self.norm(cells + features.unsqueeze(1)) + index.unsqueeze(1)

    def forward(self, x: Tensor, h: int, w: int, pose: int) -> Tensor:
        y = self.enter(x, h, w, pose)
        y = self.time0(self.spatial0(y, h, w))
        return self.time1(self.spatial1(y, h, w)).flatten(1)
