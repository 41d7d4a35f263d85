"""From maps of games to the worlds of the renderer."""

import re

import numpy as np

from bsp import Map
from rollingdepth_train.world_files import World


def metres(points: np.ndarray, units_per_metre: float) -> np.ndarray:
    """From x forward, y left, z up in units to x right, y up, z forward in metres."""
    return np.stack([-points[:, 1], points[:, 2], points[:, 0]], 1) / units_per_metre


def world_of(source: Map, texture: np.ndarray, units_per_metre: float, flags: int) -> World:
    """A map in metres, with the textures [T] of its triangles: -1 without a picture, -2 sky."""
    return World(flags, metres(source.positions, units_per_metre), metres(source.normals, 1),
                 source.uv, source.triangles, texture.reshape(-1, 1),
                 metres(source.spots, units_per_metre))


def family_of(entry: str) -> str:
    """The folder of a map, or the first seven letters and digits of its name: the variants of a map
    are on one side."""
    folder = entry.removeprefix("maps/").rpartition("/")[0]
    if folder:
        return folder
    return re.sub("[^a-z0-9]", "", entry.removeprefix("maps/"))[:7]
