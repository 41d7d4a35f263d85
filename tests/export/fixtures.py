"""Checkpoints for the tests: copies of the reference ones with one thing changed."""

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

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
sys.dont_write_bytecode = True

from recordings import unpacked  # noqa: E402

DATA = unpacked()

UNET = "unet/diffusion_pytorch_model.safetensors"
VAE = "vae/diffusion_pytorch_model.safetensors"
TEXT = "text_encoder/model.safetensors"


class CheckpointTest(unittest.TestCase):
    """Gives every test a folder with a copy of reference checkpoint b, free to be changed."""

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="rollingdepth-test-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.checkpoint = self.folder / "checkpoint"
        shutil.copytree(DATA / "checkpoints" / "b", self.checkpoint)

    def edit_config(self, file, **changes):
        """Sets keys; the value `...` removes one."""
        path = self.checkpoint / file
        config = json.loads(path.read_text())
        for key, value in changes.items():
            if value is ...:
                config.pop(key, None)
            else:
                config[key] = value
        path.write_text(json.dumps(config))

    def edit_weights(self, file, change):
        """`change` maps a dict of tensors to another one."""
        path = self.checkpoint / file
        changed = change(load_file(path))
        path.unlink()
        save_file({key: tensor.contiguous() for key, tensor in changed.items()}, path)

    def shard(self, file):
        """Replaces a weights file by two and an index, as large checkpoints come."""
        path = self.checkpoint / file
        weights = load_file(path)
        path.unlink()
        keys = sorted(weights)
        halves = [keys[::2], keys[1::2]]
        weight_map = {}
        for number, half in enumerate(halves, start=1):
            name = f"{path.stem}-0000{number}-of-00002.safetensors"
            save_file({key: weights[key] for key in half}, path.with_name(name))
            weight_map.update({key: name for key in half})
        index = path.with_name(path.name + ".index.json")
        index.write_text(json.dumps({"metadata": {}, "weight_map": weight_map}))
        return index

    def export(self, *options, out=None):
        """Runs the script; gives its exit code and what it said on both streams."""
        out = out or self.folder / "package"
        command = [sys.executable, ROOT / "scripts" / "export_model.py", self.checkpoint, out]
        done = subprocess.run([str(part) for part in [*command, *options]], cwd=self.folder,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              env={**os.environ, "OMP_NUM_THREADS": "1"})
        return done.returncode, done.stdout.decode()


def unet_output(networks, views=3):
    """The output for a fixed input of a size that does not halve evenly."""
    generator = torch.Generator().manual_seed(1)
    sample = torch.randn(2 * views, 8, 5, 9, generator=generator).to(networks.dtype)
    with torch.inference_mode():
        return networks.unet(sample, 999, views)
