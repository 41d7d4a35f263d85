"""What travels to a machine with a GPU: packed assets, and a checkout without tests/data."""

import subprocess
import tempfile
import unittest
from pathlib import Path

import fixtures  # noqa: F401
import numpy as np

from rollingdepth_train.asset_files import (Mesh, read_meshes, read_textures, write_meshes,
                                            write_textures)
from rollingdepth_train.kit import FACTS, pack_assets, unpack_assets
from rollingdepth_train.packing import pack_mesh, pack_textures, unpack_mesh, unpack_textures
from rollingdepth_train.stow import StowError, stow, travelling_bytes, unstow
from rollingdepth_train.world_files import World, read_worlds, write_worlds
from rollingdepth_train.world_packing import pack_worlds, unpack_worlds


def mesh(seed: int = 1, texture: int = 2) -> Mesh:
    """Forty triangles, two of which share corners."""
    rng = np.random.default_rng(seed)
    position = rng.uniform(-2, 3, (40, 3, 3)).astype(np.float32)
    normal = rng.standard_normal((40, 3, 3)).astype(np.float32)
    normal /= np.linalg.norm(normal, axis=2, keepdims=True)
    uv = rng.uniform(-4, 9, (40, 3, 2)).astype(np.float32)
    for field in (position, normal, uv):
        field[1, 0] = field[0, 2]
    return Mesh(0x101, np.array([1, 2, 3, 0.5], np.float32), position, normal, uv,
                rng.integers(0, 256, (40, 3), np.uint8),
                np.where(np.arange(40) % 2, texture, -1).astype(np.int32))


class PackingTest(unittest.TestCase):
    def test_a_mesh_comes_back_within_its_rounding(self):
        original, back = mesh(), unpack_mesh(pack_mesh(mesh()))
        self.assertEqual(back.kind, original.kind)
        np.testing.assert_array_equal(back.size_m, original.size_m)
        np.testing.assert_array_equal(back.colour, original.colour)
        np.testing.assert_array_equal(back.texture, original.texture)
        np.testing.assert_allclose(back.position, original.position, atol=5 / 65535)
        np.testing.assert_allclose(back.uv, original.uv, atol=13 / 65535)
        self.assertGreater((back.normal * original.normal).sum(2).min(), 0.999)

    def test_textures_come_back_nearly_and_smaller(self):
        rows, columns = np.mgrid[0:64, 0:64]
        pictures = np.stack([rows * 2 + 60, columns * 3, 255 - rows], -1).astype(np.uint8)
        pictures = np.stack([pictures, pictures[::-1]])
        packed = pack_textures(pictures, 60)
        self.assertLess(len(packed), pictures.nbytes / 10)
        back = np.concatenate(list(unpack_textures(packed)))
        self.assertEqual(back.shape, pictures.shape)
        self.assertLess(np.abs(back.astype(int) - pictures).mean(), 4)

    def test_a_kit_holds_the_textures_of_its_meshes_under_new_numbers(self):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            kinds = np.array([0, 0, 0x104, 4], np.int32)
            pixels = np.repeat(np.array([40, 80, 120, 160], np.uint8), 32 * 32 * 3)
            write_textures(folder / "textures.bin", kinds, [pixels.reshape(4, 32, 32, 3)])
            write_meshes(folder / "meshes.bin", [mesh()])
            facts = pack_assets(folder, folder, 2, 60, 1 << 20, 1)
            self.assertEqual(facts, {"textures": 2, "meshes": 1})
            (folder / FACTS).write_text('{"textures": 2}')
            unpack_assets(folder, folder / "out")
            kinds, pixels = read_textures(folder / "out" / "textures.bin")
            self.assertEqual(kinds.tolist(), [0, 0x104])
            self.assertAlmostEqual(pixels[1].mean(), 120, delta=2)
            (back,) = read_meshes(folder / "out" / "meshes.bin")
            self.assertEqual(np.unique(back.texture).tolist(), [-1, 1])


class WorldsTest(unittest.TestCase):
    def test_a_world_comes_back_within_its_rounding_with_the_textures_it_shows(self):
        rng = np.random.default_rng(1)
        normal = rng.standard_normal((9, 3)).astype(np.float32)
        normal /= np.linalg.norm(normal, axis=1, keepdims=True)
        world = World(0x101, rng.uniform(-50, 50, (9, 3)).astype(np.float32), normal,
                      rng.uniform(-4, 4, (9, 2)).astype(np.float32),
                      rng.integers(0, 9, (5, 3)).astype(np.uint32),
                      np.array([[2], [-1], [-2], [0], [2]], np.int32), np.ones((2, 3), np.float32))
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "out").mkdir()
            pixels = np.repeat(np.array([40, 80, 120], np.uint8), 32 * 32 * 3)
            write_textures(folder / "world_textures.bin", np.zeros(3, np.int32),
                           [pixels.reshape(3, 32, 32, 3)])
            write_worlds(folder / "worlds.bin", [world])
            facts = pack_worlds(folder, folder, 1 << 20, 60, 1)
            self.assertEqual(facts, {"worlds": 1, "world_textures": 2})
            unpack_worlds(folder, folder / "out")
            (back,) = read_worlds(folder / "out" / "worlds.bin")
            _, pixels = read_textures(folder / "out" / "world_textures.bin")
        self.assertEqual(back.flags, 0x101)
        np.testing.assert_allclose(back.position, world.position, atol=100 / 65535)
        np.testing.assert_array_equal(back.corner, world.corner)
        np.testing.assert_array_equal(back.spot, world.spot)
        self.assertEqual(back.texture[:, 0].tolist(), [1, -1, -2, 0, 1])
        self.assertAlmostEqual(pixels[1].mean(), 120, delta=2)


class StowTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        (self.root / "tests" / "data").mkdir(parents=True)
        (self.root / "tests" / "data" / "large").write_bytes(bytes(1000))
        (self.root / "code").write_bytes(bytes(10))
        for command in (["init", "-q"], ["add", "-A"]):
            subprocess.run(["git", "-C", self.root, *command], check=True)

    def test_data_goes_and_comes_back_and_second_calls_change_nothing(self):
        stow(self.root)
        stow(self.root)
        self.assertFalse((self.root / "tests" / "data").exists())
        self.assertTrue(unstow(self.root))
        self.assertFalse(unstow(self.root))
        self.assertEqual((self.root / "tests" / "data" / "large").stat().st_size, 1000)

    def test_what_was_lost_comes_from_git(self):
        (self.root / "tests" / "data" / "large").unlink()
        (self.root / "tests" / "data").rmdir()
        unstow(self.root)
        self.assertTrue((self.root / "tests" / "data" / "large").exists())

    def test_data_that_is_there_twice_is_left_alone(self):
        stow(self.root)
        (self.root / "tests" / "data").mkdir()
        for move in (stow, unstow):
            with self.assertRaises(StowError):
                move(self.root)

    def test_what_travels_is_counted_without_data(self):
        (self.root / "kit").mkdir()
        (self.root / "kit" / "file").write_bytes(bytes(5))
        subprocess.run(["git", "-C", self.root, "config", "core.excludesFile", "/dev/null"],
                       check=True)
        (self.root / ".git" / "info" / "exclude").write_text("/kit/\n")
        self.assertEqual(travelling_bytes(self.root, self.root / "kit"),
                         {"checkout": 10, "shared": 0, "kit": 5})


if __name__ == "__main__":
    unittest.main()
