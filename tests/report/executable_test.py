"""The report of what the executable itself writes; $ROLLINGDEPTH_PROGRAM names it."""

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from fixtures import ROOT

PROGRAM = os.environ.get("ROLLINGDEPTH_PROGRAM")


@unittest.skipUnless(PROGRAM, "ROLLINGDEPTH_PROGRAM is not set")
class ExecutableTest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="rollingdepth-report-")
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)

    def run_program(self, *arguments):
        subprocess.run([str(Path(PROGRAM).resolve()), *arguments], cwd=self.folder, check=True,
                       capture_output=True, env={**os.environ, "OMP_NUM_THREADS": "1"})

    def test_all_kinds_of_files_make_one_page(self):
        clip = str(ROOT / "samples" / "cockatoo.mp4")
        common = ["--frames", "4", "--res", "96", "--threads", "1", "--device", "cpu"]
        self.run_program("-i", clip, "-o", "out", "--cmap", "", "--no-save-sbs", "--save-png16",
                         "--profile", *common)
        self.run_program("compare", "out/cockatoo_pred.npy", "out/cockatoo_png16", "--video", clip,
                         "--max-mae", "1", "--json", "compare.json", "--threads", "1")
        self.run_program("bench", "-i", clip, "--qualities", "fast", "--repeats", "1", "--against",
                         "none", "--json", "bench.json", "--", *common)
        subprocess.run([sys.executable, str(ROOT / "scripts" / "report.py"), "compare.json",
                        "bench.json", "out/cockatoo_trace.json", "-o", "page.html"],
                       cwd=self.folder, check=True)
        page = (self.folder / "page.html").read_text(encoding="utf-8")
        for words in ["Worst frames", "Speed and memory", "Timeline", "4 frames, cpu, 1 thread",
                      "snippets"]:
            self.assertIn(words, page)


if __name__ == "__main__":
    unittest.main()
