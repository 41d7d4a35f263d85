"""Packs the maps that prepare_worlds.py wrote, as packing.py does with single models."""

import lzma
import struct
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from .asset_files import read_textures, write_textures
from .packing import (XZ, bytes_of, from_bytes, from_octahedral, octahedral, rounded,
                      pack_textures, unpack_textures)

# Of world_file.py: name, dtype and columns of each array, and which count of the head it follows.
FIELDS = (("position", "<f4", 3, 0), ("normal", "<f4", 3, 0), ("uv", "<f4", 2, 0),
          ("corner", "<u4", 3, 1), ("texture", "<i4", 1, 1), ("spot", "<f4", 3, 2))


@dataclass
class World:
    """One map, in metres: V vertices, T triangles, S places to stand; world_file.py describes it."""

    flags: int
    position: np.ndarray  # [V, 3] float32
    normal: np.ndarray    # [V, 3] float32
    uv: np.ndarray        # [V, 2] float32
    corner: np.ndarray    # [T, 3] uint32
    texture: np.ndarray   # [T, 1] int32, negative without a picture
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
    """Writes a worlds.bin of any iterable of worlds."""
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


def pack_world(world: World) -> bytes:
    """One world, compressed; positions and texture coordinates become 16 bits in their range."""
    position, bounds = rounded(world.position)
    uv, uv_bounds = rounded(world.uv)
    head = struct.pack("<4i", len(position), len(world.corner), len(world.spot), world.flags)
    head += np.concatenate([bounds.ravel(), uv_bounds.ravel()]).astype("<f4").tobytes()
    body = (bytes_of(position) + bytes_of(octahedral(world.normal)) + bytes_of(uv)
            + bytes_of(world.corner.astype("<i4")) + bytes_of(world.texture.astype("<i4"))
            + np.ascontiguousarray(world.spot, "<f4").tobytes())
    return lzma.compress(head + body, **XZ)


def unpack_world(packed: bytes) -> World:
    """The world of pack_world, to 1/65536 of its size."""
    data = lzma.decompress(packed)
    vertices, triangles, spots, flags = struct.unpack_from("<4i", data)
    numbers, at, fields = np.frombuffer(data, "<f4", 10, 16), 16 + 40, []
    for dtype, count, columns in (("<u2", vertices, 3), ("u1", vertices, 2), ("<u2", vertices, 2),
                                  ("<i4", triangles, 3), ("<i4", triangles, 1)):
        size = np.dtype(dtype).itemsize * count * columns
        fields.append(from_bytes(data[at : at + size], dtype, count, columns))
        at += size
    position, normal, uv, corner, texture = fields
    (low, high), (uv_low, uv_high) = numbers[:6].reshape(2, 3), numbers[6:].reshape(2, 2)
    return World(flags, low + position / np.float32(65535) * (high - low), from_octahedral(normal),
                 uv_low + uv / np.float32(65535) * (uv_high - uv_low), corner, texture,
                 np.frombuffer(data, "<f4", 3 * spots, at).reshape(spots, 3))


def pack_worlds(assets: Path, kit: Path, most_bytes: int, quality: float, seed: int) -> dict[str, int]:
    """Writes worlds.pack and world_textures.pack: random worlds up to `most_bytes` in all."""
    worlds = list(read_worlds(assets / "worlds.bin"))
    kinds, pixels = read_textures(assets / "world_textures.bin")
    each = len(pack_textures(pixels[:200], quality)) / max(len(pixels[:200]), 1)
    chosen, used, total = [], set(), 0
    for index in np.random.default_rng(seed).permutation(len(worlds)):
        more = {int(n) for n in np.unique(worlds[index].texture) if n >= 0} - used
        size = len(pack_world(worlds[index])) + int(each * len(more))
        if total + size <= most_bytes:
            chosen.append(int(index))
            used, total = used | more, total + size
    numbers = np.array(sorted(used), np.int64)
    renumbered = np.full(int(numbers.max(initial=0)) + 1, -1, np.int32)
    renumbered[numbers] = np.arange(len(numbers))
    with (kit / "worlds.pack").open("wb") as file:
        for index in sorted(chosen):
            old = worlds[index].texture
            new = np.where(old >= 0, renumbered[np.maximum(old, 0)], old).astype(np.int32)
            body = pack_world(replace(worlds[index], texture=new))
            file.write(struct.pack("<i", len(body)) + body)
    with (kit / "world_textures.pack").open("wb") as file:
        file.write(struct.pack("<i", len(numbers)) + kinds[numbers].astype("<i4").tobytes())
        file.write(pack_textures(pixels[numbers], quality))
    return {"worlds": len(chosen), "world_textures": len(numbers)}


def unpack_worlds(kit: Path, assets: Path) -> None:
    """Writes what pack_worlds was given, where it is part of the kit."""
    if not (kit / "worlds.pack").exists():
        return
    packed, at, worlds = (kit / "worlds.pack").read_bytes(), 0, []
    while at < len(packed):
        (size,) = struct.unpack_from("<i", packed, at)
        worlds.append(packed[at + 4 : at + 4 + size])
        at += 4 + size
    write_worlds(assets / "worlds.bin", map(unpack_world, worlds))
    packed = (kit / "world_textures.pack").read_bytes()
    (count,) = struct.unpack_from("<i", packed)
    kinds = np.frombuffer(packed, "<i4", count, 4)
    write_textures(assets / "world_textures.bin", kinds, unpack_textures(packed[4 + 4 * count :]))
