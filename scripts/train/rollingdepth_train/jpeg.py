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


def _quantised(plane: Tensor, steps: Tensor, dct: Tensor) -> Tensor:
    """`plane` [N, h, w] of 0-centred values, sides multiples of 8, after rounding in its DCT."""
    n, height, width = plane.shape
    blocks = plane.view(n, height // 8, 8, width // 8, 8).transpose(2, 3)
    steps = steps[:, None, None]
    coefficients = (dct @ blocks @ dct.T / steps).round() * steps
    return (dct.T @ coefficients @ dct).transpose(2, 3).reshape(n, height, width)


def compressed(rgb: Tensor, quality: Tensor) -> Tensor:
    """RGB [N, 3, h, w] in [0, 1] after JPEG at `quality` [N], chroma at half the resolution."""
    height, width = rgb.shape[2:]
    padded = F.pad(rgb.float(), (0, -width % 16, 0, -height % 16), mode="replicate") * 255
    to_ycc = rgb.new_tensor(YCC_FROM_RGB, dtype=torch.float32)
    dct = rgb.new_tensor(dct_matrix(), dtype=torch.float32)
    ycc = torch.einsum("ij,njhw->nihw", to_ycc, padded)
    luma = scaled_table(rgb.new_tensor(LUMA, dtype=torch.float32), quality.float())
    chroma = scaled_table(rgb.new_tensor(CHROMA, dtype=torch.float32), quality.float())
    y = _quantised(ycc[:, 0] - 128, luma, dct) + 128
    small = F.avg_pool2d(ycc[:, 1:], 2)
    small = torch.stack([_quantised(small[:, c], chroma, dct) for c in range(2)], 1)
    ycc = torch.cat([y[:, None], F.interpolate(small, scale_factor=2, mode="bilinear")], 1)
    out = torch.einsum("ij,njhw->nihw", torch.linalg.inv(to_ycc), ycc) / 255
    return out[..., :height, :width].clamp(0, 1).to(rgb.dtype)
