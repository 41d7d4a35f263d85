"""Reads the maps of UFO: Alien Invasion (IBSP 78, a relative of Quake 2's): streets, farms, houses.

Facts from the published sources of the game: 17 lumps of (offset, length) after magic and version.
Its maps lie under the open sky and have no faces for it.
"""

import struct

import numpy as np

from quake3_map import Map, entities_of, title_of, vector

PLANE = np.dtype([("normal", "<f4", 3), ("distance", "<f4"), ("axis", "<i4")])
SURFACE = np.dtype([("axes", "<f4", (2, 4)), ("flags", "<u4"), ("value", "<u4"), ("name", "S32")])
FACE = np.dtype([("plane", "<u2"), ("side", "<i2"), ("edge", "<i4"), ("edges", "<i2"),
                 ("surface", "<i2"), ("light", "<i4", 2)])
ENTITIES, PLANES, VERTICES, SURFACES, FACES, EDGES, FACE_EDGES = 0, 1, 2, 5, 6, 11, 12  # Lumps.

# Moved like water, glass, not drawn, hint, skip, cut out by alpha.
UNSEEN_SURFACE = 0x8 | 0x10 | 0x20 | 0x80 | 0x100 | 0x200 | 0x2000000


def read_ufo_map(data: bytes) -> Map | None:
    """The drawn surfaces of a map, with uv in pixels of its pictures; None where it is no such
    map."""
    if data[:8] != b"IBSP" + struct.pack("<i", 78):
        return None
    lumps = np.frombuffer(data, "<i4", 34, 8).reshape(17, 2)

    def lump(number: int, dtype) -> np.ndarray:
        offset, length = lumps[number]
        dtype = np.dtype(dtype)
        return np.frombuffer(data, dtype, length // dtype.itemsize, offset)

    vertices, edges = lump(VERTICES, "<f4").reshape(-1, 3), lump(EDGES, "<u2").reshape(-1, 2)
    planes, surfaces, faces = lump(PLANES, PLANE), lump(SURFACES, SURFACE), lump(FACES, FACE)
    face_edges = lump(FACE_EDGES, "<i4")
    names = [bytes(name).split(b"\0")[0].decode("latin-1").lower() for name in surfaces["name"]]
    # Water stays: without it the sky would be seen where it lies.
    seen = [(not flags & UNSEEN_SURFACE or "water" in name) and not name.startswith("tex_common")
            for flags, name in zip(surfaces["flags"].tolist(), names)]
    positions, normals, uv, triangles, sources, count = [], [], [], [], [], 0
    for face in faces:
        number, corners = int(face["surface"]), int(face["edges"])
        if not seen[number] or corners < 3:
            continue
        # A negative edge is walked from its end.
        signed = face_edges[face["edge"]:face["edge"] + corners]
        points = vertices[edges[np.abs(signed), (signed < 0).astype(int)]]
        axes = surfaces["axes"][number]
        positions.append(points)
        normal = planes["normal"][face["plane"]] * (-1 if face["side"] else 1)
        normals.append(np.tile(normal, (corners, 1)))
        uv.append(points @ axes[:, :3].T + axes[:, 3])
        fan = np.arange(1, corners - 1)
        triangles.append(np.stack([np.zeros_like(fan), fan, fan + 1], 1) + count)
        sources.append(np.full(corners - 2, number))
        count += corners
    if not positions:
        return None
    entities = entities_of(lump(ENTITIES, "u1").tobytes().decode("latin-1"))
    spots = [vector(entity.get("origin", "")) for entity in entities
             if entity.get("classname", "").startswith("info_")]
    return Map(np.concatenate(positions), np.concatenate(normals), np.concatenate(uv),
               np.concatenate(triangles), np.concatenate(sources), names,
               np.array([spot for spot in spots if spot], float).reshape(-1, 3), title_of(entities))
