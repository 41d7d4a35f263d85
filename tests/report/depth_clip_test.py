"""Single frames of every kind of stored depth come back with their values."""

import json
import subprocess
import unittest
from pathlib import Path

import numpy as np
from PIL import Image

import fixtures
from rollingdepth_report.depth_clip import PictureError, find_file, read_frame

DEPTH = np.arange(3 * 2 * 4, dtype=np.float32).reshape(3, 2, 4)


class DepthClip(fixtures.FolderTest):
    def expect(self, path, number=1, expected=None, **options):
        read = read_frame(path, number, 2, 4, **options)
        self.assertEqual(read.dtype, np.float32)
        np.testing.assert_array_equal(read, DEPTH[number] if expected is None else expected)

    def refuse(self, path, message, number=1):
        with self.assertRaisesRegex(PictureError, message):
            read_frame(path, number, 2, 4)

    def test_npy_of_each_shape(self):
        path = self.folder / "d.npy"
        for shape in ((3, 2, 4), (3, 1, 2, 4), (3, 2, 4, 1)):
            with self.subTest(shape=shape):
                np.save(path, DEPTH.reshape(shape).astype(np.float64))
                self.expect(path)
        np.save(path, DEPTH[0])
        self.expect(path, 0)

    def test_npz_stored_and_packed(self):
        path = self.folder / "d.npz"
        for save in (np.savez, np.savez_compressed):
            with self.subTest(save=save.__name__):
                save(path, depth=DEPTH, other=np.zeros(3))
                self.expect(path)

    def test_png_with_range(self):
        levels = np.array([[0, 1, 2, 65535], [4, 5, 6, 7]], dtype=np.uint16)
        Image.fromarray(levels).save(self.folder / "000001.png")
        Image.fromarray(levels + 1).save(self.folder / "000000.png")
        (self.folder / "depth.json").write_text(json.dumps({"min": -1.0, "scale": 0.5}))
        self.expect(self.folder, 1, -1 + 0.5 * levels.astype(np.float32))

    def test_png_without_range_in_the_order_of_numbers(self):
        for name in (2, 10):
            Image.fromarray(np.full((2, 4), name * 256, dtype=np.uint16)).save(
                self.folder / f"f{name}.png")
        self.expect(self.folder, 1, np.full((2, 4), 10), png_scale=256)

    def test_exr_by_ffmpeg(self):
        path = self.folder / "000000.exr"
        subprocess.run(["ffmpeg", "-v", "error", "-f", "rawvideo", "-pix_fmt", "grayf32le", "-s",
                        "4x2", "-i", "-", str(path)], input=DEPTH[2].tobytes(), check=True)
        self.expect(self.folder, 0, DEPTH[2])

    def test_exr_of_other_channels_is_refused(self):
        colours = np.zeros((3, 2, 4), dtype=np.float32)
        subprocess.run(["ffmpeg", "-v", "error", "-f", "rawvideo", "-pix_fmt", "gbrpf32le", "-s",
                        "4x2", "-i", "-", str(self.folder / "000000.exr")], check=True,
                       input=colours.tobytes())
        self.refuse(self.folder, "^000000.exr has no channel Y", 0)

    def test_other_size_is_refused(self):
        np.save(self.folder / "d.npy", DEPTH.reshape(3, 4, 2))
        self.refuse(self.folder / "d.npy", "^d.npy now holds 2×4 pixels, the comparison says 4×2")

    def test_missing_frame_is_refused(self):
        np.save(self.folder / "d.npy", DEPTH)
        np.savez(self.folder / "d.npz", depth=DEPTH)
        self.refuse(self.folder / "d.npy", "^d.npy: cannot read frame 3", 3)
        self.refuse(self.folder / "d.npz", r"frame 3 \(it has 3 frames\)", 3)

    def test_damaged_and_unknown_files_are_refused(self):
        for name in ("d.npy", "d.npz"):
            (self.folder / name).write_bytes(b"no depth")
            self.refuse(self.folder / name, f"^{name}: cannot read frame 1")
        (self.folder / "d.mov").write_bytes(b"")
        self.refuse(self.folder / "d.mov", "^d.mov is of an unknown kind")
        (self.folder / "empty").mkdir()
        self.refuse(self.folder / "empty", "it has no PNG or EXR pictures")

    # Each library has exceptions of its own: zlib.error, NotImplementedError, RuntimeError, ...
    def test_archives_damaged_anywhere_are_refused(self):
        whole, path = self.folder / "whole.npz", self.folder / "d.npz"
        np.savez_compressed(whole, depth=np.random.default_rng(1).normal(size=(3, 2, 4)))
        content = whole.read_bytes()
        refused = 0
        for place in range(len(content)):
            damaged = bytearray(content)
            damaged[place] ^= 0x55
            path.write_bytes(damaged)
            try:
                read_frame(path, 1, 2, 4)
            except PictureError as error:
                refused += 1
                self.assertRegex(str(error), r"^d\.npz(: cannot read frame 1 \(.+\)| now holds )")
        self.assertGreater(refused, 100)

    def test_range_that_is_none_is_refused(self):
        Image.fromarray(np.zeros((2, 4), dtype=np.uint16)).save(self.folder / "000000.png")
        for listing, reason in [("[]", "not an object"), ("{}", "'min' is missing"), ("{", ""),
                                ('{"min": 0, "scale": 1e400}', "'scale' is not a finite number")]:
            (self.folder / "depth.json").write_text(listing)
            self.refuse(self.folder, f"cannot read frame 0 \\(.*{reason}", 0)

    def test_values_that_are_no_real_numbers_are_refused(self):
        for kind in ("complex64", "U3"):
            np.save(self.folder / "d.npy", np.zeros((3, 2, 4), dtype=kind))
            self.refuse(self.folder / "d.npy", "^d.npy holds .*, not real numbers")

    def test_name_that_is_too_long_is_not_there(self):
        with self.assertRaisesRegex(PictureError, "^x+ is not there$"):
            find_file("x" * 5000, self.folder)

    def test_is_looked_for_beside_the_json_first(self):
        (self.folder / "d.npy").write_bytes(b"")
        self.assertEqual(find_file("d.npy", self.folder), self.folder / "d.npy")
        self.assertEqual(find_file(str(self.folder / "d.npy"), Path("elsewhere")),
                         self.folder / "d.npy")
        with self.assertRaisesRegex(PictureError, "^none.npy is not there$"):
            find_file("none.npy", self.folder)


if __name__ == "__main__":
    unittest.main()
