"""A package that the program makes by a template has the bytes of the export's."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from fixtures import DATA, ROOT, TEXT, UNET, VAE, CheckpointTest
from rollingdepth_export import template
from rollingdepth_export.gemdepth import to_checkpoint as gemdepth
from rollingdepth_export.video_depth_anything import to_checkpoint as video

PROGRAM = os.environ.get("ROLLINGDEPTH_PROGRAM")


def run(*command):
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, env={**os.environ, "OMP_NUM_THREADS": "1"})
    return done.returncode, done.stdout.decode()


def export(*arguments):
    return run(sys.executable, ROOT / "scripts" / "export_model.py", *arguments)


class Folder(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="rollingdepth-test-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def write_template(self, checkpoint, *options):
        code, said = export(checkpoint, self.folder / "template", "--template", *options)
        self.assertEqual(code, 0, said)

    @unittest.skipUnless(PROGRAM, "ROLLINGDEPTH_PROGRAM names no program")
    def compare(self, checkpoint, *options, sizes=()):
        """Both packages with `options`; `sizes` are the export's alone."""
        exported, imported = self.folder / "exported", self.folder / "imported"
        for folder in (exported, imported):
            shutil.rmtree(folder, ignore_errors=True)
        code, said = export(checkpoint, exported, *options, *sizes)
        self.assertEqual(code, 0, said)
        code, said = run(Path(PROGRAM).resolve(), "import", checkpoint, imported, "--template",
                         self.folder / "template", *options)
        self.assertEqual(code, 0, said)
        names = sorted(path.name for path in exported.iterdir())
        self.assertEqual(names, sorted(path.name for path in imported.iterdir()))
        for name in names:
            self.assertTrue((exported / name).read_bytes() == (imported / name).read_bytes(), name)


class FileTemplateTest(Folder):
    """Of a .pth; all scales of branches differ from 1."""

    def save(self, state, **changes):
        generator = torch.Generator().manual_seed(3)
        state = {key: torch.rand(value.shape, generator=generator).to(value.dtype) + 0.5
                 if key.endswith(".gamma") else value for key, value in state.items()}
        path = self.folder / "tiny.pth"
        torch.save({**state, **changes}, path)
        return path

    def test_video_depth_anything(self):
        checkpoint = self.save(video.checkpoint_of(video.states_of(DATA / "vda" / "model")))
        sizes = self.folder / "sizes.json"
        sizes.write_text(json.dumps({"num_heads": 3}))
        self.write_template(checkpoint, "--sizes", sizes)
        self.compare(checkpoint, sizes=["--sizes", sizes])
        self.compare(checkpoint, "--dtype", "fp16", "--metric", "--float32-in", "decoder=fp16",
                     "--name", "mine", "--res", "280", sizes=["--sizes", sizes])

    def test_gemdepth(self):
        state = gemdepth.checkpoint_of(gemdepth.states_of(DATA / "gem" / "model"))
        checkpoint = self.save({key: value.float() for key, value in state.items()},
                               **{"frame_blocks.1.unused": torch.zeros(1)})
        sizes = DATA / "gem" / "sizes.json"
        self.write_template(checkpoint, "--sizes", sizes)
        self.compare(checkpoint, sizes=["--sizes", sizes])
        self.compare(checkpoint, "--dtype", "fp32", "--license", "mine", "--notice", "so",
                     sizes=["--sizes", sizes])


class FolderTemplateTest(CheckpointTest, Folder):
    """Of a folder in the layout of diffusers."""

    def convert(self, dtype):
        for file in (UNET, VAE, TEXT):
            self.edit_weights(file, lambda weights: {key: value.to(dtype) for key, value in
                                                     weights.items()})

    def test_of_several_files(self):
        self.write_template(self.checkpoint)
        self.shard(UNET)
        self.compare(self.checkpoint, "--res", "320")
        self.compare(self.checkpoint, "--dtype", "fp16")

    def test_in_other_dtypes(self):
        self.write_template(self.checkpoint)
        for dtype in (torch.bfloat16, torch.float16):
            self.convert(dtype)
            self.compare(self.checkpoint)

    def test_with_position_ids(self):
        self.write_template(self.checkpoint)
        path = self.checkpoint / TEXT
        weights = load_file(path)
        path.unlink()
        save_file({**weights, "text_model.embeddings.position_ids": torch.arange(7)[None]}, path)
        self.compare(self.checkpoint)

    def test_does_not_depend_on_values(self):
        self.write_template(self.checkpoint)
        before = template.contents_of(self.folder / "template" / template.FILE)
        self.convert(torch.float16)
        self.write_template(self.checkpoint, "--force")
        after = template.contents_of(self.folder / "template" / template.FILE)
        self.assertEqual(before.keys(), after.keys())
        self.assertTrue(before == after)

    def test_refuses_what_a_package_is_told(self):
        for option in (["--dtype", "fp16"], ["--check"], ["--license", "mine"], ["--res", "320"]):
            code, said = export(self.checkpoint, self.folder / "template", "--template", *option)
            self.assertEqual(code, 2, said)
            self.assertIn(f"{option[0]}: does not belong to a template", said)
        self.assertFalse((self.folder / "template").exists())


if __name__ == "__main__":
    unittest.main()
