"""Turns depth into coloured pictures and pictures into data URIs."""

import base64
import io

import matplotlib
import numpy as np
from PIL import Image

WIDTH_PX = 480
# Red is near. The first is what rollingdepth itself colours its inverse depth with.
INVERSE_DEPTH_COLORS, DEPTH_COLORS = "Spectral_r", "Spectral"
DIFFERENCE_COLORS = "RdBu_r"
INVALID = (128, 128, 128)


def data_uri(picture):
    """The picture as WebP, at most WIDTH_PX wide. @return URI, width and height."""
    if picture.width > WIDTH_PX:
        height = max(1, round(picture.height * WIDTH_PX / picture.width))
        picture = picture.resize((WIDTH_PX, height), Image.Resampling.LANCZOS)
    packed = io.BytesIO()
    picture.save(packed, "WEBP", quality=82, method=6)
    text = base64.b64encode(packed.getvalue()).decode("ascii")
    return f"data:image/webp;base64,{text}", picture.width, picture.height


def coloured(depth, valid, low, high, colors):
    """A picture of `depth`, the colours going from `low` to `high`; grey where not valid."""
    span = high - low
    share = np.zeros(depth.shape)
    share[valid] = (np.clip(depth[valid], low, high) - low) / span if span > 0 else 0.5
    pixels = matplotlib.colormaps[colors](share, bytes=True)[..., :3].copy()
    pixels[~valid] = INVALID
    return Image.fromarray(pixels)


def depth_range(depth, valid):
    """The values between which nearly all of `depth` lies: half a percent is left out each side."""
    if not valid.any():
        return 0.0, 1.0
    low, high = np.percentile(depth[valid], [0.5, 99.5])
    return float(low), float(high)


def difference_limit(differences, depth_span):
    """One symmetric limit for differences (a list of values), again without the last percent.

    At least a thousandth of `depth_span`: rounding should not look like a difference.
    """
    values = np.concatenate([np.abs(difference).ravel() for difference in differences] or [[]])
    values = values[np.isfinite(values)]
    limit = float(np.percentile(values, 99)) if values.size else 0.0
    return max(limit, 1e-3 * depth_span) or 1.0


def css_gradient(colors, stops=16):
    """The colour map as a CSS gradient, for a colour bar."""
    table = matplotlib.colormaps[colors](np.linspace(0, 1, stops), bytes=True)[:, :3]
    return "linear-gradient(90deg," + ",".join("#%02x%02x%02x" % tuple(row) for row in table) + ")"
