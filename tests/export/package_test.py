"""The script from the outside: what it writes, and what it leaves alone."""

import hashlib
import json
import unittest

import torch

from fixtures import DATA, UNET, VAE, CheckpointTest
from rollingdepth_export.check import load_network
from rollingdepth_export.checkpoint import Networks

KEYS = ["format_version", "kind", "backend", "name", "notice", "source", "license", "dtype",
        "latent_channels", "downscale", "latent_scale", "snippet_lengths", "preferred_res",
        "scheduler", "files"]
SCHEDULER_KEYS = ["num_train_timesteps", "beta_start", "beta_end", "beta_schedule",
                  "prediction_type", "timestep_spacing", "steps_offset", "set_alpha_to_one",
                  "rescale_betas_zero_snr", "clip_sample", "clip_sample_range"]


class PackageTest(CheckpointTest):
    def model(self):
        return json.loads((self.folder / "package" / "model.json").read_text())

    def assert_no_package(self, *, besides=()):
        names = {path.name for path in self.folder.iterdir()}
        self.assertEqual(names, {"checkpoint", *besides})

    def test_package_describes_itself(self):
        code, said = self.export("--check", "--name", "n", "--license", "l", "--source", "s",
                                 "--notice", "x", "--res", "768")
        self.assertEqual(code, 0, said)
        self.assertRegex(said, r"largest difference \S+, within tolerance")
        model = self.model()
        self.assertEqual(list(model), KEYS)
        self.assertEqual(list(model["scheduler"]), SCHEDULER_KEYS)
        self.assertEqual([model[key] for key in ["name", "license", "source", "notice"]],
                         ["n", "l", "s", "x"])
        self.assertEqual(model["preferred_res"], 768)
        self.assertEqual(model["dtype"], "float32")
        self.assertEqual(model["latent_scale"], {"rgb": 0.18215, "depth": 0.18215})
        self.assertEqual(list(model["files"]), ["encoder.ts", "unet.ts", "decoder.ts"])
        for name, file in model["files"].items():
            content = (self.folder / "package" / name).read_bytes()
            self.assertEqual(file, {"bytes": len(content),
                                    "sha256": hashlib.sha256(content).hexdigest()})
        self.assertEqual(len(list((self.folder / "package").iterdir())), 4)

    def test_networks_can_be_kept_in_float32(self):
        code, said = self.export("--float32-in", "decoder=fp16", "--float32-in", "encoder=bf16",
                                 "--float32-in", "decoder=bf16")
        self.assertEqual(code, 0, said)
        self.assertEqual(self.model()["float32_in"],
                         {"decoder": ["bf16", "fp16"], "encoder": ["bf16"]})

    def test_package_does_not_depend_on_where_it_is_made(self):
        self.assertEqual(self.export(out=self.folder / "one")[0], 0)
        self.assertEqual(self.export(out=self.folder / "two")[0], 0)
        for path in (self.folder / "one").iterdir():
            content = path.read_bytes()
            self.assertEqual(content, (self.folder / "two" / path.name).read_bytes(), path.name)
            self.assertNotIn(str(self.folder).encode(), content)
            self.assertNotIn(b"debug_pkl", content)

    def test_networks_have_the_agreed_signatures(self):
        folder = DATA / "models" / "b"
        for name, types in [("encoder", ["Tensor"]), ("unet", ["Tensor", "int", "int"]),
                            ("decoder", ["Tensor"])]:
            schema = load_network(folder, name).forward.schema
            self.assertEqual([str(argument.type) for argument in schema.arguments[1:]], types)
            self.assertEqual([str(argument.type) for argument in schema.returns], ["Tensor"])

    def test_half_precision_checkpoint_stays_half(self):
        for file in [UNET, VAE]:
            self.edit_weights(file, lambda weights: {key: tensor.half()
                                                     for key, tensor in weights.items()})
        code, said = self.export("--check")
        self.assertEqual(code, 0, said)
        self.assertEqual(self.model()["dtype"], "float16")
        for name in ["encoder", "unet", "decoder"]:
            network = load_network(self.folder / "package", name)
            self.assertEqual({tensor.dtype for tensor in network.state_dict().values()},
                             {torch.float16})

    def test_mixed_checkpoint_becomes_float32(self):
        self.edit_weights(UNET, lambda weights: {key: tensor.half()
                                                 for key, tensor in weights.items()})
        networks = Networks(self.checkpoint)
        self.assertEqual(networks.dtype, torch.float32)
        self.assertEqual(networks.unet.conv_in.weight.dtype, torch.float32)

    def test_existing_package_needs_force(self):
        out = self.folder / "package"
        out.mkdir()
        (out / "model.json").write_text("{}")
        (out / "left-over.ts").write_text("of the package that was here before")
        code, said = self.export()
        self.assertEqual(code, 1)
        self.assertIn("--force", said)
        self.assertEqual((out / "model.json").read_text(), "{}")
        self.assertEqual(self.export("--dtype", "fp16", "--force")[0], 0)
        self.assertEqual(self.model()["dtype"], "float16")
        self.assertFalse((out / "left-over.ts").exists())
        self.assert_no_package(besides=["package"])

    def test_force_spares_what_is_not_a_package(self):
        out = self.folder / "package"
        out.mkdir()
        (out / "thesis.txt").write_text("years of work")
        code, said = self.export("--force")
        self.assertEqual(code, 1)
        self.assertIn("left alone", said)
        self.assertEqual((out / "thesis.txt").read_text(), "years of work")

    def test_force_spares_what_lies_beside_a_package(self):
        out = self.folder / "package"
        out.mkdir()
        (out / "model.json").write_text("{}")
        for name in ("thesis.txt", "checkpoint.ts"):
            other = out / name
            other.mkdir() if name.endswith(".ts") else other.write_text("years of work")
            code, said = self.export("--force")
            self.assertEqual(code, 1)
            self.assertRegex(said, rf"^[^\n]*holds {name}, which is no part of [^\n]*\n$")
            self.assertTrue(other.exists())
            other.rmdir() if other.is_dir() else other.unlink()

    def test_failure_leaves_nothing_and_says_one_line(self):
        self.edit_config("unet/config.json", a_setting_of_tomorrow=1)
        code, said = self.export()
        self.assertEqual(code, 1)
        self.assertRegex(said, r"^export_model.py: [^\n]*a_setting_of_tomorrow[^\n]*\n$")
        self.assert_no_package()

    def test_wrong_usage_exits_2(self):
        for options in [("--res", "4"), ("--dtype", "int8"), ("--notice", "two\nlines"),
                        ("--float32-in", "decoder"), ("--float32-in", "vae=fp16"),
                        ("--unknown",)]:
            with self.subTest(options=options):
                self.assertEqual(self.export(*options)[0], 2)
                self.assert_no_package()


if __name__ == "__main__":
    unittest.main()
