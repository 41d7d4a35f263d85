"""What gpu_kit packs and gpu_run unpacks: assets, start weights and the renderer's executable."""

import json
import lzma
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np

from .asset_files import MODEL, read_meshes, read_textures, write_meshes, write_textures
from .packing import (from_records, pack_mesh, pack_textures, records_of, unpack_mesh,
                      unpack_textures)
from .world_packing import unpack_worlds

RENDERER, START, FACTS = "render_scenes", "start.pt", "kit.json"


def _chosen_meshes(path: Path, budget: int, seed: int) -> list[tuple]:
    """Meshes with their packed form, in their order: all, or as many random ones as fit."""
    packed = [(mesh, len(pack_mesh(mesh))) for mesh in read_meshes(path)]
    order, total, chosen = np.random.default_rng(seed).permutation(len(packed)), 0, []
    for index in order:
        if total + packed[index][1] <= budget:
            total += packed[index][1]
            chosen.append(int(index))
    return [packed[index][0] for index in sorted(chosen)]


def _chosen_textures(kinds: np.ndarray, needed: set[int], most: int, seed: int) -> np.ndarray:
    """Numbers of the textures that meshes need, and of random others up to `most`."""
    others = np.flatnonzero((kinds & 0xFF) != MODEL)
    room = max(most - len(needed), 0)
    others = np.random.default_rng(seed).permutation(others)[:room]
    return np.unique(np.concatenate([others, np.array(sorted(needed), np.int64)])).astype(np.int64)


def pack_assets(assets: Path, kit: Path, textures: int, quality: float, mesh_bytes: int,
                seed: int) -> dict[str, int]:
    """Writes textures.pack and meshes.pack; returns how many of each there are."""
    meshes = _chosen_meshes(assets / "meshes.bin", mesh_bytes, seed)
    kinds, pixels = read_textures(assets / "textures.bin")
    needed = {int(number) for mesh in meshes for number in np.unique(mesh.texture) if number >= 0}
    chosen = _chosen_textures(kinds, needed, textures, seed)
    renumbered = np.full(len(kinds) + 1, -1, np.int32)  # The last is that of -1.
    renumbered[chosen] = np.arange(len(chosen))
    with (kit / "textures.pack").open("wb") as file:
        file.write(kinds[chosen].astype("<i4").tobytes())
        file.write(pack_textures(pixels[chosen], quality))
    (kit / "meshes.pack").write_bytes(records_of(
        pack_mesh(replace(mesh, texture=renumbered[mesh.texture])) for mesh in meshes))
    return {"textures": len(chosen), "meshes": len(meshes)}


def pack_other(path: Path, kit: Path) -> None:
    """Packs another file of the assets as it is."""
    with lzma.open(kit / f"{path.name}.xz", "wb", preset=9) as packed, path.open("rb") as file:
        shutil.copyfileobj(file, packed)


def unpack_assets(kit: Path, assets: Path) -> None:
    """Writes the files that the renderer reads."""
    assets.mkdir(parents=True, exist_ok=True)
    count = json.loads((kit / FACTS).read_text())["textures"]
    packed = (kit / "textures.pack").read_bytes()
    kinds = np.frombuffer(packed, "<i4", count)
    write_textures(assets / "textures.bin", kinds, unpack_textures(packed[4 * count :]))
    bodies = from_records((kit / "meshes.pack").read_bytes())
    with ThreadPoolExecutor() as pool:
        write_meshes(assets / "meshes.bin", pool.map(unpack_mesh, bodies))
    unpack_worlds(kit, assets)
    for path in kit.glob("*.xz"):
        with lzma.open(path) as file, (assets / path.stem).open("wb") as out:
            shutil.copyfileobj(file, out)
