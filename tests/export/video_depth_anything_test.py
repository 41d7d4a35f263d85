"""The export of Video-Depth-Anything: the recorded package comes from it, and what it refuses."""

import errno
import json
import os
import signal
import unittest
from pathlib import Path
from unittest import mock

import numpy
import torch

from fixtures import DATA
from rollingdepth_export import package
from rollingdepth_export.check import load_network
from rollingdepth_export.video_depth_anything.checkpoint import Networks
from rollingdepth_export.video_depth_anything.to_checkpoint import checkpoint_of, states_of
from state_file_test_case import StateFileTest, plain_code

PACKAGE = DATA / "vda" / "model"
SIZES = {"num_heads": 3}


def load(name):
    return torch.from_numpy(numpy.load(DATA / "vda" / f"{name}.npy"))


class RecordedNetworks(unittest.TestCase):
    # Every 13th value is recorded. Measured: 7e-7 of the largest.
    def test_taps_are_those_of_the_original(self):
        expected = load("window0_frame0_taps")
        with torch.inference_mode():
            taps = load_network(PACKAGE, "encoder").taps(load("window1_input_frame0")[None])
        found = torch.stack([tap[0] for tap in taps]).flatten()[::13]
        self.assertLess(((found - expected).abs().max() / expected.abs().max()).item(), 5e-6)

    def test_positions_of_the_trained_size_are_taken_as_they_are(self):
        encoder = load_network(PACKAGE, "encoder")
        self.assertTrue(torch.equal(encoder.positions(37, 37), encoder.pos_embed))
        self.assertFalse(torch.equal(encoder.positions(37, 36)[:, 1:2], encoder.pos_embed[:, 1:2]))

    # Small values, so that epsilons show; the bound is relative to what the module changes.
    def test_temporal_module_is_that_of_the_original(self):
        x, expected = load("temporal0_in"), load("temporal0_out")
        none = torch.empty(0, x.shape[2] * x.shape[3], x.shape[1])
        with torch.inference_mode():
            y = load_network(PACKAGE, "temporal").module0(x, none, none)[0]
        change = (expected - x).abs().max()
        self.assertLess(((y - expected).abs().max() / change).item(), 1e-5)

    # A frame after 31 that are kept gives what a window of 32 gives for its last one.
    def test_states_stand_for_the_frames_before(self):
        temporal = load_network(PACKAGE, "temporal")
        h, w = 2, 3
        levels = torch.randn(32, 32 * h * w + 64 * 1 * 2, generator=torch.Generator().manual_seed(1))
        state = 2 * (32 * h * w + 64 * 1 * 2 + 5 * 32 * h * w)
        with torch.inference_mode():
            whole = temporal(levels, torch.empty(0, state), h, w, 1)
            path = whole.shape[1] - state
            last = temporal(levels[31:], whole[:31, path:], h, w, 0)
        expected = whole[31, :path]
        self.assertLess(((last[0] - expected).abs().max() / expected.abs().max()).item(), 1e-5)


class ExportTest(StateFileTest):
    def setUp(self):
        super().setUp()
        self.state = checkpoint_of(states_of(PACKAGE))
        self.sizes.write_text(json.dumps({"config": SIZES}))

    def test_writes_the_recorded_package(self):
        code, text = self.export_apart(self.save(), "--sizes", self.sizes, "--check", "--res", "126",
                                       "--name", "untrained-reference-vda", "--license", "Apache-2.0")
        self.assertEqual(code, 0, text)
        self.assertIn("within tolerance", text)
        made = self.folder / "package"
        expected = json.loads((PACKAGE / "model.json").read_text())
        model = json.loads((made / "model.json").read_text())
        self.assertEqual({**model, "files": 0}, {**expected, "files": 0})
        for name in ("encoder", "temporal", "decoder", "output"):
            ours, theirs = load_network(made, name), load_network(PACKAGE, name)
            for key, value in theirs.state_dict().items():
                self.assertTrue(torch.equal(ours.state_dict()[key], value), key)
            self.assertEqual(plain_code(ours), plain_code(theirs))
        if torch.__version__.split("+")[0] == "2.11.0":
            self.assertEqual(model["files"], expected["files"])

    def test_folds_the_scales_of_the_branches(self):
        gamma = torch.linspace(0.5, 2, 48)
        self.state["pretrained.blocks.0.ls1.gamma"] = gamma
        encoder = Networks(self.save(), given=SIZES).by_name["encoder"]
        proj = self.state["pretrained.blocks.0.attn.proj.weight"]
        self.assertTrue(torch.equal(encoder.stages[0][0].proj.weight, proj * gamma[:, None]))

    def test_reads_from_the_name_that_it_is_metric(self):
        for name, options, values in (("metric_tiny.pth", [], "metres"),
                                      ("metric_tiny.pth", ["--no-metric"],
                                       "relative inverse depth"),
                                      ("tiny.pth", ["--metric"], "metres")):
            code, text = self.export(self.save(name), "--sizes", self.sizes, "--force", *options)
            self.assertEqual(code, 0, text)
            model = json.loads((self.folder / "package" / "model.json").read_text())
            self.assertEqual(model["values"], values)
            self.assertEqual(model["preferred_res"], 518)

    def test_refuses_what_is_no_checkpoint(self):
        text = self.folder / "text.pth"
        text.write_text("no tensors")
        self.refuse("not a checkpoint of plain tensors", text)
        whole = self.save().read_bytes()
        cut = self.folder / "cut.pth"
        cut.write_bytes(whole[:len(whole) // 2])
        self.refuse("damaged or cut short", cut)
        changed = bytearray(whole)
        changed[len(whole) // 2] ^= 1
        cut.write_bytes(changed)
        self.refuse("does not have its checksum", cut)
        self.refuse("no such file or folder", self.folder / "nowhere.pth")
        self.refuse("holds something else than named tensors", self.save(state=[1, 2]))
        self.refuse("no pretrained.pos_embed", self.save(state={"weight": torch.zeros(1)}))

    def test_runs_no_code_of_a_checkpoint(self):
        mark = self.folder / "mark"

        class Call:
            def __reduce__(self):
                return Path.touch, (mark,)

        self.refuse("that was not done", self.save(state={"pretrained.pos_embed": Call()}))
        self.assertFalse(mark.exists())

    def test_tells_an_image_model_apart(self):
        image = {key: value for key, value in self.state.items() if "motion_modules" not in key}
        self.refuse("looks like an image model", self.save(state=image))

    def test_names_weights_that_do_not_fit(self):
        for change, words in (
                (lambda state: state.pop("head.scratch.layer3_rn.weight"),
                 "head.scratch.layer3_rn.weight is missing"),
                (lambda state: state.update({"head.more": torch.zeros(1)}),
                 "1 unknown weights, such as head.more"),
                (lambda state: state.update({"pretrained.norm.bias": torch.zeros(5)}), "norm.bias"),
                (lambda state: state.update({"pretrained.norm.bias": torch.full([48], torch.nan)}),
                 "holds infinities or NaN"),
                (lambda state: state.update(
                    {"pretrained.norm.bias": torch.empty(48, device="meta")}), "no plain tensor"),
                (lambda state: state.update({"pretrained.pos_embed": torch.zeros(1, 100, 48)}),
                 "no square")):
            state = dict(self.state)
            change(state)
            self.refuse(words, self.save(state=state))

    def test_names_sizes_that_do_not_fit(self):
        for sizes, words in (({"num_heads": 5}, "does not divide"),
                             ({"num_heads": True}, "does not divide"),
                             ({"num_heads": 3, "taps": [1, 2, 3]}, "taps"),
                             ({"num_heads": 3, "features": 64}, "features = 64"),
                             ({"num_heads": 3, "width": 64}, "width is unknown")):
            self.sizes.write_text(json.dumps(sizes))
            self.refuse(words, self.save())
        code, text = self.export(self.save())
        self.assertEqual(code, 1)
        self.assertIn("how many heads share the width of 48", text)

    def test_a_full_disk_is_an_error(self):
        with mock.patch.object(package, "open", create=True) as opened:
            opened.return_value.__enter__.return_value.write.side_effect = OSError(
                errno.ENOSPC, "No space left on device")
            self.refuse("No space left on device", self.save())
        self.assertEqual(list(self.folder.glob(".*")), [])

    def test_a_signal_leaves_nothing(self):
        def stop(*_):
            os.kill(os.getpid(), signal.SIGTERM)

        before = [signal.getsignal(number)
                  for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
        with mock.patch.object(package, "_sort_constants", side_effect=stop):
            code, _ = self.export(self.save(), "--sizes", self.sizes)
        for number, handler in zip((signal.SIGINT, signal.SIGTERM, signal.SIGHUP), before):
            signal.signal(number, handler)
        self.assertEqual(code, 128 + signal.SIGTERM)
        self.assertEqual(list(self.folder.glob(".*")), [])

    def test_options_of_one_kind_are_refused_with_the_other(self):
        code, text = self.export(DATA / "checkpoints" / "b", "--metric")
        self.assertEqual(code, 2)
        self.assertIn("--metric: belongs to a .pth", text)
        code, text = self.export(self.save(), "--float32-in", "unet=fp16")
        self.assertEqual(code, 2)
        self.assertIn("no network 'unet'", text)


if __name__ == "__main__":
    unittest.main()
