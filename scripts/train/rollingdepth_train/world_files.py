"""The file of maps that prepare_worlds.py writes and the renderer reads: worlds.bin."""

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np

UNDER_SKY = 1  # Set in the flags of a map that has no faces for the sky that is all around it.

# Name, dtype and columns of each array, and which count of the head it follows.
FIELDS = (("position", "<f4", 3, 0), ("normal", "<f4", 3, 0), ("uv", "<f4", 2, 0),
          ("corner", "<u4", 3, 1), ("texture", "<i4", 1, 1), ("spot", "<f4", 3, 2))


@dataclass
class World:
    """One map, in metres (x right, y up, z forward): V vertices, T triangles, S places to stand."""

    flags: int            # HELD_OUT of asset_files, UNDER_SKY.
    position: np.ndarray  # [V, 3] float32
    normal: np.ndarray    # [V, 3] float32
    uv: np.ndarray        # [V, 2] float32
    corner: np.ndarray    # [T, 3] uint32
    texture: np.ndarray   # [T, 1] int32, -1 without a picture, -2 sky
    spot: np.ndarray      # [S, 3] float32


def read_worlds(path: Path):
    """Yields the worlds of a worlds.bin one by one."""
    with path.open("rb") as file:
        (count,) = struct.unpack("<i", file.read(4))
        for _ in range(count):
            *counts, flags = struct.unpack("<4i", file.read(16))
            arrays = {name: np.frombuffer(file.read(4 * columns * counts[of]), dtype)
                      .reshape(counts[of], columns) for name, dtype, columns, of in FIELDS}
            yield World(flags, **arrays)


def write_worlds(path: Path, worlds) -> None:
    """Writes a worlds.bin of any iterable of worlds: a count, then of each the counts of vertices,
    triangles and spots, the flags, and the arrays."""
    count = 0
    with path.open("wb") as file:
        file.write(struct.pack("<i", 0))
        for count, world in enumerate(worlds, 1):
            file.write(struct.pack("<4i", len(world.position), len(world.corner), len(world.spot),
                                   world.flags))
            for name, dtype, _, _ in FIELDS:
                file.write(np.ascontiguousarray(getattr(world, name), dtype).tobytes())
        file.seek(0)
        file.write(struct.pack("<i", count))
