"""What the training minimises. Depth maps are [B, L, h, w]: L frames of one scale per row of B."""

import torch
from torch import Tensor
from torch.nn import functional as F


def aligned(prediction: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """`prediction` after the weighted least-squares scale and shift per snippet.

    The two coefficients carry no gradient, so shrinking the prediction gains nothing.
    """
    with torch.no_grad():
        p, t, w = (x.flatten(1).double() for x in (prediction, target, weight))
        total = w.sum(1)
        mean_p, mean_t = (w * p).sum(1) / total, (w * t).sum(1) / total
        covariance = (w * (p - mean_p[:, None]) * (t - mean_t[:, None])).sum(1)
        variance = (w * (p - mean_p[:, None]) ** 2).sum(1)
        scale = (covariance / variance.clamp_min(1e-6 * total)).clamp(0.2, 5)
        shift = (mean_t - scale * mean_p).float()[:, None, None, None]
        scale = scale.float()[:, None, None, None]
    return prediction * scale + shift


def gradient_difference(difference: Tensor, levels: int = 4) -> Tensor:
    """Mean L1 of the gradients of `prediction - target` on `levels` scales (Li and Snavely 2018)."""
    total = difference.new_zeros(())
    for level in range(levels):
        if level:
            difference = F.avg_pool2d(difference, 2)
        total = total + (difference[..., :, 1:] - difference[..., :, :-1]).abs().mean()
        total = total + (difference[..., 1:, :] - difference[..., :-1, :]).abs().mean()
    return total


def far_weight(target: Tensor) -> Tensor:
    """More for the far: an error of inverse depth is an error of depth times depth squared."""
    weight = 1 / ((target + 1).clamp_min(0) / 2 + 0.35)
    return weight / weight.mean((1, 2, 3), keepdim=True)


def depth_loss(prediction: Tensor, target: Tensor, weight: Tensor) -> dict[str, Tensor]:
    """The terms of the loss; `total` is their weighted sum. Pixels of `weight` 0 do not count."""
    prediction = torch.where(weight > 0, prediction, target)
    weight = far_weight(target)
    difference = prediction - target
    direct = (weight * difference.abs()).mean()
    free = aligned(prediction, target, weight) - target
    shape = (weight * free.abs()).mean()
    edges = gradient_difference(free)
    # Along time, on a coarse grid: what changes between frames is what has to, flicker is not.
    steady = F.avg_pool2d(free, 4)
    change = (steady[:, 1:] - steady[:, :-1]).abs().mean() if free.shape[1] > 1 else free.new_zeros(())
    return {"direct": direct, "shape": shape, "edges": edges, "change": change,
            "total": 0.5 * direct + 0.7 * shape + 0.5 * edges + 0.5 * change}
