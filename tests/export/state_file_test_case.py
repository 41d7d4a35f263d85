"""What the tests of exports from a .pth share."""

import contextlib
import io
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import torch

import fixtures  # Finds the scripts.
import export_model


def plain_code(network):
    """Its code without the numbers that a process gives to what it loads more than once."""
    return re.sub(r"___torch_mangle_\d+\.", "", network.code)


class StateFileTest(unittest.TestCase):
    """Gives every test a folder; `state` and what `sizes` holds are the subclass's."""

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="rollingdepth-test-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.sizes = self.folder / "sizes.json"

    def save(self, name="tiny.pth", state=None):
        path = self.folder / name
        torch.save(self.state if state is None else state, path)
        return path

    def export(self, checkpoint, *options, out="package"):
        """In this process: a new one would load torch again. (exit code, what it said)."""
        arguments = [str(part) for part in [checkpoint, self.folder / out, *options]]
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            try:
                code = export_model.main(arguments)
            except SystemExit as stopped:  # As argparse refuses.
                code = stopped.code
        return code, said.getvalue()

    def export_apart(self, checkpoint, *options):
        """As export(), in a process of its own: what torch has compiled before numbers the names in
        the files, so that their bytes depend on it."""
        command = [sys.executable, "-B", fixtures.ROOT / "scripts" / "export_model.py", checkpoint,
                   self.folder / "package", *options]
        done = subprocess.run([str(part) for part in command], text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        return done.returncode, done.stdout

    def refuse(self, words, checkpoint, *options, code=1):
        found, text = self.export(checkpoint, "--sizes", self.sizes, *options)
        self.assertEqual(found, code, text)
        self.assertIn(words, text)
        self.assertEqual(len(text.splitlines()), 1, text)
        self.assertFalse((self.folder / "package").exists())
