"""What mixes frames: four temporal modules and the convolutions between them."""

from typing import Final, List, Tuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .encoder import ConvUnit, flat


class TemporalAttention(nn.Module):
    """Attention over the frames of each pixel; positions are in queries, keys and values."""

    def __init__(self, channels: int, heads: int, frames: int):
        super().__init__()
        self.heads = heads
        self.to_q = nn.Linear(channels, channels, bias=False)
        self.to_k = nn.Linear(channels, channels, bias=False)
        self.to_v = nn.Linear(channels, channels, bias=False)
        self.to_out = nn.Linear(channels, channels)
        self.pe = nn.Parameter(torch.empty(1, frames, channels))

    def split(self, x: Tensor) -> Tensor:
        """[T, P, C] -> [P, heads, T, d]."""
        return x.unflatten(-1, [self.heads, -1]).permute(1, 2, 0, 3)

    def forward(self, x: Tensor, context: Tensor) -> Tensor:
        """x [T, P, C] attends to context [S, P, C], frames before it, and itself -> [T, P, C]."""
        frames = x.shape[0]
        seen = torch.cat([context, x]) if context.shape[0] > 0 else x
        positions = self.pe[0, :seen.shape[0]].unsqueeze(1)
        seen = seen + positions
        x = seen if context.shape[0] == 0 else seen[seen.shape[0] - frames:]
        y = F.scaled_dot_product_attention(self.split(self.to_q(x)), self.split(self.to_k(seen)),
                                           self.split(self.to_v(seen)))
        return self.to_out(y.permute(2, 0, 1, 3).flatten(2))


class TemporalModule(nn.Module):
    """Two temporal attentions and a gated network, in a residual branch."""

    frames_together: Final[int] = 4

    def __init__(self, channels: int, frames: int, hidden: int):
        super().__init__()
        self.norm = nn.GroupNorm(32, channels, eps=1e-6)
        self.proj_in = nn.Linear(channels, channels)
        self.norm0 = nn.LayerNorm(channels)
        self.norm1 = nn.LayerNorm(channels)
        self.attention0 = TemporalAttention(channels, 8, frames)
        self.attention1 = TemporalAttention(channels, 8, frames)
        self.ff_norm = nn.LayerNorm(channels)
        self.ff_in = nn.Linear(channels, 2 * hidden)
        self.ff_out = nn.Linear(hidden, channels)
        self.proj_out = nn.Linear(channels, channels)

    def feed_forward(self, y: Tensor) -> Tensor:
        """[T, h w, C], some frames at a time: in between it is eight times as wide."""
        parts: List[Tensor] = []
        for part in y.split(self.frames_together):
            value, gate = self.ff_in(self.ff_norm(part)).chunk(2, dim=-1)
            parts.append(part + self.ff_out(value * F.gelu(gate)))
        return torch.cat(parts)

    def forward(self, x: Tensor, context0: Tensor, context1: Tensor
                ) -> Tuple[Tensor, Tensor, Tensor]:
        """x [T, C, h, w], contexts [S, h w, C] -> the same and the states of x, [T, h w, C]."""
        y = self.proj_in(self.norm(x).permute(0, 2, 3, 1).flatten(1, 2))
        state0 = self.norm0(y)
        y = y + self.attention0(state0, context0)
        state1 = self.norm1(y)
        y = y + self.attention1(state1, context1)
        y = self.feed_forward(y)
        y = self.proj_out(y).unflatten(1, [x.shape[2], x.shape[3]]) + x.permute(0, 2, 3, 1)
        return y.permute(0, 3, 1, 2), state0, state1


class Fusion(nn.Module):
    """x + skip, through a unit and a 1x1 convolution, enlarged.

    The convolution stands before the enlargement: both are linear and the weights of the latter
    add up to 1, so they may be exchanged.
    """

    def __init__(self, channels: int):
        super().__init__()
        self.unit = ConvUnit(channels)
        self.out_conv = nn.Conv2d(channels, channels, 1)

    def forward(self, x: Tensor, height: int, width: int) -> Tensor:
        return F.interpolate(self.out_conv(self.unit(x)), size=[height, width], mode="bilinear",
                             align_corners=True)


class Temporal(nn.Module):
    """Features [T, K'] of T frames, and states [S, Q] of S before them, to [T, 4 h w F (+ Q)].

    K' is the first part of Encoder's K. A state holds what enters the eight attentions:
    Q = 2 (c3 h w + c4 ceil(h/2) ceil(w/2) + F h w + 4 F h w); `states` other than 0 appends those of
    the T frames.
    """

    channels3: Final[int]
    channels4: Final[int]
    features: Final[int]

    def __init__(self, sizes):
        super().__init__()
        self.channels3, self.channels4 = sizes.out_channels[2:]
        self.features = sizes.features
        widths = [self.channels3, self.channels4, sizes.features, sizes.features]
        self.module0, self.module1, self.module2, self.module3 = (
            TemporalModule(width, sizes.frames, hidden)
            for width, hidden in zip(widths, sizes.temporal_hidden))
        self.layer3_rn = nn.Conv2d(self.channels3, sizes.features, 3, padding=1, bias=False)
        self.layer4_rn = nn.Conv2d(self.channels4, sizes.features, 3, padding=1, bias=False)
        self.skip3 = ConvUnit(sizes.features)
        self.refine3 = Fusion(sizes.features)
        self.refine4 = Fusion(sizes.features)

    def contexts(self, context: Tensor, h: int, w: int) -> List[Tensor]:
        """Eight of [S, pixels, C]."""
        small = ((h + 1) // 2) * ((w + 1) // 2)
        pixels = [h * w, small, h * w, 4 * h * w]
        widths = [self.channels3, self.channels4, self.features, self.features]
        parts: List[Tensor] = []
        first = 0
        for i in range(8):
            size = pixels[i // 2] * widths[i // 2]
            parts.append(context.narrow(1, first, size).unflatten(1, [pixels[i // 2],
                                                                      widths[i // 2]]))
            first += size
        return parts

    def forward(self, features: Tensor, context: Tensor, h: int, w: int, states: int) -> Tensor:
        half_h, half_w = (h + 1) // 2, (w + 1) // 2
        size3 = self.channels3 * h * w
        x3 = features[:, :size3].unflatten(1, [h, w, self.channels3]).permute(0, 3, 1, 2)
        x4 = features[:, size3:].unflatten(1, [half_h, half_w, self.channels4]).permute(0, 3, 1, 2)
        seen = self.contexts(context, h, w)
        x3, state0, state1 = self.module0(x3, seen[0], seen[1])
        x4, state2, state3 = self.module1(x4, seen[2], seen[3])
        x = self.refine4(self.layer4_rn(x4), h, w)
        x, state4, state5 = self.module2(x, seen[4], seen[5])
        x = self.refine3(x + self.skip3(self.layer3_rn(x3)), 2 * h, 2 * w)
        x, state6, state7 = self.module3(x, seen[6], seen[7])
        if states == 0:
            return flat(x)
        kept = [state0, state1, state2, state3, state4, state5, state6, state7]
        return torch.cat([flat(x)] + [state.flatten(1) for state in kept], dim=1)
