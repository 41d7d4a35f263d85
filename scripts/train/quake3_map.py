"""Reads Quake 3 maps (IBSP 46) and the shader scripts that name their pictures.

Facts from the published descriptions of the format: vertices of 44 bytes, faces of 104, textures
(shader names with flags) of 72.
"""

import re
from dataclasses import dataclass, field

import numpy as np

from bsp import Lumps, Map, entities_of, names_of, title_of, vector

VERTEX = np.dtype([("position", "<f4", 3), ("uv", "<f4", 2), ("lightmap", "<f4", 2),
                   ("normal", "<f4", 3), ("colour", "u1", 4)])
FACE = np.dtype([("shader", "<i4"), ("effect", "<i4"), ("kind", "<i4"), ("vertex", "<i4"),
                 ("vertices", "<i4"), ("corner", "<i4"), ("corners", "<i4"),
                 ("lightmap", "<i4", 14), ("normal", "<f4", 3), ("patch_size", "<i4", 2)])
SHADER = np.dtype([("name", "S64"), ("surface", "<i4"), ("contents", "<i4")])
MODEL = np.dtype([("low", "<f4", 3), ("high", "<f4", 3), ("face", "<i4"), ("faces", "<i4"),
                  ("brush", "<i4"), ("brushes", "<i4")])
ENTITIES, SHADERS, MODELS, VERTICES, CORNERS, FACES = 0, 1, 7, 10, 11, 13  # Lumps.
POLYGON, PATCH, TRIANGLES = 1, 2, 3  # Kinds of faces; the fourth is a flare.

SKY_SURFACE = 0x4
UNSEEN_SURFACE = 0x80 | 0x100 | 0x200  # Not drawn, hint, skip.
LIQUID = 0x8 | 0x10 | 0x20 | 0x40  # Lava, slime, water, fog.
PATCH_STEPS = 4  # Of each biquadratic piece, where the patch is bent.


def refined(grid: np.ndarray) -> np.ndarray:
    """A control grid [2n + 1, M, C] as points [P, M, C] on its quadratic curves; where these are
    straight they get no steps, so that what two patches share stays shared."""
    first, bent, last = grid[0:-2:2], grid[1:-1:2], grid[2::2]
    sag = np.abs(bent[..., :3] - (first + last)[..., :3] / 2).max()
    steps = PATCH_STEPS if sag > 1 else 1
    t = (np.arange(steps) / steps).reshape(1, -1, 1, 1)
    first, bent, last = first[:, None], bent[:, None], last[:, None]
    points = first * (1 - t) ** 2 + 2 * bent * t * (1 - t) + last * t**2
    return np.concatenate([points.reshape(-1, *grid.shape[1:]), grid[-1:]])


def tessellated(grid: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A patch's control grid [H, W, C] (odd sides, the position first) as points [P, C] and
    triangles [T, 3]."""
    grid = refined(refined(grid).swapaxes(0, 1)).swapaxes(0, 1)
    height, width = grid.shape[:2]
    index = np.arange(height * width).reshape(height, width)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, :-1], index[1:, 1:]
    triangles = np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3),
                                np.stack([b, d, c], -1).reshape(-1, 3)])
    return grid.reshape(height * width, -1), triangles


def read_map(data: bytes, unseen: set[str]) -> Map | None:
    """The drawn surfaces of a map without the shaders of `unseen`; None where it is no such map."""
    lumps = Lumps.of(data, 46)
    if lumps is None:
        return None
    vertices, corners = lumps.read(VERTICES, VERTEX), lumps.read(CORNERS, "<i4")
    faces, shaders = lumps.read(FACES, FACE), lumps.read(SHADERS, SHADER)
    models, names = lumps.read(MODELS, MODEL), names_of(shaders["name"])
    entities = entities_of(lumps.text(ENTITIES))

    table = np.concatenate([vertices["position"], vertices["normal"], vertices["uv"]], 1)
    parts, triangles, sources, count = [], [], [], 0

    def add(points: np.ndarray, indices: np.ndarray, shader: int) -> None:
        nonlocal count
        parts.append(points)
        triangles.append(indices + count)
        sources.append(np.full(len(indices), shader))
        count += len(points)

    for first, last, moved in drawn_models(models, entities):
        for face in faces[first:last]:
            number = int(face["shader"])
            sky = bool(shaders["surface"][number] & SKY_SURFACE) or "skies" in names[number]
            if not sky and (shaders["surface"][number] & UNSEEN_SURFACE
                            or shaders["contents"][number] & LIQUID or names[number] in unseen):
                continue
            points = table[face["vertex"]:face["vertex"] + face["vertices"]].copy()
            points[:, :3] += moved
            if face["kind"] == PATCH:
                width, height = face["patch_size"]
                if width < 3 or height < 3 or width * height != len(points):
                    continue
                add(*tessellated(points.reshape(height, width, -1)), -1 if sky else number)
            elif face["kind"] in (POLYGON, TRIANGLES):
                indices = corners[face["corner"]:face["corner"] + face["corners"]].reshape(-1, 3)
                add(points, indices, -1 if sky else number)
    if not parts:
        return None
    points = np.concatenate(parts)
    return Map(points[:, :3], unit_normals(points[:, 3:6]), points[:, 6:8],
               np.concatenate(triangles), np.concatenate(sources), names, spots_of(entities),
               title_of(entities))


def drawn_models(models: np.ndarray, entities: list[dict[str, str]]):
    """(first face, last face, offset) of the world and of the doors and platforms in it."""
    yield models[0]["face"], models[0]["face"] + models[0]["faces"], np.zeros(3)
    for entity in entities:
        number = entity.get("model", "")
        if not re.fullmatch(r"\*\d+", number) or "trigger" in entity.get("classname", ""):
            continue
        if int(number[1:]) < len(models):
            model = models[int(number[1:])]
            moved = vector(entity.get("origin", "")) or [0, 0, 0]
            yield model["face"], model["face"] + model["faces"], np.array(moved)


def spots_of(entities: list[dict[str, str]]) -> np.ndarray:
    """Where players start, things lie and bots walk [S, 3]; other marks only where those lack."""
    places: dict[bool, list[list[float]]] = {True: [], False: []}
    for entity in entities:
        kind = entity.get("classname", "")
        origin = vector(entity.get("origin", ""))
        if origin is None or kind.startswith(("light", "target", "misc", "func")):
            continue
        walked = kind.startswith(("info_player", "item", "weapon", "ammo", "team", "holdable"))
        places[walked].append(origin)
    return np.array(places[True] or places[False], float).reshape(-1, 3)


@dataclass
class Shader:
    """What a shader script says of a surface."""

    pictures: list[str] = field(default_factory=list)
    unseen: bool = False


def read_shaders(text: str) -> dict[str, Shader]:
    """The shaders of a script, by their names in lower case.

    A shader is unseen that is not drawn, mixed with what is behind it, cut out by its alpha or a
    sprite: the renderer knows opaque surfaces alone.
    """
    text = re.sub(r"//[^\n]*", "", text)
    shaders: dict[str, Shader] = {}
    name, depth, shader, stages = "", 0, Shader(), 0
    for line in re.sub(r"([{}])", r"\n\1\n", text).splitlines():
        words = line.lower().split()
        if not words:
            continue
        if words[0] == "{":
            depth += 1
            stages += depth == 2
            if depth == 1:
                shader, stages = Shader(), 0
                shaders[name] = shader
        elif words[0] == "}":
            depth = max(depth - 1, 0)
        elif depth == 0:
            name = words[0]
        elif len(words) > 1:
            read_line(words, depth, stages, shader)
    return shaders


def read_line(words: list[str], depth: int, stages: int, shader: Shader) -> None:
    """One line of a shader: of the surface at depth 1, of a stage at depth 2."""
    key, value = words[0], words[1]
    if depth == 1:
        if key == "surfaceparm":
            shader.unseen |= value in ("nodraw", "water", "lava", "slime", "fog", "hint")
        elif key == "deformvertexes":
            shader.unseen |= value.startswith("autosprite")
        elif key == "qer_editorimage":
            shader.pictures.insert(0, value)
    elif key in ("map", "clampmap", "animmap"):
        picture = words[2] if key == "animmap" and len(words) > 2 else value
        if not picture.startswith(("$", "*")):
            shader.pictures.append(picture)
    elif stages == 1:  # What is opaque at first stays so.
        shader.unseen |= key == "alphafunc"
        shader.unseen |= key == "blendfunc" and words[1:3] != ["gl_one", "gl_zero"]


def unit_normals(normals: np.ndarray) -> np.ndarray:
    """Normals [V, 3] of unit length; upright ones where a map has none."""
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    return np.where(lengths > 0.1, normals / np.maximum(lengths, 1e-9), [0, 0, 1])
