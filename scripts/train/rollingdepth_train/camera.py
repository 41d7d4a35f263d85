"""What cameras make of rendered frames: colour, exposure, blur, noise, bars, compression.

Works on a whole batch of snippets on any device. Every choice comes from a NumPy generator, so
that it is the same on all devices; only the noise is drawn where the frames are.
"""

import math

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from .jpeg import compressed

KERNEL_PX = 9  # Side of the blurs.


def _blur_kernel(sigma_px: float, motion_px: float, angle: float, sharpen: float) -> np.ndarray:
    """[9, 9] sums to 1: a Gaussian along a line of `motion_px`; `sharpen` > 0 turns it around."""
    half = KERNEL_PX // 2
    rows, columns = np.mgrid[-half : half + 1, -half : half + 1].astype(np.float64)
    kernel = np.zeros((KERNEL_PX, KERNEL_PX))
    for offset in np.linspace(-0.5, 0.5, 9) * motion_px:
        distance2 = (rows - offset * math.sin(angle)) ** 2 + (columns - offset * math.cos(angle)) ** 2
        kernel += np.exp(-distance2 / (2 * max(sigma_px, 0.3) ** 2))
    kernel /= kernel.sum()
    if sharpen > 0:
        kernel *= -sharpen
        kernel[half, half] += 1 + sharpen
    return kernel


def _draw_kernel(rng: np.random.Generator) -> np.ndarray | None:
    """The blur of one snippet: 30 % soft, 12 % moved in one direction, 13 % sharpened, or none."""
    choice = rng.random()
    if choice < 0.30:
        return _blur_kernel(rng.uniform(0.3, 1.4), 0, 0, 0)
    if choice < 0.42:
        return _blur_kernel(rng.uniform(0.3, 0.6), rng.uniform(1.5, 7), rng.uniform(0, math.pi), 0)
    if choice < 0.55:
        return _blur_kernel(1, 0, 0, 0.6)
    return None


def blurred(rgb: Tensor, rng: np.random.Generator) -> Tensor:
    """Frames [B, L, 3, h, w], some snippets of which are blurred or sharpened."""
    kernels = [_draw_kernel(rng) for _ in range(len(rgb))]
    chosen = [index for index, kernel in enumerate(kernels) if kernel is not None]
    if not chosen:
        return rgb
    part = rgb[chosen]
    planes = part.shape[1] * 3
    weight = np.stack([kernels[index] for index in chosen]).astype(np.float32)
    weight = torch.from_numpy(weight).to(rgb).repeat_interleave(planes, 0)[:, None]
    half = KERNEL_PX // 2
    flat = F.pad(part.flatten(1, 2).flatten(0, 1)[None], (half,) * 4, mode="replicate")
    out = rgb.clone()
    out[chosen] = F.conv2d(flat, weight, groups=len(weight)).view_as(part)
    return out


def _look(count: int, views: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Numbers of `count` snippets, float32 [B, 1 or L, 1 or 3, 1, 1]."""
    grey = rng.random(count) < 0.2
    night = rng.random(count) < 0.08
    tinted = rng.random((count, 1)) < 0.4
    flickers = (rng.random((count, 1)) < 0.3) * rng.uniform(0, 0.06, (count, 1))
    noisy = np.where(rng.random(count) < 0.6, rng.exponential(0.015, count), 0)
    values = {
        "saturation": np.where(grey, 0, rng.uniform(0.3, 1.5, count))[:, None, None],
        "gain": np.where(tinted, rng.uniform(0.75, 1.3, (count, 3)), 1)[:, None, :],
        "gamma": np.exp(rng.normal(0, 0.3, count))[:, None, None],
        "contrast": rng.uniform(0.55, 1.3, count)[:, None, None],
        "brightness": rng.normal(0, 0.07, count)[:, None, None],
        "vignette": np.where(rng.random(count) < 0.3, rng.uniform(0, 0.6, count), 0)[:, None, None],
        "exposure": np.where(night, rng.uniform(0.12, 0.45, count), 1)[:, None, None]
        * np.exp(flickers * rng.standard_normal((count, views)))[:, :, None],
        "noise": np.where(night, rng.uniform(0.015, 0.06, count), noisy)[:, None, None],
    }
    return {name: value.astype(np.float32)[..., None, None] for name, value in values.items()}


def bars(count: int, height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """[B, h, w] float32, 0 on the black bars of a tenth of the snippets, above or beside."""
    inside = np.ones((count, height, width), np.float32)
    for mask in inside:
        if rng.random() >= 0.1:
            continue
        axis, first, last = int(rng.random() < 0.4), rng.uniform(0.03, 0.2), rng.uniform(0.03, 0.2)
        if rng.random() < 0.8:
            last = first
        side = mask.shape[axis]
        mask = mask if axis == 0 else mask.T
        mask[: round(first * side)] = 0
        mask[side - round(last * side) :] = 0
    return inside


def photographed(rgb: Tensor, rng: np.random.Generator,
                 noise: torch.Generator) -> tuple[Tensor, Tensor]:
    """Frames [B, L, 3, h, w] in [0, 1] as cameras show them, in [-1, 1], and where they show them.

    One look for all frames of a snippet; noise and a slight flicker of the exposure are each
    frame's own. The weight [B, L, h, w] is 0 on bars, which are black and hold no depth, else 1.
    `noise` lives on the device of `rgb`.
    """
    count, views, _, height, width = rgb.shape
    look = {name: torch.from_numpy(value).to(rgb.device)
            for name, value in _look(count, views, rng).items()}
    grey = (rgb * rgb.new_tensor([0.299, 0.587, 0.114])[:, None, None]).sum(2, keepdim=True)
    x = torch.lerp(grey, rgb, look["saturation"]) * look["gain"]
    x = x.clamp(1e-4, 1) ** look["gamma"]
    x = (x - 0.5) * look["contrast"] + 0.5 + look["brightness"]
    rows = torch.linspace(-1, 1, height, device=rgb.device)[:, None]
    columns = torch.linspace(-1, 1, width, device=rgb.device)
    x = x * ((1 - look["vignette"] * (rows**2 + columns**2) / 2) * look["exposure"])
    x = blurred(x, rng)
    drawn = torch.randn(x.shape, generator=noise, device=x.device)
    x = (x + look["noise"] * drawn).clamp(0, 1)
    inside = torch.from_numpy(bars(count, height, width, rng)).to(rgb.device)
    x = x * inside[:, None, None]
    packed = np.flatnonzero(rng.random(count) < 0.35).tolist()
    quality = torch.from_numpy(rng.uniform(12, 85, count).astype(np.float32)).to(rgb.device)
    if packed:
        part = x[packed].flatten(0, 1)
        x[packed] = compressed(part, quality[packed].repeat_interleave(views)).view(-1, *x.shape[1:])
    return x * 2 - 1, inside[:, None].expand(-1, views, -1, -1)
