"""Reads the maps of UFO: Alien Invasion (IBSP 78, a relative of Quake 2's): streets, farms, houses.

Facts from the published sources of the game. Its maps lie under the open sky and have no faces for
it.
"""

import numpy as np

from bsp import Lumps, Map, entities_of, names_of, title_of, vector

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
    lumps = Lumps.of(data, 78)
    if lumps is None:
        return None
    vertices = lumps.read(VERTICES, "<f4").reshape(-1, 3)
    edges, face_edges = lumps.read(EDGES, "<u2").reshape(-1, 2), lumps.read(FACE_EDGES, "<i4")
    planes, faces = lumps.read(PLANES, PLANE), lumps.read(FACES, FACE)
    surfaces = lumps.read(SURFACES, SURFACE)
    names = names_of(surfaces["name"])
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
    entities = entities_of(lumps.text(ENTITIES))
    spots = [vector(entity.get("origin", "")) for entity in entities
             if entity.get("classname", "").startswith("info_")]
    return Map(np.concatenate(positions), np.concatenate(normals), np.concatenate(uv),
               np.concatenate(triangles), np.concatenate(sources), names,
               np.array([spot for spot in spots if spot], float).reshape(-1, 3), title_of(entities))
