"""Reads rendered scenes and makes training snippets of them."""

import json
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from .targets import normalised

FORMAT = 2
SERIAL, KIND, MOVING, LIMIT, FOCAL_PX, POSE = range(6)  # Where a record's numbers lie, or start.

cv2.setNumThreads(1)


class Scenes:
    """The files that renderer/main.cpp writes, mapped into memory.

    rgb [N, V, h, w, 3] uint8; disparity [N, V, h, w] uint16, of which 65535 means `limit[n]` in
    1/metre; objects [N, V, h, w] uint8, or None: 0 where nothing moves by itself, else the number
    of what does; kind, moving, limit, focal_px [N]; pose [N, V, 12], the rows of camera_from_world
    and then the position, metres. `serial` [N] is the number of the scene that a slot holds, 0
    while a renderer that goes on overwrites it: a copy is whole if the serial was not 0 before it
    and is the same after it.
    """

    def __init__(self, folder: Path):
        layout = json.loads((folder / "scenes.json").read_text())
        if layout["format"] != FORMAT:
            raise ValueError(f"{folder}: scenes of format {layout['format']}, not {FORMAT}")
        self.views = int(layout["views"])
        self.width_px, self.height_px = int(layout["width_px"]), int(layout["height_px"])
        records = np.memmap(folder / "scenes.bin", np.float32, "r")
        records = records.reshape(-1, POSE + 12 * self.views)
        shape = (len(records), self.views, self.height_px, self.width_px)
        self.rgb = np.memmap(folder / "rgb.bin", np.uint8, "r").reshape(*shape, 3)
        self.disparity = np.memmap(folder / "disparity.bin", np.uint16, "r").reshape(shape)
        objects = folder / "objects.bin"
        self.objects = np.memmap(objects, np.uint8, "r").reshape(shape) if objects.exists() else None
        self.serial, self.kind, self.moving, self.limit, self.focal_px = records[:, :POSE].T
        self.pose = records[:, POSE:].reshape(-1, self.views, 12)

    def __len__(self) -> int:
        return len(self.kind)

    def inverse_depth(self, scene: int) -> np.ndarray:
        """[V, h, w] float32 in 1/metre; 0 is the sky."""
        return self.disparity[scene].astype(np.float32) * (self.limit[scene] / 65535)


@dataclass
class Snippet:
    """rgb [L, h, w, 3] uint8 and inverse depth [L, h, w] float32 of any scale."""

    rgb: np.ndarray
    inverse_depth: np.ndarray


def cut(scenes: Scenes, scene: int, views: list[int], size: tuple[int, int],
        rng: np.random.Generator) -> Snippet:
    """A random window of some views, at `size` (width, height) in pixels, mirrored half the time."""
    width, height = size
    largest = min(scenes.width_px / width, scenes.height_px / height)
    window = np.floor(np.array([width, height]) * largest * rng.uniform(0.55, 1.0)).astype(int)
    left = rng.integers(scenes.width_px - window[0] + 1)
    top = rng.integers(scenes.height_px - window[1] + 1)
    rows, columns = slice(top, top + window[1]), slice(left, left + window[0])
    # The pixel under each output pixel's centre, as the colours are resampled.
    picked = np.ix_(((np.arange(height) + 0.5) * window[1] / height).astype(int),
                    ((np.arange(width) + 0.5) * window[0] / width).astype(int))
    mirrored = rng.random() < 0.5
    colours, depths = [], []
    for view in views:
        rgb = scenes.rgb[scene, view, rows, columns]
        depth = scenes.disparity[scene, view, rows, columns][picked].astype(np.float32)
        smaller = window[0] > width
        rgb = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR)
        colours.append(rgb[:, ::-1] if mirrored else rgb)
        depths.append(depth[:, ::-1] if mirrored else depth)
    return Snippet(np.stack(colours), np.stack(depths))


def photographed(rgb: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """What a camera might make of rendered frames: [L, h, w, 3] uint8 to float32 in [-1, 1].

    One look for all frames of a snippet: colour, contrast, vignette, blur; noise and JPEG each.
    """
    x = rgb.astype(np.float32) / 255
    saturation = 0.0 if rng.random() < 0.2 else rng.uniform(0.3, 1.5)
    grey = x @ np.array([0.299, 0.587, 0.114], np.float32)
    x = grey[..., None] + (x - grey[..., None]) * np.float32(saturation)
    if rng.random() < 0.4:
        x = x * rng.uniform(0.75, 1.3, 3).astype(np.float32)
    x = np.clip(x, 0, 1) ** np.float32(np.exp(rng.normal(0, 0.3)))
    x = (x - 0.5) * np.float32(rng.uniform(0.55, 1.3)) + 0.5 + np.float32(rng.normal(0, 0.07))
    height, width = x.shape[1:3]
    if rng.random() < 0.3:
        rows, columns = np.mgrid[-1:1:height * 1j, -1:1:width * 1j].astype(np.float32)
        x = x * (1 - np.float32(rng.uniform(0, 0.5)) * (rows**2 + columns**2) / 2)[None, ..., None]
    softness = rng.random()
    if softness < 0.35:
        sigma = rng.uniform(0.3, 1.4)
        x = np.stack([cv2.GaussianBlur(frame, (0, 0), sigma) for frame in x])
    elif softness < 0.5:
        x = np.stack([frame + 0.6 * (frame - cv2.GaussianBlur(frame, (0, 0), 1)) for frame in x])
    if rng.random() < 0.6:
        strength = np.float32(rng.exponential(0.015))
        x = x + strength * rng.standard_normal(x.shape, np.float32)
    x = np.clip(x, 0, 1)
    if rng.random() < 0.35:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(20, 85))]
        frames = [cv2.imencode(".jpg", (frame * 255).astype(np.uint8), quality)[1] for frame in x]
        x = np.stack([cv2.imdecode(frame, cv2.IMREAD_COLOR) for frame in frames]).astype(np.float32) / 255
    return x * 2 - 1


def batch_of(scenes: Scenes, snippets: int, views: int, size: tuple[int, int],
             rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Random snippets: rgb [B*L, 3, h, w] in [-1, 1] and targets [B, L, h, w], float32."""
    colours, targets = [], []
    while len(targets) < snippets:
        scene = int(rng.integers(len(scenes)))
        order = list(range(scenes.views)) if rng.random() < 0.5 else list(range(scenes.views))[::-1]
        chosen = order[:views] if views > 1 else [int(rng.integers(scenes.views))]
        snippet = cut(scenes, scene, chosen, size, rng)
        target = normalised(snippet.inverse_depth)
        if target is None:
            continue
        colours.append(photographed(snippet.rgb, rng).transpose(0, 3, 1, 2))
        targets.append(target)
    return np.concatenate(colours), np.stack(targets)
