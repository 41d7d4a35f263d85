"""Writes small folders of scenes as the renderer does (format 2), from arrays."""

import json
from pathlib import Path

import numpy as np


def write_scenes(folder: Path, rgb: np.ndarray, inverse_depth: np.ndarray,
                 objects: np.ndarray | None = None, moving: bool = True) -> None:
    """rgb [N, V, h, w, 3] uint8, inverse depth [N, V, h, w] in 1/metre, objects [N, V, h, w] uint8.

    The cameras stand still at the origin; their focal length is the pictures' width.
    """
    scenes, views, height, width = inverse_depth.shape
    limit = inverse_depth.reshape(scenes, -1).max(1)
    share = inverse_depth / limit[:, None, None, None]
    records = np.zeros((scenes, 5 + 12 * views), np.float32)
    records[:, 0] = np.arange(scenes) + 1
    records[:, 2:5] = np.stack([np.full(scenes, moving), limit, np.full(scenes, width)], 1)
    records[:, 5:] = np.tile(np.r_[np.eye(3).ravel(), 0, 0, 0], views)
    layout = {"format": 2, "views": views, "width_px": width, "height_px": height}
    (folder / "scenes.json").write_text(json.dumps(layout))
    rgb.astype(np.uint8).tofile(folder / "rgb.bin")
    np.round(share * 65535).astype(np.uint16).tofile(folder / "disparity.bin")
    records.tofile(folder / "scenes.bin")
    if objects is not None:
        objects.astype(np.uint8).tofile(folder / "objects.bin")
