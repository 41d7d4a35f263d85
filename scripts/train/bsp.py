"""What the maps of Quake's descendants share: a table of lumps, and entities as text."""

import re
import struct
from dataclasses import dataclass

import numpy as np

LUMPS = 17


@dataclass
class Map:
    """Triangles of a map in its own units, z up.

    positions and normals [V, 3], uv [V, 2] (v down), triangles [T, 3] of vertices, shader [T] of
    names (-1: sky), spots [S, 3] where players and things are, title as the map says it.
    """

    positions: np.ndarray
    normals: np.ndarray
    uv: np.ndarray
    triangles: np.ndarray
    shader: np.ndarray
    names: list[str]
    spots: np.ndarray
    title: str


class Lumps:
    """The lumps of a map's file: 17 pairs of (offset, length) after magic and version."""

    def __init__(self, data: bytes):
        self._data = data
        self._table = np.frombuffer(data, "<i4", 2 * LUMPS, 8).reshape(LUMPS, 2)

    @staticmethod
    def of(data: bytes, version: int) -> "Lumps | None":
        """Those of an IBSP file of `version`; None where it is no such file."""
        return Lumps(data) if data[:8] == b"IBSP" + struct.pack("<i", version) else None

    def read(self, number: int, dtype) -> np.ndarray:
        """A lump as records."""
        offset, length = self._table[number]
        dtype = np.dtype(dtype)
        return np.frombuffer(self._data, dtype, length // dtype.itemsize, offset)

    def text(self, number: int) -> str:
        return self.read(number, "u1").tobytes().decode("latin-1")


def names_of(names: np.ndarray) -> list[str]:
    """Names of fixed size, up to their first zero, in lower case."""
    return [bytes(name).split(b"\0")[0].decode("latin-1").lower() for name in names]


def entities_of(text: str) -> list[dict[str, str]]:
    """The blocks of `"key" "value"` lines that describe what is in a map."""
    return [dict(re.findall(r'"([^"]*)"\s+"([^"]*)"', block))
            for block in re.findall(r"\{([^{}]*)\}", text)]


def title_of(entities: list[dict[str, str]]) -> str:
    """What a map says of its name and author."""
    world = entities[0] if entities else {}
    return " ".join(world[key] for key in ("message", "author", "_author") if key in world)


def vector(text: str) -> list[float] | None:
    """Three numbers, or None where the text has others."""
    try:
        numbers = [float(word) for word in text.split()]
    except ValueError:
        return None
    return numbers if len(numbers) == 3 else None
