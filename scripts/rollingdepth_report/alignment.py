"""Brings a candidate's depth to the reference, and says which pixels count."""

import numpy as np


def aligned(candidate, affine, settings):
    """`candidate` as the comparison saw it; docs/compare.md has the formulas.

    @param affine None: as stored.
    """
    depth = candidate.astype(np.float64)
    if affine is not None:
        depth = affine.scale * depth + affine.shift
    low, high = settings.get("min_depth"), settings.get("max_depth")
    if settings.get("align") == "affine-inverse":
        # Disparity of 0 and below is as far away as depth goes.
        with np.errstate(divide="ignore"):
            depth = 1 / np.maximum(depth, 1 / high if high else 0)
    return np.clip(depth, low, high) if settings.get("ground_truth") else depth


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
