"""The two files of assets that prepare_assets.py writes and the renderer reads: meshes.bin and
textures.bin."""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

# What a texture shows, so that grass does not grow on walls; assets.hpp has the same numbers.
ANY, GROUND, FACADE, PHOTO, MODEL = range(5)

# What a mesh is; assets.hpp has the same numbers.
FURNITURE, SMALL, PERSON, VEHICLE, PLANT, LAMP, WALL = range(7)

HELD_OUT = 0x100  # Added to the kind of what only held-out scenes show; assets.cpp reads it.


@dataclass
class Mesh:
    """A model in metres; T triangles of three corners."""

    kind: int             # Of assets.hpp, with the mark of what is held out.
    size_m: np.ndarray    # [4] width, height, depth, and the height of its top
    position: np.ndarray  # [T, 3, 3] float32
    normal: np.ndarray    # [T, 3, 3] float32
    uv: np.ndarray        # [T, 3, 2] float32
    colour: np.ndarray    # [T, 3] uint8
    texture: np.ndarray   # [T] int32, -1: none

    def __len__(self) -> int:
        return len(self.position)


def _take(file: BinaryIO, dtype: str, *shape: int) -> np.ndarray:
    count = int(np.prod(shape))
    return np.frombuffer(file.read(count * np.dtype(dtype).itemsize), dtype).reshape(shape)


def read_meshes(path: Path):
    """Yields the meshes of a meshes.bin one by one."""
    with path.open("rb") as file:
        (count,) = struct.unpack("<i", file.read(4))
        for _ in range(count):
            triangles, kind = struct.unpack("<ii", file.read(8))
            yield Mesh(kind, _take(file, "<f4", 4), _take(file, "<f4", triangles, 3, 3),
                       _take(file, "<f4", triangles, 3, 3), _take(file, "<f4", triangles, 3, 2),
                       _take(file, "u1", triangles, 3), _take(file, "<i4", triangles))


def write_meshes(path: Path, meshes) -> None:
    """Writes a meshes.bin of any iterable of meshes."""
    count = 0
    with path.open("wb") as file:
        file.write(struct.pack("<i", 0))
        for count, mesh in enumerate(meshes, 1):
            file.write(struct.pack("<ii", len(mesh), mesh.kind))
            for field, dtype in ((mesh.size_m, "<f4"), (mesh.position, "<f4"), (mesh.normal, "<f4"),
                                 (mesh.uv, "<f4"), (mesh.colour, "u1"), (mesh.texture, "<i4")):
                file.write(np.ascontiguousarray(field, dtype).tobytes())
        file.seek(0)
        file.write(struct.pack("<i", count))


def read_textures(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Kinds [T] int32 with the mark of what is held out, and pixels [T, s, s, 3] uint8, mapped."""
    count, side = np.fromfile(path, "<i4", 2)
    kinds = np.fromfile(path, "<i4", count, offset=8)
    pixels = np.memmap(path, np.uint8, "r", 8 + 4 * int(count), (int(count), side, side, 3))
    return kinds, pixels


def write_textures(path: Path, kinds: np.ndarray, pixels) -> None:
    """Writes a textures.bin of kinds [T] and an iterable of pictures [n, s, s, 3] uint8: count,
    side, the kinds and all pixels."""
    side = 0
    with path.open("wb") as file:
        file.write(struct.pack("<ii", len(kinds), side))
        file.write(np.asarray(kinds, "<i4").tobytes())
        for part in pixels:
            side = part.shape[1]
            file.write(np.ascontiguousarray(part).tobytes())
        file.seek(4)
        file.write(struct.pack("<i", side))
