#!/usr/bin/env python3
"""Turns the models and textures of some Debian packages into two flat files for the renderer.

`textures.bin` holds T photographs and painted surfaces, 256 x 256 RGB; `meshes.bin` holds furniture,
things, people, vehicles and plants in metres. `sources.json` lists what came from where. The
packages and their licences are in README.md beside this script; nothing of them is copied into the
repository, and the renderer's pictures are not distributed either.
"""

import argparse
import io
import json
import random
import re
import subprocess
import tempfile
import zipfile
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

from rollingdepth_train.asset_files import (ANY, FACADE, FURNITURE, GROUND, HELD_OUT, LAMP, MODEL,
                                            PERSON, PHOTO, PLANT, SMALL, VEHICLE, WALL, Mesh,
                                            write_meshes, write_textures)

TEXTURE_SIDE_PX = 256
MAX_TRIANGLES = 30_000

# Debian bookworm; see README.md for the licences.
PACKAGES = (
    "sweethome3d-furniture",
    "ufoai-textures",
    "nexuiz-textures",
    "openarena-081-textures",
    "gnome-backgrounds",
    "mate-backgrounds",
    "lomiri-wallpapers-20.04",
)


def split_of(source: str) -> int:
    """HELD_OUT for a tenth of all sources, by their names. What comes from one source (a model and
    its pictures, the crops of a photograph, a family of textures) is all on one side."""
    return HELD_OUT if zlib.crc32(source.encode()) % 10 == 0 else 0


def family_of(path: str) -> str:
    """A picture's name up to its first digit or mark, so that variants stay together."""
    folder, _, name = path.rpartition("/")
    return f"{folder}/{re.split('[^A-Za-z]', name, maxsplit=1)[0]}"


def unpack_packages(folder: Path, packages: tuple[str, ...] = PACKAGES) -> None:
    """Downloads and unpacks `packages` into `folder` (needs apt and dpkg, no root)."""
    folder.mkdir(parents=True, exist_ok=True)
    for package in packages:
        if list(folder.glob(f"deb/{package}_*.deb")):
            continue
        (folder / "deb").mkdir(exist_ok=True)
        subprocess.run(["apt-get", "download", "-q", package], cwd=folder / "deb", check=True)
        archive = next(folder.glob(f"deb/{package}_*.deb"))
        subprocess.run(["dpkg", "-x", archive, folder / "tree"], check=True)


class Textures:
    """Collects RGB pictures as T x side x side x 3 bytes, and what each shows."""

    def __init__(self, side_px: int = TEXTURE_SIDE_PX):
        self.side_px = side_px
        self.pixels: list[np.ndarray] = []
        self.kinds: list[int] = []
        self.names: list[str] = []

    def add(self, picture: Image.Image, kind: int, name: str) -> int:
        """Appends one picture, scaled to the common size, and returns its index."""
        side = (self.side_px, self.side_px)
        self.pixels.append(np.asarray(picture.convert("RGB").resize(side, Image.LANCZOS)))
        self.kinds.append(kind)
        self.names.append(name)
        return len(self.pixels) - 1

    def write(self, path: Path) -> None:
        """Writes all of them as one textures.bin."""
        write_textures(path, np.array(self.kinds), (pixels[None] for pixels in self.pixels))


def kind_of_texture(path: str) -> int | None:
    """What a game's texture is good for, from its folder; None leaves it out."""
    path = path.lower()
    if any(word in path for word in ("sky", "sfx", "_norm", "_gloss", "_glow", "_nm.", "light",
                                     "ufo", "alien", "decal", "_bump", "_luma", "_pants",
                                     "_shirt", "_nobump", "water", "common", "/env")):
        return None
    if "nature" in path or "streets" in path or "ground" in path or "grass" in path:
        return GROUND
    if "buildings" in path:
        return FACADE
    return ANY


def add_game_textures(tree: Path, textures: Textures, limit: int, rng: random.Random) -> None:
    """Takes up to `limit` pictures of at least 128 pixels from every pk3 archive."""
    for archive in sorted(tree.rglob("*.pk3")):
        if archive.stat().st_size < 1 << 20:
            continue
        with zipfile.ZipFile(archive) as files:
            names = [name for name in sorted(files.namelist())
                     if name.lower().endswith((".jpg", ".png", ".tga"))
                     and kind_of_texture(name) is not None]
            rng.shuffle(names)
            taken = 0
            for name in names:
                if taken == limit:
                    break
                picture = Image.open(io.BytesIO(files.read(name)))
                pixels = np.asarray(picture.convert("RGB"))
                ratio = picture.width / picture.height
                if min(picture.size) < 128 or not 0.5 <= ratio <= 2 or pixels.std() < 6:
                    continue
                kind = kind_of_texture(name) | split_of(family_of(name))
                textures.add(picture, kind, f"{archive.name}:{name}")
                taken += 1


def add_photographs(tree: Path, textures: Textures, crops: int, rng: random.Random) -> None:
    """Takes square crops of desktop photographs: pictures on walls and rich surfaces."""
    paths = [path for path in sorted((tree / "usr/share/backgrounds").rglob("*"))
             if path.suffix in (".jpg", ".png", ".webp") and path.is_file()]
    for path in paths:
        picture = Image.open(path).convert("RGB")
        for _ in range(crops):
            side = int(min(picture.size) * rng.uniform(0.2, 0.9))
            left = rng.randrange(picture.width - side)
            top = rng.randrange(picture.height - side)
            crop = picture.crop((left, top, left + side, top + side))
            if np.asarray(crop).std() > 12:
                name = str(path.relative_to(tree))
                textures.add(crop, PHOTO | split_of(family_of(name)), name)


def catalogue(archive: zipfile.ZipFile) -> list[dict[str, str]]:
    """The entries of a Sweet Home 3D library: one dict of properties per model."""
    entries: dict[str, dict[str, str]] = {}
    text = archive.read("PluginFurnitureCatalog.properties").decode("latin-1")
    for line in text.splitlines():
        key, separator, value = line.partition("=")
        name, hash_sign, number = key.partition("#")
        if separator and hash_sign and number.isdigit():
            entries.setdefault(number, {})[name] = value.strip()
    return [entries[number] for number in sorted(entries, key=int)]


def kind_of_mesh(entry: dict[str, str], size_m: np.ndarray) -> int | None:
    """What a model is, from the library's category and its size; None leaves it out."""
    category = entry.get("category", "")
    name = entry.get("name", "").lower()
    if category == "Characters":
        return PERSON
    if category == "Vehicles":
        return VEHICLE
    if category == "Staircases":
        return None
    if category == "Doors and windows" or entry.get("doorOrWindow") == "true":
        return WALL
    if any(word in name for word in ("tree", "plant", "flower", "bush", "palm", "grass", "cactus")):
        return PLANT if size_m.max() > 0.6 else SMALL
    if size_m.max() < 0.62:
        return SMALL
    return LAMP if category == "Lights" else FURNITURE


def triangles_of(folder: Path, model: str, textures: Textures, name: str):
    """Reads an OBJ model as (positions [T,3,3], normals [T,3,3], uv [T,3,2], colour, texture)."""
    import trimesh  # Slow to import, and used here only.

    scene = trimesh.load(folder / model, force="scene", process=False)
    parts = []
    texture_of: dict[int, int] = {}
    for part in scene.dump():
        if not isinstance(part, trimesh.Trimesh) or len(part.faces) == 0:
            continue
        faces = part.faces
        positions = np.asarray(part.vertices)[faces]
        normals = np.asarray(part.vertex_normals)[faces]
        uv = np.zeros((len(faces), 3, 2))
        colour = np.full(3, 180.0)
        texture = -1
        material = getattr(part.visual, "material", None)
        if material is not None:
            colour = np.asarray(material.main_color[:3], float)
            picture = getattr(material, "image", None)
            if picture is not None and part.visual.uv is not None:
                uv = np.asarray(part.visual.uv)[faces]
                if id(picture) not in texture_of:
                    kind = MODEL | split_of(name)
                    texture_of[id(picture)] = textures.add(picture, kind, name)
                texture = texture_of[id(picture)]
        parts.append((positions, normals, uv, np.tile(colour, (len(faces), 1)),
                      np.full(len(faces), texture)))
    return [np.concatenate(field) for field in zip(*parts)]


def add_meshes(tree: Path, textures: Textures, meshes: list[Mesh]) -> list[dict]:
    """Appends every usable model of the furniture libraries; returns what was taken."""
    taken = []
    for path in sorted(tree.rglob("*.sh3f")):
        with zipfile.ZipFile(path) as archive, tempfile.TemporaryDirectory() as folder:
            archive.extractall(folder)
            for entry in catalogue(archive):
                size_m = np.array([float(entry.get(key, 0)) / 100
                                   for key in ("width", "height", "depth")])
                kind = kind_of_mesh(entry, size_m)
                model = entry.get("model", "").lstrip("/")
                if kind is None or not model.lower().endswith(".obj") or size_m.min() <= 0:
                    continue
                if (Path(folder) / model).stat().st_size > 6_000_000:
                    continue
                name = f"{path.stem}/{model}"
                try:
                    mesh = triangles_of(Path(folder), model, textures, name)
                except (ValueError, OSError, KeyError, IndexError, AttributeError) as error:
                    print(f"left out {model}: {error}")
                    continue
                if not mesh or not 0 < len(mesh[0]) <= MAX_TRIANGLES:
                    continue
                kind |= split_of(name)
                turned = rotated(mesh, entry.get("modelRotation"))
                top_m = float(entry.get("dropOnTopElevation", 100)) / 100
                meshes.append(standing(turned, kind, size_m, top_m))
                taken.append({"library": path.stem, "name": entry.get("name"), "kind": kind & 0xFF,
                              "held_out": bool(kind & HELD_OUT),
                              "creator": entry.get("creator"), "triangles": len(mesh[0])})
    return taken


def rotated(mesh, rotation: str | None):
    """The mesh turned as its catalogue says: nine numbers, the rows of a matrix, or nothing."""
    if rotation is None:
        return mesh
    matrix = np.array(rotation.split(), float).reshape(3, 3)
    positions, normals, *rest = mesh
    return [positions @ matrix.T, normals @ matrix.T, *rest]


def standing(mesh, kind: int, size_m: np.ndarray, top_m: float) -> Mesh:
    """One model, scaled to its catalogue size, standing on y = 0, centred in x and z."""
    positions, normals, uv, colour, texture = mesh
    low, high = positions.min((0, 1)), positions.max((0, 1))
    scale = size_m / np.maximum(high - low, 1e-6)
    normals = normals / scale
    positions = (positions - [(low[0] + high[0]) / 2, low[1], (low[2] + high[2]) / 2]) * scale
    top_m = top_m if 0.1 < top_m <= size_m[1] + 0.01 else size_m[1]
    return Mesh(kind, np.array([*size_m, top_m], np.float32), positions.astype(np.float32),
                normals.astype(np.float32), np.nan_to_num(uv).astype(np.float32),
                colour.astype(np.uint8), texture.astype(np.int32))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("output", type=Path, help="folder for textures.bin and meshes.bin")
    parser.add_argument("--tree", type=Path, help="unpacked packages; without it they are downloaded")
    arguments = parser.parse_args()
    tree = arguments.tree or arguments.output / "tree"
    if arguments.tree is None:
        unpack_packages(arguments.output)
    arguments.output.mkdir(parents=True, exist_ok=True)
    rng = random.Random(1)
    textures = Textures()
    add_game_textures(tree, textures, 600, rng)
    add_photographs(tree, textures, 6, rng)
    meshes: list[Mesh] = []
    taken = add_meshes(tree, textures, meshes)
    write_meshes(arguments.output / "meshes.bin", meshes)
    textures.write(arguments.output / "textures.bin")
    sources = {"meshes": taken, "textures": textures.names}
    (arguments.output / "sources.json").write_text(json.dumps(sources, indent=1))
    print(f"{len(taken)} meshes, {len(textures.pixels)} textures")


if __name__ == "__main__":
    main()
