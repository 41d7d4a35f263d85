"""What the tests of examples/cluster share: the executable, its clip and what a plain run writes.

The environment names the executable, $ROLLINGDEPTH_PROGRAM, and what the build has unpacked of
tests/data, $ROLLINGDEPTH_TEST_DATA.
"""

import hashlib
import os
import shutil
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "cluster"
PROGRAM = os.environ.get("ROLLINGDEPTH_PROGRAM")
DATA = Path(os.environ.get("ROLLINGDEPTH_TEST_DATA", "."))
PARTS = 4

# A second or two of work, on any machine the same.
OPTIONS = ["--res", "0", "--device", "cpu", "--dtype", "fp32", "--quality", "ultra_fast",
           "--threads", "1", "--dilations", "1", "4", "--frames", "24"]

# What the examples call `rollingdepth`. A file beside it, named after a part, changes that part's
# first try: `hold-3` makes it wait in the middle until it is stopped, `fail-3` makes it fail.
PROGRAM_WITH_TRICKS = """#!/usr/bin/env bash
here=$(dirname "$0")
part=${SLURM_ARRAY_TASK_ID:-none}
if [[ $1 == work && -e $here/hold-$part ]]; then
  rm "$here/hold-$part"
  export ROLLINGDEPTH_HOLD_AT=snippets:1
elif [[ $1 == work && -e $here/fail-$part ]]; then
  rm "$here/fail-$part"
  exit 1
fi
exec "$ROLLINGDEPTH_PROGRAM" "$@"
"""


def need(*programs):
    """Skips a class of tests where one of these programs is not installed."""
    found = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
    missing = [program for program in programs if shutil.which(program, path=found) is None]
    return unittest.skipIf(missing, f"not installed: {' '.join(missing)}")


def wait_until(what, condition, seconds=120):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not within {seconds} s")
        time.sleep(0.1)


def outputs_in(folder):
    """Names and hashes of what is written, without reports, which tell seconds, logs and jobs."""
    found = {}
    for path in sorted(Path(folder).rglob("*")):
        name = path.relative_to(folder).as_posix()
        if any(part.endswith((".job", ".snakemake")) for part in Path(name).parts):
            continue
        if path.is_file() and not name.endswith(("_report.json", ".log")):
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


@unittest.skipUnless(PROGRAM, "ROLLINGDEPTH_PROGRAM is not set")
class ClusterTest(unittest.TestCase):
    """A folder with a clip, and `rollingdepth` in the PATH."""

    @classmethod
    def setUpClass(cls):
        cls.plain_folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        os.environ["ROLLINGDEPTH_MODELS"] = str(DATA / "models" / "a")
        clip = cls.copied_clip(Path(cls.plain_folder))
        written = Path(cls.plain_folder) / "plain"
        subprocess.run([PROGRAM, "-i", clip, "-o", written, *OPTIONS], check=True)
        cls.expected = outputs_in(written)

    @staticmethod
    def copied_clip(folder):
        return shutil.copy(DATA / "cases" / "fast" / "clip.mp4", folder / "the clip.mp4")

    def setUp(self):
        self.assertTrue(self.expected, "a plain run has written nothing")
        # Blanks in paths are what scripts forget.
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="a cluster ")))
        self.clip = self.copied_clip(self.folder)
        self.output = self.folder / "its depth"
        self.programs = self.folder / "bin"
        self.programs.mkdir()
        program = self.programs / "rollingdepth"
        program.write_text(PROGRAM_WITH_TRICKS)
        program.chmod(0o755)
        self.environment = dict(os.environ, ROLLINGDEPTH_PROGRAM=PROGRAM,
                                PATH=f"{self.programs}{os.pathsep}{os.environ['PATH']}")

    def trick(self, name):
        (self.programs / name).touch()

    def run_example(self, *words):
        done = subprocess.run(words, cwd=self.folder, env=self.environment, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual(done.returncode, 0, done.stdout)
        return done.stdout

    def expect_the_plain_bytes(self):
        self.assertEqual(outputs_in(self.output), self.expected)
