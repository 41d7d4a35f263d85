"""Brings a candidate's depth to the reference, and says which pixels count."""

import numpy as np

from .number_text import number


def aligned(candidate, affine, settings):
    """`candidate` as the comparison saw it; docs/compare.md has the formulas.

    @param affine None: as stored. @param settings measurements.ComparisonSettings.
    """
    depth = candidate.astype(np.float64)
    low, high = settings.min_depth, settings.max_depth
    # Stored values need not be numbers; valid_pixels leaves those out.
    with np.errstate(all="ignore"):
        if affine is not None:
            depth = affine.scale * depth + affine.shift
        if settings.align == "affine-inverse":
            # Disparity of 0 and below is as far away as depth goes.
            depth = 1 / np.maximum(depth, 1 / high if high else 0)
    return np.clip(depth, low, high) if settings.ground_truth else depth


def alignment_text(affine, settings):
    """What was fitted and what came of it: "affine, per clip, robust: 2.000 × candidate − 1.000".

    @param affine None: not one for all frames.
    """
    if settings.align == "none":
        return "none"
    text = f"{settings.align}, per {settings.align_scope}, {settings.fit}"
    return f"{text}: {formula(affine, settings)}" if affine is not None else text


def formula(affine, settings):
    fitted = f"{number(affine.scale)} × candidate"
    if settings.align != "scale":
        fitted += f" {'−' if affine.shift < 0 else '+'} {number(abs(affine.shift))}"
    return f"1 / ({fitted})" if settings.align == "affine-inverse" else fitted


def valid_pixels(reference, candidate, settings, mask=None):
    """Where both are numbers, the mask is not 0, and ground truth lies in its range.

    @param candidate before it is aligned: clipping makes numbers of what is none.
    """
    valid = np.isfinite(reference) & np.isfinite(candidate)
    if mask is not None:
        valid &= mask != 0
    if settings.ground_truth:
        # The program compares in double precision.
        depth = reference.astype(np.float64)
        valid &= depth > 0
        if settings.min_depth is not None:
            valid &= depth >= settings.min_depth
        if settings.max_depth is not None:
            valid &= depth <= settings.max_depth
    return valid
