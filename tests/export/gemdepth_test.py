"""The export of GemDepth: its modules compute what the original does, and what it refuses."""

import json
import shutil
import tempfile
import unittest
from pathlib import Path

import numpy
import torch

from fixtures import DATA
from gemdepth_arrays import small_arrays, window_arrays
from rollingdepth_export.check import load_network
from rollingdepth_export.gemdepth.checkpoint import Networks
from rollingdepth_export.gemdepth.to_checkpoint import NETWORKS, checkpoint_of, states_of
from rollingdepth_export.gemdepth.window import run_window
from rollingdepth_export.state_file import read_sizes
from state_file_test_case import StateFileTest, plain_code

RECORDED = DATA / "gem"
PACKAGE = RECORDED / "model"
SIZES = RECORDED / "sizes.json"
STEP = 7  # Of large arrays every so many values are recorded, in one row.

# Relative to the largest value, as of a second implementation times three. Measured: 6e-7 up to the
# poses, 2.2e-6 behind them.
POSES = ("taps", "camera_iterations", "extrinsic", "intrinsic")
BOUND_OF_POSES, BOUND = 3e-6, 5e-6


def load(name):
    return torch.from_numpy(numpy.load(RECORDED / f"{name}.npy"))


def difference(value, expected):
    if expected.dim() == 1 and value.dim() > 1:
        value = value.flatten()[::STEP]
    if value.shape != expected.shape:
        raise AssertionError(f"{list(value.shape)} where {list(expected.shape)} is recorded")
    largest = expected.abs().max().item() or 1.0
    return ((value - expected).abs().max() / largest).item()


class RecordedNetworks(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = Path(tempfile.mkdtemp(prefix="rollingdepth-test-"))
        cls.addClassCleanup(shutil.rmtree, folder)
        torch.save(checkpoint_of(states_of(PACKAGE)), folder / "tiny.pth")
        cls.networks = Networks(folder / "tiny.pth", torch.float32, read_sizes(SIZES)).by_name

    def meet(self, arrays, prefix, inputs):
        """All that is recorded under `prefix` is among `arrays` and within its bound."""
        recorded = {path.stem for path in RECORDED.glob(f"{prefix}*.npy")} - set(inputs)
        self.assertEqual(recorded - set(arrays), set())
        self.assertGreater(len(recorded), 0)
        for name in sorted(recorded):
            with self.subTest(name):
                bound = BOUND_OF_POSES if name.endswith(POSES) else BOUND
                self.assertLess(difference(arrays[name], load(name)), bound)

    # Small inputs, so that epsilons show.
    @torch.inference_mode()
    def test_blocks_alone_are_those_of_the_original(self):
        arrays = small_arrays(self.networks, load)
        self.meet(arrays, "eps_", ("eps_in", "eps_camera_in"))
        self.meet(arrays, "rope_", ())
        self.meet(arrays, "index_embedding", ())

    @torch.inference_mode()
    def test_a_window_is_that_of_the_original_from_end_to_end(self):
        found = window_arrays(self.networks, load("mini_input"), pose=True)
        other = [path.stem for kind in ("off", "mixed")
                 for path in RECORDED.glob(f"mini_{kind}_*.npy")]
        self.meet({f"mini_{name}": value for name, value in found.items()}, "mini_",
                  ("mini_input", *other))

    @torch.inference_mode()
    def test_frames_may_be_without_pose(self):
        for kind, pose, masked in (("off", False, ()), ("mixed", True, (1,))):
            found = window_arrays(self.networks, load("mini_input"), pose, masked)
            self.meet({f"mini_{kind}_{name}": value for name, value in found.items()},
                      f"mini_{kind}_", ())

    # The weights are stored in float16, and nothing that is not exact in it is folded into them.
    @torch.inference_mode()
    def test_the_package_gives_the_same_in_float32_prepared_or_not(self):
        networks = {name: load_network(PACKAGE, name).float() for name in NETWORKS}
        for prepared in (False, True):
            for name in NETWORKS if prepared else ():
                if hasattr(networks[name], "prepare"):
                    networks[name].prepare()
                    networks[name].prepare()  # The second time nothing is multiplied.
            for pose, recorded in ((True, "mini_output"), (False, "mini_off_output")):
                depth = run_window(networks, load("mini_input"), pose)
                self.assertLess(difference(depth, load(recorded)), BOUND)

    # What the mask of all frames leaves of the poses is a constant of the package, from float64.
    @torch.inference_mode()
    def test_without_poses_what_comes_in_of_them_is_ignored(self):
        astt = self.networks["astt"]
        cells = torch.randn(3, 12 * 48, generator=torch.Generator().manual_seed(1))
        results = [astt(torch.cat([cells, torch.full([3, 48], fill)], dim=1), 3, 4, 0)
                   for fill in (0.0, 1.0)]
        self.assertTrue(torch.equal(*results))
        features = load_network(PACKAGE, "camera").double().features
        still = features(torch.tensor([[0.0, 0.0, 0.0, 1.0]], dtype=torch.float64),
                         torch.zeros(1, 3, dtype=torch.float64))
        self.assertTrue(torch.equal(astt.still, still[0].float()))

    # One frame has no translation to scale by, and float16 no number as small as the floor.
    @torch.inference_mode()
    def test_a_window_of_one_frame_is_finite_in_float16_too(self):
        for name in ("float32", "float16"):
            dtype = getattr(torch, name)
            camera = load_network(PACKAGE, "camera").to(dtype)
            found = camera(torch.randn(1, 96, generator=torch.Generator().manual_seed(1)).to(dtype))
            self.assertEqual(found.dtype, torch.float32)
            self.assertTrue(torch.isfinite(found).all())


class ExportTest(StateFileTest):
    def setUp(self):
        super().setUp()
        self.state = checkpoint_of(states_of(PACKAGE))
        self.sizes = SIZES

    def model(self):
        return json.loads((self.folder / "package" / "model.json").read_text())

    def test_writes_the_recorded_package(self):
        code, text = self.export_apart(self.save(), "--sizes", SIZES, "--check", "--res", "126",
                                       "--name", "untrained-reference-gem")
        self.assertEqual(code, 0, text)
        self.assertIn("within tolerance", text)
        expected = json.loads((PACKAGE / "model.json").read_text())
        self.assertEqual({**self.model(), "files": 0}, {**expected, "files": 0})
        for name in NETWORKS:
            ours, theirs = load_network(self.folder / "package", name), load_network(PACKAGE, name)
            for key, value in theirs.state_dict().items():
                self.assertTrue(torch.equal(ours.state_dict()[key], value), key)
            self.assertEqual(plain_code(ours), plain_code(theirs))
        if torch.__version__.split("+")[0] == "2.11.0":
            self.assertEqual(self.model()["files"], expected["files"])

    def test_stores_float16_unless_told_otherwise(self):
        state = {key: value.float() for key, value in self.state.items()}
        for options, dtype in ([], "float16"), (["--dtype", "fp32"], "float32"):
            code, text = self.export(self.save(state=state), "--sizes", SIZES, "--force", *options)
            self.assertEqual(code, 0, text)
            self.assertEqual(self.model()["dtype"], dtype)
            weights = load_network(self.folder / "package", "camera").state_dict().values()
            self.assertEqual({str(value.dtype) for value in weights}, {f"torch.{dtype}"})

    def test_says_that_the_licence_is_unknown_unless_told_otherwise(self):
        code, text = self.export(self.save(), "--sizes", SIZES)
        self.assertEqual(code, 0, text)
        self.assertEqual(self.model()["license"], "unknown; treat as non-commercial")
        self.assertIn("unknown", self.model()["notice"])
        code, text = self.export(self.save(), "--sizes", SIZES, "--force", "--license", "MIT",
                                 "--notice", "")
        self.assertEqual(code, 0, text)
        self.assertEqual((self.model()["license"], self.model()["notice"]), ("MIT", ""))

    def test_networks_that_the_original_runs_in_float32_do_so(self):
        code, text = self.export(self.save(), "--sizes", SIZES, "--float32-in", "astt=bf16")
        self.assertEqual(code, 0, text)
        float32_in = self.model()["float32_in"]
        self.assertEqual(float32_in["astt"], ["bf16"])
        for name in ("camera", "temporal", "output"):
            self.assertEqual(float32_in[name], ["bf16", "fp16"])
        for name in ("levels", "level4", "decoder"):
            self.assertEqual(float32_in[name], ["fp16"])

    def test_leaves_out_what_is_not_used(self):
        code, text = self.export(self.save(), "--sizes", SIZES)
        self.assertEqual(code, 0, text)
        files = self.model()["files"]
        extra = {"pretrained.mask_token": torch.ones(1, 48), "head.proj.0.weight": torch.ones(1),
                 "head.scratch.refinenet4.resConfUnit1.conv1.bias": torch.ones(32),
                 "frame_blocks.1.norm1.bias": torch.ones(48), "pos_encoder.pe": torch.ones(1),
                 "global_blocks.1.ls1.gamma": torch.ones(48)}
        for i in range(4):
            for name in ("layer_norm.bias", "fusion_gate1.0.weight"):
                extra[f"head.motion_modules.{i}.temporal_transformer.{name}"] = torch.ones(32)
        code, text = self.export(self.save(state={**self.state, **extra}), "--sizes", SIZES,
                                 "--force")
        self.assertEqual(code, 0, text)
        self.assertEqual(self.model()["files"], files)

    def test_names_weights_that_do_not_fit(self):
        missing = ("camera_token", "camera_head.trunk.3.ls1.gamma", "spatial_blocks.1.mlp.fc1.bias",
                   "cam_trans_scale_encoder.norm_layer.weight", "pretrained.pos_embed",
                   "frame_blocks.0.attn.q_norm.weight", "head.projects.3.bias")
        for key in missing:
            state = {name: value for name, value in self.state.items() if name != key}
            self.refuse(f"weight {key} is missing", self.save(state=state))
        for change, words in (
                ({"time_blocks.2.norm1.bias": torch.ones(48)},
                 "1 unknown weights, such as time_blocks.2.norm1.bias"),
                ({"dec_norm.bias": torch.zeros(5)}, "norm.bias"),
                ({"register_token": torch.zeros(1, 2, 3, 48)}, "special"),
                ({"global_blocks.0.attn.k_norm.bias": torch.full([24], torch.inf)},
                 "holds infinities or NaN"),
                ({"spatial_blocks.0.mlp.fc1.bias": torch.full([192], 1e6)},
                 "too large for float16; export with --dtype fp32")):
            self.refuse(words, self.save(state={**self.state, **change}))

    def test_knows_one_size_by_itself(self):
        code, text = self.export(self.save())
        self.assertEqual(code, 1)
        self.assertIn("known with a width of 1024 only (ViT-L), and these weights have 48", text)

    def test_names_sizes_that_do_not_fit(self):
        config = json.loads(SIZES.read_text())["config"]
        self.sizes = self.folder / "sizes.json"
        for change, words in (({"encoder_heads": 5}, "does not divide"),
                              ({"gem_heads": 4}, "gem_heads = 4"),
                              ({"spatial_heads": 5}, "spatial_heads = 5 does not divide"),
                              ({"spatial_heads": 8}, "a multiple of 4"),
                              ({"time_heads": "8"}, 'time_heads = "8"'),
                              ({"pose_widths": [1, 2, 3]}, "pose_widths = [1, 2, 3]"),
                              ({"taps": [1, 2, 3]}, "taps"),
                              ({"width": 64}, "width is unknown")):
            self.sizes.write_text(json.dumps({**config, **change}))
            self.refuse(words, self.save())
        del config["time_heads"]
        self.sizes.write_text(json.dumps(config))
        self.refuse("time_heads is missing", self.save())

    def test_options_of_the_other_network_are_wrong_usage(self):
        for option in ("--metric", "--no-metric"):
            self.refuse("GemDepth gives relative depth only", self.save(), option, code=2)
        image = {key: value for key, value in self.state.items()
                 if key.startswith(("pretrained.", "head."))}
        self.sizes = self.folder / "sizes.json"
        self.sizes.write_text(json.dumps({"num_heads": 3}))
        self.refuse("no network 'astt'", self.save(state=image), "--float32-in", "astt=fp16",
                    code=2)


if __name__ == "__main__":
    unittest.main()
