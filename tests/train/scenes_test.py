"""Reading of the renderer's files."""

import json
import tempfile
import unittest
from pathlib import Path

import fixtures  # noqa: F401
import numpy as np
from scene_files import write_scenes

from rollingdepth_train.scenes import Scenes


class ScenesTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        rng = np.random.default_rng(1)
        self.rgb = rng.integers(0, 256, (2, 5, 6, 8, 3), np.uint8)
        self.inverse_depth = rng.uniform(0, 3, (2, 5, 6, 8))
        self.objects = rng.integers(0, 3, (2, 5, 6, 8), np.uint8)

    def test_what_was_written_is_read(self):
        write_scenes(self.folder, self.rgb, self.inverse_depth, self.objects)
        scenes = Scenes(self.folder)
        self.assertEqual((len(scenes), scenes.views, scenes.width_px, scenes.height_px),
                         (2, 5, 8, 6))
        np.testing.assert_array_equal(scenes.rgb, self.rgb)
        np.testing.assert_array_equal(scenes.objects, self.objects)
        np.testing.assert_allclose(scenes.inverse_depth(1), self.inverse_depth[1], atol=1e-4)
        np.testing.assert_array_equal(scenes.serial, [1, 2])
        np.testing.assert_array_equal(scenes.focal_px, [8, 8])
        np.testing.assert_array_equal(scenes.pose[1, 4, :9].reshape(3, 3), np.eye(3))

    def test_folders_without_objects_have_none(self):
        write_scenes(self.folder, self.rgb, self.inverse_depth)
        self.assertIsNone(Scenes(self.folder).objects)

    def test_a_renderer_that_goes_on_is_seen_by_the_serial(self):
        write_scenes(self.folder, self.rgb, self.inverse_depth)
        scenes = Scenes(self.folder)
        records = np.memmap(self.folder / "scenes.bin", np.float32, "r+").reshape(2, -1)
        records[1, 0] = 7
        self.assertEqual(scenes.serial[1], 7)

    def test_another_format_is_refused(self):
        write_scenes(self.folder, self.rgb, self.inverse_depth)
        layout = {"format": 1, "views": 5, "width_px": 8, "height_px": 6}
        (self.folder / "scenes.json").write_text(json.dumps(layout))
        with self.assertRaisesRegex(ValueError, "format 1"):
            Scenes(self.folder)


if __name__ == "__main__":
    unittest.main()
