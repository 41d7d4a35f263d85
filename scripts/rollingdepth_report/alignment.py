"""Brings a candidate's depth to the reference, and says which pixels count."""

import numpy as np


def aligned(candidate, affine, settings):
    """`candidate` as the comparison saw it.

    With `affine-inverse` the fit holds for disparity: 1 / (scale * candidate + shift), clipped to
    the depths that count. @param affine None: as stored.
    """
    if affine is None:
        return candidate
    moved = affine.scale * candidate.astype(np.float64) + affine.shift
    if settings.get("align") != "affine-inverse":
        return moved
    with np.errstate(divide="ignore"):
        depth = 1.0 / moved
    low, high = settings.get("min_depth"), settings.get("max_depth")
    if low is None and high is None:
        return depth
    # Disparity of 0 and below is infinitely far.
    depth = np.where(moved <= 0, np.inf, depth)
    return np.clip(depth, low, high)


def valid_pixels(reference, candidate, settings, mask=None):
    """Where both are numbers, the mask is not 0, and ground truth lies in the asked-for range."""
    valid = np.isfinite(reference) & np.isfinite(candidate)
    if mask is not None:
        valid &= mask != 0
    if settings.get("ground_truth"):
        low, high = settings.get("min_depth"), settings.get("max_depth")
        valid &= reference > 0
        if low is not None:
            valid &= reference >= low
        if high is not None:
            valid &= reference <= high
    return valid
