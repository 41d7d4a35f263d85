"""The comparison of two packages on a sheet, with a program that stands for the real one."""

import os
import stat
import sys
import tempfile
import unittest
from pathlib import Path

import fixtures  # noqa: F401
import numpy as np
from contact_sheet import BORDER_PX, compared

# Side by side: a grey of 50 left, right the number that the package's name is.
PROGRAM = """#!{python}
import sys
from pathlib import Path
import cv2
import numpy as np
given = dict(zip(sys.argv[1:-1:2], sys.argv[2:-1:2]))
frame = np.full((48, 128, 3), 50, np.uint8)
frame[:, 64:] = int(Path(given["-c"]).name)
written = Path(given["-o"]) / "clip_rgbd.avi"
video = cv2.VideoWriter(str(written), cv2.VideoWriter_fourcc(*"MJPG"), 25, (128, 48))
for _ in range(int(given["--frame-count"])):
    video.write(frame)
video.release()
written.rename(written.with_suffix(".mp4"))
"""


class ComparisonTest(unittest.TestCase):
    def test_a_frame_shows_colour_and_then_each_packages_depth(self):
        with tempfile.TemporaryDirectory() as name:
            program = Path(name) / "program"
            program.write_text(PROGRAM.format(python=sys.executable))
            os.chmod(program, stat.S_IRWXU)
            strip = compared(program, [Path("100"), Path("200")], Path("clip.mp4"), 5, 2, 32)
        self.assertEqual(strip.shape, (24 + 2 * BORDER_PX, 2 * (3 * 32 + 2 * BORDER_PX), 3))
        row = strip[BORDER_PX + 12, :, 0].astype(int)
        first, second = row[:100], row[100:]
        np.testing.assert_array_equal(first, second)
        np.testing.assert_allclose(row[[BORDER_PX + 16, BORDER_PX + 48, BORDER_PX + 80]],
                                   [50, 100, 200], atol=4)


if __name__ == "__main__":
    unittest.main()
