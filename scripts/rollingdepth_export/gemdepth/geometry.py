"""From the last tap to what the camera head needs to know of each frame."""

from typing import Final

import torch
from torch import Tensor, nn

from .blocks import NormalisedRotaryBlock, turns_of

SPECIALS = 5  # Tokens in front of a frame's patches: the camera's, and four registers.
EPS = 1e-5


class FrameBlock(nn.Module):
    """The last tap [B, L C] of frames to their tokens [B, (L + 5) C], special ones first.

    `first` other than 0: the frames are the first of a window, which has special tokens of its own.
    """

    specials: Final[int] = SPECIALS

    def __init__(self, sizes):
        super().__init__()
        self.head_width = sizes.embed // sizes.gem_heads
        self.special = nn.Parameter(torch.empty(2, self.specials, sizes.embed))
        self.block = NormalisedRotaryBlock(sizes.embed, sizes.gem_heads, sizes.gem_hidden, EPS)

    @torch.jit.export
    def prepare(self) -> None:
        """Optional; once, after the last change of dtype or device: makes forward faster."""
        self.block.prepare()

    def tokens(self, x: Tensor, h: int, w: int, first: int) -> Tensor:
        """[B, L C] -> [B, L + 5, C]."""
        special = self.special[0 if first != 0 else 1]
        return torch.cat([special.expand(x.shape[0], -1, -1), x.unflatten(1, [h * w, -1])], dim=1)

    def forward(self, x: Tensor, h: int, w: int, first: int) -> Tensor:
        cos, sin = turns_of(h, w, self.specials, self.head_width, x)
        return self.block(self.tokens(x, h, w, first), cos, sin, 1).flatten(1)


class GlobalBlock(nn.Module):
    """FrameBlock's tokens [T, (L + 5) C] of a window to camera features [T, 2 C].

    Those are a frame's camera token before and after all tokens of all frames attended together, of
    which no other result is needed.
    """

    specials: Final[int] = SPECIALS

    def __init__(self, sizes):
        super().__init__()
        self.head_width = sizes.embed // sizes.gem_heads
        self.block = NormalisedRotaryBlock(sizes.embed, sizes.gem_heads, sizes.gem_hidden, EPS)

    @torch.jit.export
    def prepare(self) -> None:
        """Optional; once, after the last change of dtype or device: makes forward faster."""
        self.block.prepare()

    def forward(self, x: Tensor, h: int, w: int) -> Tensor:
        frames, tokens = x.shape[0], h * w + self.specials
        x = x.unflatten(1, [tokens, -1])
        cos, sin = turns_of(h, w, self.specials, self.head_width, x)
        y = self.block(x.reshape(1, frames * tokens, -1), cos.repeat(frames, 1, 1),
                       sin.repeat(frames, 1, 1), tokens)
        return torch.cat([x[:, 0], y[0]], dim=1)
