"""From what the temporal modules left of a frame to its depth, frame by frame."""

from typing import Final

import torch.nn.functional as F
from torch import Tensor, nn

from .temporal import Fusion


class Decoder(nn.Module):
    """[B, 4 h w F + 4 h w F + 16 h w F], Temporal's output and both skips, to [B, F/2, 8 h, 8 w]."""

    features: Final[int]

    def __init__(self, sizes):
        super().__init__()
        self.features = sizes.features
        self.refine2 = Fusion(sizes.features)
        self.refine1 = Fusion(sizes.features)
        self.output_conv1 = nn.Conv2d(sizes.features, sizes.half_features, 3, padding=1)

    def level(self, x: Tensor, height: int, width: int) -> Tensor:
        return x.unflatten(1, [height, width, self.features]).permute(0, 3, 1, 2)

    def forward(self, x: Tensor, h: int, w: int) -> Tensor:
        size = 4 * h * w * self.features
        path = self.level(x[:, :size], 2 * h, 2 * w)
        skip2 = self.level(x[:, size:2 * size], 2 * h, 2 * w)
        skip1 = self.level(x[:, 2 * size:], 4 * h, 4 * w)
        path = self.refine2(path + skip2, 4 * h, 4 * w)
        path = self.refine1(path + skip1, 8 * h, 8 * w)
        return self.output_conv1(path)


class Output(nn.Module):
    """[B, F/2, 8 h, 8 w] to depth [B, 1, 14 h, 14 w], not negative; in float32 always."""

    def __init__(self, sizes):
        super().__init__()
        self.conv1 = nn.Conv2d(sizes.half_features, sizes.output_hidden, 3, padding=1)
        self.conv2 = nn.Conv2d(sizes.output_hidden, 1, 1)

    def forward(self, x: Tensor, h: int, w: int) -> Tensor:
        x = F.interpolate(x, size=[14 * h, 14 * w], mode="bilinear", align_corners=True)
        return F.relu(self.conv2(F.relu(self.conv1(x))))
