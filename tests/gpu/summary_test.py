"""The table of gpu_check, from what its steps left behind."""

import contextlib
import io
import json
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
sys.dont_write_bytecode = True

from rollingdepth_gpu import summary  # noqa: E402

PARITY = "[  PARITY  ] latents | fast in fp16 on cuda:0 | 0.004 | 0.01\n"


class SummaryTest(unittest.TestCase):
    def setUp(self):
        folders = [tempfile.TemporaryDirectory(prefix="rollingdepth-test-") for _ in range(2)]
        for folder in folders:
            self.addCleanup(folder.cleanup)
        self.work, self.results = (Path(folder.name) for folder in folders)
        (self.work / "facts.json").write_text(json.dumps({"name": "Some GPU", "torch": "2"}))

    def summarise(self, **steps):
        """@return exit code, the text, gpu_check.json."""
        (self.work / "steps.tsv").write_text(
            "".join(f"{name}\t{status}\t3\n" for name, status in steps.items()))
        with mock.patch.object(sys, "argv", ["summary", str(self.work), str(self.results)]), \
                contextlib.redirect_stdout(io.StringIO()) as printed:
            code = summary.main()
        text = (self.results / "gpu_check.txt").read_text()
        self.assertEqual(text, printed.getvalue())
        return code, text, json.loads((self.results / "gpu_check.json").read_text())

    def test_passes_where_all_that_ran_has_passed(self):
        code, text, written = self.summarise(facts=0, start=0, run="no time left")
        self.assertEqual(code, 0)
        self.assertTrue(written["passed"])
        self.assertIn("not run: no time left", text)
        self.assertIn("on Some GPU", text)

    def test_fails_with_one_step(self):
        (self.work / "memory.log").write_text("[  FAILED  ] MemoryOnDevice.Halves (3 ms)\n")
        for status, words in [(1, "FAILED, exit code 1"), (124, "FAILED: out of time"),
                              (137, "FAILED: out of time")]:
            code, text, written = self.summarise(facts=0, start=0, memory=status, run=0)
            self.assertEqual(code, 1)
            self.assertFalse(written["passed"])
            self.assertIn(words, text)
            self.assertIn("MemoryOnDevice.Halves", text)

    def test_fails_without_a_gpu_and_without_programs(self):
        code, text, _ = self.summarise(facts=0, start=77)
        self.assertEqual(code, 1)
        self.assertIn("no GPU", text)
        self.assertEqual(self.summarise(facts=0)[0], 1)

    def test_keeps_every_measurement(self):
        (self.work / "parity.log").write_text(PARITY)
        _, text, written = self.summarise(facts=0, start=0, parity=0)
        self.assertIn("0.004 of 0.01", text)
        self.assertEqual(written["parity"], [{"stage": "latents", "bound": 0.01, "measured": 0.004,
                                              "which": "fast in fp16 on cuda:0"}])

    def test_sets_networks_beside_eager_ones(self):
        (self.work / "networks_decode.json").write_text(json.dumps({"benchmarks": [
            {"name": "decode/4/real_time", "real_time": 20.0, "peak_memory_bytes": 3e9}]}))
        (self.work / "eager.json").write_text(json.dumps({
            "operations": {"decode": 5e9},
            "calls": {"decode": {"4": {"seconds": 0.04, "peak_memory_bytes": 6e9}}}}))
        _, text, written = self.summarise(facts=0, start=0, decode=0)
        row = written["networks"][0]
        self.assertAlmostEqual(row["times_as_fast"], 2)
        self.assertAlmostEqual(row["a_second"], 200)  # Frames.
        self.assertAlmostEqual(row["gflop_a_second"], 1000)  # 4 x 5 in 0.02 s.
        self.assertIn("1 of 1 are 1.5 times as fast", text)

    def test_a_run_waits_where_nothing_is_computed(self):
        run = {"profiled": {"network_stage_seconds": 4, "device_busy_seconds": 3, "seconds": 5}}
        self.assertAlmostEqual(summary.waiting_share(run), 0.25)
        self.assertIsNone(summary.waiting_share({}))


if __name__ == "__main__":
    unittest.main()
