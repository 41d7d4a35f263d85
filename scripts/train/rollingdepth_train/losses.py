"""What the training minimises.

Depth maps are [B, L, h, w]: L frames of one scale per row of B. `weight` of the same shape is 1 where
a pixel counts and 0 where its truth is unknown or it shows no scene.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

# Shares of the inverse depth near the camera: what is no sky, and what logarithms start from.
LEAST_KNOWN, LOG_FLOOR = 0.002, 0.02


def weighted_mean(value: Tensor, weight: Tensor) -> Tensor:
    """The mean of `value` where `weight` is, which may be nowhere."""
    return (value * weight).sum() / weight.sum().clamp_min(1e-6)


def aligned(prediction: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """`prediction` after the weighted least-squares scale and shift per snippet.

    The gradient flows through the two, too: without it there would be one along scale and shift,
    which nothing ever answers.
    """
    p, t, w = (x.flatten(1) for x in (prediction, target, weight))
    total = w.sum(1).clamp_min(1e-6)
    mean_p, mean_t = (w * p).sum(1) / total, (w * t).sum(1) / total
    away = p - mean_p[:, None]
    covariance, variance = (w * away * (t - mean_t[:, None])).sum(1), (w * away**2).sum(1)
    scale = covariance / variance.clamp_min(1e-4 * total)
    shift = (mean_t - scale * mean_p)[:, None, None, None]
    return prediction * scale[:, None, None, None] + shift


def standardised(depth: Tensor, weight: Tensor) -> Tensor:
    """`depth` less its median, in units of its mean absolute deviation from it, per snippet.

    Robust where a few pixels are very near. The gradient flows through the median, too: without it
    there would be one along the shift, which nothing ever answers. Source: Ranftl et al. 2022,
    "Towards robust monocular depth estimation", section 5, equations 5 and 6.
    """
    flat, w = depth.flatten(1), weight.flatten(1)
    median = torch.where(w > 0, flat, torch.nan).nanmedian(1, keepdim=True).values.nan_to_num()
    deviation = ((flat - median).abs() * w).sum(1, keepdim=True) / w.sum(1, keepdim=True).clamp_min(1e-6)
    return ((flat - median) / deviation.clamp_min(0.05)).view_as(depth)


def gradient_difference(difference: Tensor, weight: Tensor | None = None, levels: int = 4) -> Tensor:
    """Mean L1 of the gradients of `prediction - target` over both directions and `levels` scales.

    A difference counts where both its pixels do. Source: Li and Snavely 2018, "MegaDepth", equation 7.
    """
    weight = torch.ones_like(difference) if weight is None else weight
    difference = difference * weight
    total = difference.new_zeros(())
    for level in range(levels):
        if level:
            # Mean over what counts; a block counts where half of it does.
            share = F.avg_pool2d(weight, 2)
            difference = F.avg_pool2d(difference, 2) / share.clamp_min(0.25)
            weight = (share >= 0.5).to(difference.dtype)
        for axis in (-1, -2):
            size = difference.shape[axis] - 1
            first, second = difference.narrow(axis, 0, size), difference.narrow(axis, 1, size)
            both = weight.narrow(axis, 0, size) * weight.narrow(axis, 1, size)
            total = total + weighted_mean((second - first).abs(), both)
    return total / (2 * levels)


def far_weight(target: Tensor, weight: Tensor) -> Tensor:
    """More for the far: an error of inverse depth is an error of depth times depth squared."""
    more = weight / ((target + 1).clamp_min(0) / 2 + 0.35)
    mean = more.sum((1, 2, 3), keepdim=True) / weight.sum((1, 2, 3), keepdim=True).clamp_min(1e-6)
    return more / mean.clamp_min(1e-6)


def log_difference(prediction: Tensor, target: Tensor, weight: Tensor,
                   lowest: Tensor) -> tuple[Tensor, Tensor]:
    """The logarithm of predicted over true inverse depth as the evaluation fits it: one scale and
    shift per snippet by least squares. Also where that counts: not in the sky.

    `lowest` [B] is the inverse depth at target -1 as a share of that at +1.
    """
    lowest = lowest[:, None, None, None]

    def inverse_depth(normalised: Tensor) -> Tensor:
        return (lowest + (1 - lowest) * (normalised + 1) / 2).clamp_min(0)

    true = inverse_depth(target)
    known = weight * (true > LEAST_KNOWN)
    fitted = inverse_depth(aligned(prediction, target, known))
    return torch.log(fitted + LOG_FLOOR) - torch.log(true + LOG_FLOOR), known


def depth_loss(prediction: Tensor, target: Tensor, weight: Tensor | None = None,
               lowest: Tensor | None = None) -> dict[str, Tensor]:
    """The terms of the loss; `total` is their weighted sum.

    `direct` holds the range of a snippet, `shape` and `edges` what is left when scale and shift are
    free, `change` what moves from frame to frame, `relative` and `relative_edges` are of depth over true
    depth. `lowest` [B] as in log_difference, 0 if not given.
    """
    weight = torch.ones_like(target) if weight is None else weight
    more = far_weight(target, weight)
    direct = weighted_mean((prediction - target).abs(), more)
    free = standardised(prediction, weight) - standardised(target, weight)
    shape = weighted_mean(free.abs(), more)
    edges = gradient_difference(free, weight)
    lowest = target.new_zeros(len(target)) if lowest is None else lowest
    ratio, known = log_difference(prediction, target, weight, lowest)
    relative, relative_edges = weighted_mean(ratio.abs(), known), gradient_difference(ratio, weight)
    if free.shape[1] > 1:
        # Along time, on a coarse grid: what changes between frames is what has to, flicker is not.
        share = F.avg_pool2d(weight, 4)
        steady = F.avg_pool2d((prediction - target) * weight, 4)
        change = weighted_mean((steady[:, 1:] - steady[:, :-1]).abs(), share[:, 1:] * share[:, :-1])
    else:
        change = free.new_zeros(())
    return {"direct": direct, "shape": shape, "edges": edges, "change": change,
            "relative": relative, "relative_edges": relative_edges,
            "total": (0.5 * direct + shape + 2 * edges + change
                      + 8 * (relative + 2 * relative_edges))}
