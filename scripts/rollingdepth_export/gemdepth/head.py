"""Taps to what the head of Video-Depth-Anything takes, its first half."""

from typing import Final

import torch
from torch import Tensor, nn

from ..video_depth_anything.encoder import ConvUnit, Enlarge, VisionTransformer, flat
from .blocks import ScaledBlock


class Encoder(VisionTransformer):
    """Frames [B, 3, 14 h, 14 w], normalised, to four taps [B, 4 h w C], one after the other."""

    patch: Final[int] = 14

    def __init__(self, sizes):
        super().__init__(sizes, ScaledBlock)

    @torch.jit.export
    def prepare(self) -> None:
        """Optional; once, after the last change of dtype or device: makes forward faster."""
        for stage in self.stages:
            for block in stage:
                block.prepare()

    def forward(self, frames: Tensor) -> Tensor:
        return torch.stack(self.taps(frames), dim=1).flatten(1)


class Levels(nn.Module):
    """The first three taps [B, 3 L C] to [B, c3 L + 4 L F + 16 L F].

    That is level 3 before its temporal module, then the skips of levels 2 and 1, as the encoder of
    Video-Depth-Anything writes them.
    """

    width: Final[int]

    def __init__(self, sizes):
        super().__init__()
        c1, c2, c3, _ = sizes.out_channels
        features = sizes.features
        self.width = sizes.embed
        self.project1 = nn.Linear(sizes.embed, c1)
        self.project2 = nn.Linear(sizes.embed, c2)
        self.project3 = nn.Linear(sizes.embed, c3)
        self.enlarge1 = Enlarge(c1, 4)
        self.enlarge2 = Enlarge(c2, 2)
        self.layer1_rn = nn.Conv2d(c1, features, 3, padding=1, bias=False)
        self.layer2_rn = nn.Conv2d(c2, features, 3, padding=1, bias=False)
        self.unit1 = ConvUnit(features)
        self.unit2 = ConvUnit(features)

    def forward(self, taps: Tensor, h: int, w: int) -> Tensor:
        taps1, taps2, taps3 = taps.unflatten(1, [3, h, w, self.width]).unbind(1)
        skip1 = self.unit1(self.layer1_rn(self.enlarge1(self.project1(taps1))))
        skip2 = self.unit2(self.layer2_rn(self.enlarge2(self.project2(taps2))))
        return torch.cat([self.project3(taps3).flatten(1), flat(skip2), flat(skip1)], dim=1)


class Level4(nn.Module):
    """The result of ASTT [B, L C] to level 4 before its temporal module, [B, c4 l]."""

    width: Final[int]

    def __init__(self, sizes):
        super().__init__()
        self.width = sizes.embed
        self.project = nn.Linear(sizes.embed, sizes.out_channels[3])
        self.shrink = nn.Conv2d(sizes.out_channels[3], sizes.out_channels[3], 3, stride=2,
                                padding=1)

    def forward(self, x: Tensor, h: int, w: int) -> Tensor:
        return flat(self.shrink(self.project(x.unflatten(1, [h, w, self.width]))
                                .permute(0, 3, 1, 2)))
