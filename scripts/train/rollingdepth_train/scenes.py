"""Reads rendered scenes, also while a renderer overwrites them; see renderer/main.cpp."""

import json
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

FORMAT = 2
SERIAL, KIND, MOVING, LIMIT, FOCAL_PX, POSE = range(6)  # Where a record's numbers lie, or start.
ATTEMPTS = 10_000


@dataclass
class Snippet:
    """Some views of a scene: rgb [L, h, w, 3] uint8, disparity [L, h, w] uint16 (0: the sky)."""

    rgb: np.ndarray
    disparity: np.ndarray


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

    def whole_copy(self, scene: int, views: list[int]) -> Snippet | None:
        """A copy of some views; None where the slot was empty, or overwritten meanwhile."""
        before = float(self.serial[scene])
        if before == 0:
            return None
        snippet = Snippet(self.rgb[scene, views], self.disparity[scene, views])
        return snippet if float(self.serial[scene]) == before else None


def draw_snippet(folders: list[Scenes], views: int, rng: np.random.Generator) -> Snippet:
    """`views` consecutive views of a random scene, in either order; every scene is as likely.

    @throws RuntimeError where no scene can be read, as in an empty ring.
    """
    lengths = np.cumsum([len(scenes) for scenes in folders])
    for attempt in range(ATTEMPTS):
        number = int(rng.integers(lengths[-1]))
        folder = int(np.searchsorted(lengths, number, "right"))
        scenes = folders[folder]
        first = int(rng.integers(scenes.views - views + 1))
        chosen = list(range(first, first + views))
        snippet = scenes.whole_copy(number - int(lengths[folder]) + len(scenes),
                                    chosen if rng.random() < 0.5 else chosen[::-1])
        if snippet is not None:
            return snippet
        if attempt % 100 == 99:
            time.sleep(0.01)
    raise RuntimeError("the folders of scenes hold none that can be read")
