"""Packages of random networks, which a machine with a GPU makes for itself."""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import torch

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
sys.dont_write_bytecode = True

from rollingdepth_export import check  # noqa: E402
from rollingdepth_gpu import eager  # noqa: E402
from rollingdepth_gpu.networks import random_networks  # noqa: E402


class PackageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """Writes a package where neither NumPy nor safetensors can be imported."""
        scratch = tempfile.TemporaryDirectory(prefix="rollingdepth-test-")
        cls.addClassCleanup(scratch.cleanup)
        hidden = Path(scratch.name) / "hidden"
        hidden.mkdir()
        for module in ("numpy", "safetensors"):
            (hidden / f"{module}.py").write_text(f"raise ModuleNotFoundError('{module}')\n")
        cls.package = Path(scratch.name) / "package"
        subprocess.run([sys.executable, "-B", "-W", "ignore", "-m", "rollingdepth_gpu.package",
                        cls.package, "--small", "--device", "cpu"], check=True,
                       stdout=subprocess.DEVNULL,
                       env={**os.environ, "PYTHONPATH": f"{hidden}:{ROOT / 'scripts'}"})

    def test_needs_torch_alone(self):
        check.verify_files(self.package)
        model = json.loads((self.package / "model.json").read_text())
        self.assertEqual(model["dtype"], "float16")
        decoder = check.load_network(self.package, "decoder").float()
        depth = decoder(torch.ones(1, 4, 3, 5))
        self.assertEqual(list(depth.shape), [1, 1, 24, 40])
        self.assertTrue(torch.isfinite(depth).all())

    def test_holds_the_networks_that_it_is_compared_with(self):
        networks = random_networks(True, torch.float16, "cpu")
        for name in ("encoder", "unet", "decoder"):
            written = check.load_network(self.package, name).state_dict()
            for key, weight in getattr(networks, name).state_dict().items():
                self.assertTrue(torch.equal(written[key], weight), key)


class OperationsTest(unittest.TestCase):
    def test_are_those_of_stable_diffusion(self):
        """Known from its layers: docs/benchmarks.md."""
        counts = eager.operations(small=False, size=(768, 432))
        giga = {name: round(count / 1e9) for name, count in counts.items()}
        self.assertEqual(giga, {"encode": 1425, "denoise": 4361, "decode": 3192})


if __name__ == "__main__":
    unittest.main()
