"""Packs the maps that prepare_worlds.py wrote, as packing.py does with single models."""

import lzma
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np

from .asset_files import read_textures, write_textures
from .packing import (XZ, arrays_of, bytes_of, from_octahedral, from_records, octahedral,
                      pack_textures, records_of, rounded, unpack_textures, widened)
from .world_files import World, read_worlds, write_worlds

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
    numbers = np.frombuffer(data, "<f4", 10, 16)
    fields, at = arrays_of(data, 16 + 10 * 4,
                           (("<u2", vertices, 3), ("u1", vertices, 2), ("<u2", vertices, 2),
                            ("<i4", triangles, 3), ("<i4", triangles, 1)))
    position, normal, uv, corner, texture = fields
    return World(flags, widened(position, numbers[:6].reshape(2, 3)), from_octahedral(normal),
                 widened(uv, numbers[6:].reshape(2, 2)), corner, texture,
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
    bodies = []
    for index in sorted(chosen):
        old = worlds[index].texture
        new = np.where(old >= 0, renumbered[np.maximum(old, 0)], old).astype(np.int32)
        bodies.append(pack_world(replace(worlds[index], texture=new)))
    (kit / "worlds.pack").write_bytes(records_of(bodies))
    with (kit / "world_textures.pack").open("wb") as file:
        file.write(struct.pack("<i", len(numbers)) + kinds[numbers].astype("<i4").tobytes())
        file.write(pack_textures(pixels[numbers], quality))
    return {"worlds": len(chosen), "world_textures": len(numbers)}


def unpack_worlds(kit: Path, assets: Path) -> None:
    """Writes what pack_worlds was given, where it is part of the kit."""
    if not (kit / "worlds.pack").exists():
        return
    worlds = from_records((kit / "worlds.pack").read_bytes())
    write_worlds(assets / "worlds.bin", map(unpack_world, worlds))
    packed = (kit / "world_textures.pack").read_bytes()
    (count,) = struct.unpack_from("<i", packed)
    kinds = np.frombuffer(packed, "<i4", count, 4)
    write_textures(assets / "world_textures.bin", kinds, unpack_textures(packed[4 + 4 * count :]))
