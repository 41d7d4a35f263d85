#!/usr/bin/env python3
"""Turns the maps of free games into a flat file of worlds for the renderer.

`worlds.bin` holds triangles in metres (x right, y up, z forward) and places where somebody can
stand; `world_textures.bin` holds their pictures as textures.bin does. `world_sources.json` lists
what came from where. They lie beside the files of prepare_assets.py, whose packages this script
uses again. The licences are in README.md beside this script.
"""

import argparse
import io
import json
import zipfile
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

from bsp import Map
from map_worlds import family_of, world_of
from prepare_assets import Textures, split_of, unpack_packages
from quake3_map import Shader, read_map, read_shaders
from rollingdepth_train.asset_files import MODEL
from rollingdepth_train.world_files import UNDER_SKY, World, write_worlds
from ufo_map import read_ufo_map

# Debian bookworm; see README.md for the licences.
PACKAGES = ("openarena-data", "openarena-081-textures", "openarena-081-maps", "openarena-085-data",
            "openarena-088-data", "openarena-oacmp1", "nexuiz-textures", "nexuiz-data",
            "ufoai-textures", "ufoai-maps")

# A player of 56 units in OpenArena, of 69 in Nexuiz and of 46 in UFO: AI is about 1.75 m high.
UNITS_PER_METRE = {"openarena": 32.0, "nexuiz": 39.4, "ufoai": 26.0}
MIN_TRIANGLES = {"openarena": 500, "nexuiz": 500, "ufoai": 1500}
MAX_TRIANGLES = 120_000
MIN_SPOTS = 3
GORY = ("blood", "skull", "gore", "flesh")  # Pictures whose surfaces are left plain.
UNREAL = ("craft", "alienb", "ufo_")  # Spaceships, whole or crashed.
PICTURE_ENDINGS = ("", ".tga", ".jpg", ".png", ".jpeg")


class Game:
    """The archives of one game: later ones replace files of the same name, as its engine does."""

    def __init__(self, name: str, archives: list[Path]):
        self.name = name
        self.archives = [zipfile.ZipFile(path) for path in archives]
        self.files = {entry.lower(): (archive, entry)
                      for archive in self.archives for entry in archive.namelist()}
        self.shaders: dict[str, Shader] = {}
        self.sizes: dict[str, tuple[int, int]] = {}
        for entry in sorted(self.files):
            if entry.startswith("scripts/") and entry.endswith(".shader"):
                for shader, what in read_shaders(self.read(entry).decode("latin-1")).items():
                    self.shaders.setdefault(shader, what)

    def read(self, entry: str) -> bytes:
        archive, name = self.files[entry]
        return archive.read(name)

    def unseen(self) -> set[str]:
        """The shaders that make no opaque surface."""
        return {name for name, shader in self.shaders.items() if shader.unseen}

    def map(self, entry: str) -> Map | None:
        """One map with uv in parts of its pictures; None where it cannot be read."""
        data = self.read(entry)
        if self.name != "ufoai":
            return read_map(data, self.unseen())
        world = read_ufo_map(data)
        if world is not None:
            sizes = np.array([self.size_px(name) for name in world.names])
            of_vertex = np.zeros(len(world.positions), int)
            of_vertex[world.triangles] = world.shader[:, None]
            world.uv = world.uv / sizes[of_vertex]
        return world

    def size_px(self, shader: str) -> tuple[int, int]:
        """Width and height of a shader's picture; 256 where there is none."""
        name = self.picture(shader)
        if name is None:
            return 256, 256
        if name not in self.sizes:
            self.sizes[name] = Image.open(io.BytesIO(self.read(name))).size
        return self.sizes[name]

    def picture(self, shader: str) -> str | None:
        """The file that shows what a shader mainly looks like; None where there is none."""
        known = self.shaders.get(shader)
        for name in [*(known.pictures if known else []), shader, f"textures/{shader}"]:
            stem = name.removesuffix(".tga").removesuffix(".jpg").removesuffix(".png")
            for ending in PICTURE_ENDINGS:
                if stem + ending in self.files and ending:
                    return stem + ending
        return None


def games(tree: Path) -> list[Game]:
    """The games whose packages are unpacked below `tree`."""
    found = []
    for name in UNITS_PER_METRE:
        archives = sorted((tree / "usr/share/games" / name).rglob("*.pk3"))
        if archives:
            found.append(Game(name, archives))
    return found


class Pictures:
    """The textures of all worlds, each picture once."""

    def __init__(self, side_px: int):
        self.textures = Textures(side_px)
        self.number: dict[tuple[str, str], int] = {}

    def of(self, game: Game, shader: str) -> int:
        """The index of a shader's texture; -1 where it has no picture."""
        name = game.picture(shader)
        if name is None or any(word in name for word in GORY):
            return -1
        if (game.name, name) not in self.number:
            try:
                picture = Image.open(io.BytesIO(game.read(name)))
                number = self.textures.add(picture, MODEL, f"{game.name}:{name}")
            except (OSError, SyntaxError, ValueError) as error:
                print(f"left out {name}: {error}")
                number = -1
            self.number[(game.name, name)] = number
        return self.number[(game.name, name)]


def add_worlds(game: Game, pictures: Pictures, worlds: list[World], limit: int) -> list[dict]:
    """Appends up to `limit` usable maps of a game to `worlds`; returns what was taken."""
    taken: list[dict] = []
    maps = [entry for entry in game.files if entry.startswith("maps/") and entry.endswith(".bsp")
            and not any(word in entry for word in UNREAL)]
    # By their checksums, so that a part of them is a fair choice and a larger part holds it.
    for entry in sorted(maps, key=lambda name: zlib.crc32(name.encode())):
        if len(taken) == limit:
            break
        world = game.map(entry)
        if world is None or len(world.spots) < MIN_SPOTS:
            continue
        if not MIN_TRIANGLES[game.name] <= len(world.triangles) <= MAX_TRIANGLES:
            continue
        numbers = np.array([pictures.of(game, name) if np.any(world.shader == i) else -1
                            for i, name in enumerate(world.names)] + [-2])
        texture = numbers[world.shader]  # The sky, -1, takes the last.
        held_out = split_of(family_of(entry))
        under_sky = UNDER_SKY if game.name == "ufoai" else 0
        worlds.append(world_of(world, texture, UNITS_PER_METRE[game.name], held_out | under_sky))
        taken.append({"game": game.name, "map": entry, "title": world.title,
                      "held_out": bool(held_out),
                      "triangles": len(world.triangles), "spots": len(world.spots),
                      "without_picture": round(float(np.mean(texture == -1)), 3)})
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("output", type=Path, help="folder for worlds.bin and world_textures.bin")
    parser.add_argument("--tree", type=Path, help="unpacked packages; else downloaded")
    parser.add_argument("--side", type=int, default=256, help="of textures, pixels, a power of 2")
    parser.add_argument("--worlds", type=int, default=150, help="at most so many of each game")
    arguments = parser.parse_args()
    tree = arguments.tree or arguments.output / "tree"
    if arguments.tree is None:
        unpack_packages(arguments.output, PACKAGES)
    arguments.output.mkdir(parents=True, exist_ok=True)
    pictures, worlds, taken = Pictures(arguments.side), [], []
    for game in games(tree):
        taken += add_worlds(game, pictures, worlds, arguments.worlds)
    write_worlds(arguments.output / "worlds.bin", worlds)
    pictures.textures.write(arguments.output / "world_textures.bin")
    sources = {"worlds": taken, "textures": pictures.textures.names}
    (arguments.output / "world_sources.json").write_text(json.dumps(sources, indent=1))
    print(f"{len(taken)} worlds, {sum(bool(t['held_out']) for t in taken)} held out, "
          f"{sum(t['triangles'] for t in taken)} triangles, "
          f"{len(pictures.textures.pixels)} textures")


if __name__ == "__main__":
    main()
