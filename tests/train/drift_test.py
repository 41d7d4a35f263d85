"""The drift of moving objects, and evaluate.py on rendered clips."""

import os
import stat
import sys
import tempfile
import unittest
from pathlib import Path

import fixtures  # noqa: F401
import numpy as np
from evaluate import rendered_clips
from scene_files import write_scenes

from rollingdepth_train.drift import object_drifts
from rollingdepth_train.scenes import Scenes

FRAMES = 12


def clip() -> tuple[np.ndarray, np.ndarray]:
    """A background of inverse depth 0 to 1, an object at 0.5 that moves sideways: truth, objects."""
    truth = np.tile(np.linspace(0.01, 1, 40)[None, :, None], (FRAMES, 1, 50))
    objects = np.zeros(truth.shape, np.uint8)
    for frame in range(FRAMES):
        objects[frame, 15:25, 10 + frame : 18 + frame] = 3
    truth[objects > 0] = 0.5
    return truth, objects


class DriftTest(unittest.TestCase):
    def test_an_object_at_a_wrong_depth_throughout_does_not_drift(self):
        truth, objects = clip()
        wrong = truth + 0.2 * (objects > 0)
        [record] = object_drifts([wrong], truth, objects)
        self.assertAlmostEqual(record["drift"], 0)
        self.assertAlmostEqual(record["depth_drift"], 0)

    # Half of the time 0.2 nearer: a deviation of 0.1 of a range of 0.96, but for the fit.
    def test_an_object_that_swings_drifts(self):
        truth, objects = clip()
        swinging = truth + 0.2 * (objects > 0) * (np.arange(FRAMES) % 2)[:, None, None]
        [record] = object_drifts([5 - 2 * swinging], truth, objects)
        self.assertAlmostEqual(record["drift"], 0.104, delta=0.006)
        self.assertGreater(record["depth_drift"], 0.1)

    def test_small_and_short_appearances_are_left_out(self):
        truth, objects = clip()
        objects[3:] = 0
        self.assertEqual(object_drifts([truth], truth, objects), [])
        truth, objects = clip()
        objects[:, 20:] = 0  # 5 x 8 pixels remain.
        self.assertEqual(object_drifts([truth], truth, objects), [])

    def test_every_object_has_a_record(self):
        truth, objects = clip()
        objects[:, 28:38, :10] = 200
        self.assertEqual(len(object_drifts([truth], truth, objects)), 2)


# Stands for the program: the "depth" of a frame is its red channel.
PROGRAM = """#!{python}
import sys
from pathlib import Path
import cv2
import numpy as np
given = dict(zip(sys.argv[1::2], sys.argv[2::2]))
frames = sorted(Path(given["-i"]).glob("*.png"))
depth = np.stack([cv2.imread(str(f))[..., 2] for f in frames]).astype(np.float32)
np.save(Path(given["-o"]) / "clip_pred.npy", depth)
"""


class RenderedClipsTest(unittest.TestCase):
    def test_clips_run_through_the_program_and_drifts_are_pooled(self):
        truth, objects = clip()
        moved = truth + 0.2 * (objects > 0) * (np.arange(FRAMES) % 2)[:, None, None]
        pictures = np.stack([np.round(t * 200) for t in (truth, moved)])
        rgb = np.repeat(pictures[..., None], 3, -1)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_scenes(folder, rgb, np.stack([truth, truth]), np.stack([objects, objects]))
            program = folder / "program"
            program.write_text(PROGRAM.format(python=sys.executable))
            os.chmod(program, stat.S_IRWXU)
            rows = rendered_clips(Scenes(folder), program, folder, None, "fast")
        self.assertEqual(rows["model"]["objects"], 2)
        self.assertAlmostEqual(rows["model"]["drift"], 0.104 / 2, delta=0.006)
        self.assertLess(rows["model"]["abs_rel"], rows["constant"]["abs_rel"])


if __name__ == "__main__":
    unittest.main()
