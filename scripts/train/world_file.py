"""How maps are written for the renderer: worlds.bin, an int32 count and then each world."""

import re
import struct

import numpy as np

from quake3_map import Map

UNDER_SKY = 1  # Set in the flags of a map that has no faces for the sky that is all around it.


def metres(points: np.ndarray, units_per_metre: float) -> np.ndarray:
    """From x forward, y left, z up in units to x right, y up, z forward in metres."""
    return np.stack([-points[:, 1], points[:, 2], points[:, 0]], 1) / units_per_metre


def write_world(out, world: Map, texture: np.ndarray, units_per_metre: float, flags: int) -> None:
    """Writes one map: counts of vertices, triangles and spots, flags, then the arrays.

    Flags: prepare_assets.HELD_OUT, UNDER_SKY.

    positions, normals f4 [V, 3]; uv f4 [V, 2]; corners u4 [T, 3]; texture i4 [T], -1 without a
    picture, -2 sky; spots f4 [S, 3].
    """
    out.write(struct.pack("<4i", len(world.positions), len(world.triangles), len(world.spots),
                          flags))
    for values, dtype in ((metres(world.positions, units_per_metre), "<f4"),
                          (metres(world.normals, 1), "<f4"), (world.uv, "<f4"),
                          (world.triangles, "<u4"), (texture, "<i4"),
                          (metres(world.spots, units_per_metre), "<f4")):
        out.write(np.ascontiguousarray(values, dtype).tobytes())


def family_of(entry: str) -> str:
    """The folder of a map, or the first seven letters and digits of its name: the variants of a map
    are on one side."""
    folder = entry.removeprefix("maps/").rpartition("/")[0]
    if folder:
        return folder
    return re.sub("[^a-z0-9]", "", entry.removeprefix("maps/"))[:7]
