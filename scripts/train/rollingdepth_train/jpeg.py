"""What JPEG does to pictures, on tensors of any device, without its entropy coding.

Source: ITU-T T.81 (1992), annex A for the transform and annex K for the tables.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

LUMA = (
    (16, 11, 10, 16, 24, 40, 51, 61), (12, 12, 14, 19, 26, 58, 60, 55),
    (14, 13, 16, 24, 40, 57, 69, 56), (14, 17, 22, 29, 51, 87, 80, 62),
    (18, 22, 37, 56, 68, 109, 103, 77), (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101), (72, 92, 95, 98, 112, 100, 103, 99),
)  # fmt: skip
CHROMA = (
    (17, 18, 24, 47, 99, 99, 99, 99), (18, 21, 26, 66, 99, 99, 99, 99),
    (24, 26, 56, 99, 99, 99, 99, 99), (47, 66, 99, 99, 99, 99, 99, 99),
    *((99,) * 8,) * 4,
)  # fmt: skip
# Rows: Y, Cb, Cr of red, green, blue (BT.601, full range).
YCC_FROM_RGB = ((0.299, 0.587, 0.114), (-0.168736, -0.331264, 0.5), (0.5, -0.418688, -0.081312))


def dct_matrix() -> list[list[float]]:
    """[8][8] the orthonormal cosine transform: row k is the k-th frequency."""
    return [[math.sqrt((1 if k == 0 else 2) / 8) * math.cos((2 * n + 1) * k * math.pi / 16)
             for n in range(8)] for k in range(8)]


def scaled_table(table: Tensor, quality: Tensor) -> Tensor:
    """[..., 8, 8] steps of quantisation at `quality` [...] from 1 to 100, as libjpeg scales them."""
    scale = torch.where(quality < 50, 5000 / quality, 200 - 2 * quality)[..., None, None]
    return ((table * scale + 50) / 100).floor().clamp(1, 255)


def ycc_from_rgb(rgb: Tensor) -> list[Tensor]:
    """RGB [N, 3, h, w] of 0 to 255, sides multiples of 16, to Y, and Cb and Cr at half the size,
    [N, h, w] each, all around 0."""
    ycc = torch.einsum("ij,njhw->nihw", rgb.new_tensor(YCC_FROM_RGB), rgb)
    small = F.avg_pool2d(ycc[:, 1:], 2)
    return [ycc[:, 0] - 128, small[:, 0], small[:, 1]]


def rgb_from_ycc(planes: list[Tensor]) -> Tensor:
    """The inverse of ycc_from_rgb, but for the finer half of the chroma."""
    chroma = F.interpolate(torch.stack(planes[1:], 1), scale_factor=2, mode="bilinear")
    ycc = torch.cat([planes[0][:, None] + 128, chroma], 1)
    return torch.einsum("ij,njhw->nihw", torch.linalg.inv(ycc.new_tensor(YCC_FROM_RGB)), ycc)


def _steps(planes: list[Tensor], quality: Tensor | float) -> list[Tensor]:
    """[1 or N, 1, 8, 8] the steps of each plane."""
    quality = torch.as_tensor(quality, dtype=torch.float32, device=planes[0].device).reshape(-1, 1)
    luma, chroma = (scaled_table(planes[0].new_tensor(table), quality) for table in (LUMA, CHROMA))
    return [luma, chroma, chroma]


def blocks_of(planes: list[Tensor], quality: Tensor | float) -> list[Tensor]:
    """Whole numbers [N, blocks, 8, 8] that JPEG stores of planes [N, h, w] at `quality` [N] or 1."""
    dct = planes[0].new_tensor(dct_matrix())
    out = []
    for plane, steps in zip(planes, _steps(planes, quality)):
        n, height, width = plane.shape
        blocks = plane.reshape(n, height // 8, 8, width // 8, 8).transpose(2, 3).flatten(1, 2)
        out.append((dct @ blocks @ dct.T / steps).round())
    return out


def from_blocks(stored: list[Tensor], width: int, quality: Tensor | float) -> Tensor:
    """RGB [N, 3, h, w] of 0 to 255 from what blocks_of gives, of any shape [N, blocks, ...]."""
    dct = stored[0].new_tensor(dct_matrix())
    planes = []
    for numbers, steps, scale in zip(stored, _steps(stored, quality), (1, 2, 2)):
        across = width // 8 // scale
        blocks = dct.T @ (numbers.reshape(len(numbers), -1, 8, 8) * steps) @ dct
        blocks = blocks.unflatten(1, (-1, across)).transpose(2, 3)
        planes.append(blocks.reshape(len(numbers), -1, across * 8))
    return rgb_from_ycc(planes)


def compressed(rgb: Tensor, quality: Tensor) -> Tensor:
    """RGB [N, 3, h, w] in [0, 1] after JPEG at `quality` [N], chroma at half the resolution."""
    height, width = rgb.shape[2:]
    padded = F.pad(rgb.float(), (0, -width % 16, 0, -height % 16), mode="replicate") * 255
    out = from_blocks(blocks_of(ycc_from_rgb(padded), quality), padded.shape[3], quality)
    return (out[..., :height, :width] / 255).clamp(0, 1).to(rgb.dtype)
