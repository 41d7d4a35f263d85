"""Transformer blocks: with scaled branches, and with knowledge of where their tokens are."""

from typing import Final, List, Tuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..layers import attend_in_blocks
from ..video_depth_anything.encoder import Block


class ScaledLinear(nn.Linear):
    """A linear layer whose outputs are multiplied by `gamma`.

    The product of two float16 weights is no float16: both are stored, and prepare() multiplies them
    in the dtype that the network runs in.
    """

    prepared: bool

    def __init__(self, inputs: int, outputs: int):
        super().__init__(inputs, outputs)
        self.gamma = nn.Parameter(torch.empty(outputs))
        self.prepared = False

    def prepare(self) -> None:
        if not self.prepared:
            gamma = self.gamma.float()
            self.weight.copy_(self.weight.float() * gamma.unsqueeze(1))
            self.bias.copy_(self.bias.float() * gamma)
            self.prepared = True

    def forward(self, x: Tensor) -> Tensor:
        y = F.linear(x, self.weight, self.bias)
        return y if self.prepared else y * self.gamma


class ScaledBlock(Block):
    """A block of Video-Depth-Anything with the scales of its branches in `proj` and `fc2`."""

    few_keys: Final[int] = Block.few_keys

    def __init__(self, width: int, heads: int, hidden: int, eps: float = 1e-6):
        super().__init__(width, heads, hidden, eps)
        self.proj = ScaledLinear(width, width)
        self.fc2 = ScaledLinear(hidden, width)

    def prepare(self) -> None:
        self.proj.prepare()
        self.fc2.prepare()


def turns_of(h: int, w: int, specials: int, width: int, like: Tensor) -> Tuple[Tensor, Tensor]:
    """Cosines and sines of the angles of a frame's tokens, each [specials + h w, 2, width / 4].

    Special tokens stand at row and column 0, the patches behind them from 1 on. Angles are
    float32, the results of the dtype and device of `like`. Source: Su et al. 2021 (RoPE), for each
    axis on one half of the head's width, with base 100.
    """
    quarter = width // 4
    exponents = torch.arange(quarter, dtype=torch.float32, device=like.device) / quarter
    frequencies = torch.pow(100.0, -exponents)
    rows = torch.arange(1, h + 1, dtype=torch.float32, device=like.device)
    columns = torch.arange(1, w + 1, dtype=torch.float32, device=like.device)
    cells = torch.stack([rows.repeat_interleave(w), columns.repeat(h)], dim=1)
    places = torch.cat([torch.zeros([specials, 2], dtype=torch.float32, device=like.device), cells])
    angles = places.unsqueeze(2) * frequencies
    return angles.cos().to(like.dtype), angles.sin().to(like.dtype)


def turned(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """x [S, N, heads, width], turned by the angles of its N tokens."""
    parts = x.unflatten(-1, [2, 2, cos.shape[2]])
    a, b = parts.select(-2, 0), parts.select(-2, 1)
    cos, sin = cos.unsqueeze(1), sin.unsqueeze(1)
    return torch.stack([a * cos - b * sin, b * cos + a * sin], dim=-2).flatten(-3)


class RotaryBlock(nn.Module):
    """A transformer block with 2-D rotary positions in queries and keys."""

    few_keys: Final[int] = 256  # As in layers.Attention.
    tokens_together: Final[int] = 4096  # In the wide layers: memory only.

    def __init__(self, width: int, heads: int, hidden: int, eps: float):
        super().__init__()
        self.heads = heads
        self.norm1 = nn.LayerNorm(width, eps=eps)
        self.query = nn.Linear(width, width)
        self.key_value = nn.Linear(width, 2 * width)
        self.q_norm = nn.Identity()
        self.k_norm = nn.Identity()
        self.proj = nn.Linear(width, width)
        self.norm2 = nn.LayerNorm(width, eps=eps)
        self.fc1 = nn.Linear(width, hidden)
        self.fc2 = nn.Linear(hidden, width)

    def attend(self, x: Tensor, cos: Tensor, sin: Tensor, step: int) -> Tensor:
        """[S, N, C] -> [S, ceil(N / step), C]."""
        q = self.query(x[:, ::step]).unflatten(-1, [self.heads, -1])
        k, v = self.key_value(x).unflatten(-1, [2, self.heads, -1]).unbind(2)
        q = turned(self.q_norm(q), cos[::step], sin[::step]).transpose(1, 2)
        k = turned(self.k_norm(k), cos, sin).transpose(1, 2)
        v = v.transpose(1, 2)
        blocks = q.dtype == torch.bfloat16 or q.dtype == torch.float32
        if blocks and k.shape[2] > self.few_keys and q.is_cpu:
            y = attend_in_blocks(q, k, v)
        else:
            y = F.scaled_dot_product_attention(q, k, v)
        return self.proj(y.transpose(1, 2).flatten(2))

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, step: int) -> Tensor:
        """S sequences of tokens x [S, N, C] with turns_of() them, [N, 2, d / 4].

        @return the result of every `step`-th token, [S, ceil(N / step), C].
        """
        y = x[:, ::step] + self.attend(self.norm1(x), cos, sin, step)
        parts: List[Tensor] = []
        for part in y.split(self.tokens_together, dim=1):
            parts.append(part + self.fc2(F.gelu(self.fc1(self.norm2(part)))))
        return torch.cat(parts, dim=1)


class NormalisedRotaryBlock(RotaryBlock):
    """A RotaryBlock that normalises the queries and keys of each head and scales its branches."""

    few_keys: Final[int] = RotaryBlock.few_keys
    tokens_together: Final[int] = RotaryBlock.tokens_together

    def __init__(self, width: int, heads: int, hidden: int, eps: float):
        super().__init__(width, heads, hidden, eps)
        self.q_norm = nn.LayerNorm(width // heads, eps=1e-5)
        self.k_norm = nn.LayerNorm(width // heads, eps=1e-5)
        self.proj = ScaledLinear(width, width)
        self.fc2 = ScaledLinear(hidden, width)

    def prepare(self) -> None:
        self.proj.prepare()
        self.fc2.prepare()
