"""Training beside a renderer: the ring, the turns, the course of a run by the clock."""

import sys
import tempfile
import threading
import time
import unittest
import unittest.mock
from pathlib import Path

import fixtures  # noqa: F401
import numpy as np
import torch.multiprocessing as mp
from scene_files import write_scenes

from rollingdepth_train.progress import Plan, rate_at
from rollingdepth_train.renderer import Renderer, Turns
from rollingdepth_train.scenes import Scenes, draw_snippet

STAND_IN = Path(__file__).resolve().parent / "ring_writer.py"


class RingTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        rng = np.random.default_rng(1)
        write_scenes(self.folder, rng.integers(0, 256, (3, 3, 6, 8, 3), np.uint8),
                     rng.uniform(0.1, 3, (3, 3, 6, 8)))
        self.records = np.memmap(self.folder / "scenes.bin", np.float32, "r+").reshape(3, -1)

    def test_slots_that_are_empty_or_being_written_are_not_used(self):
        self.records[:2, 0] = 0
        scenes, rng = Scenes(self.folder), np.random.default_rng(1)
        self.assertIsNone(scenes.whole_copy(0, [0]))
        for _ in range(20):
            snippet = draw_snippet([scenes], 1, rng)
            self.assertTrue(any((snippet.rgb[0] == view).all() for view in scenes.rgb[2]))

    def test_a_copy_whose_slot_was_overwritten_meanwhile_is_dropped(self):
        scenes = Scenes(self.folder)

        class Changing:
            """Serials of which one changes while it is looked at twice."""
            calls = 0

            def __getitem__(self, _):
                self.calls += 1
                return self.calls

        self.assertIsNotNone(scenes.whole_copy(1, [0, 1]))
        scenes.serial = Changing()
        self.assertIsNone(scenes.whole_copy(1, [0, 1]))

    def test_all_folders_are_used_and_views_stay_in_order(self):
        scenes, rng = Scenes(self.folder), np.random.default_rng(1)
        found = {draw_snippet([scenes, scenes], 3, rng).rgb.tobytes() for _ in range(100)}
        expected = {order.tobytes() for scene in scenes.rgb for order in (scene, scene[::-1])}
        self.assertEqual(found, expected)

    def test_an_empty_ring_is_an_error(self):
        self.records[:, 0] = 0
        with self.assertRaises(RuntimeError), unittest.mock.patch("time.sleep"):
            draw_snippet([Scenes(self.folder)], 1, np.random.default_rng(1))


class RendererTest(unittest.TestCase):
    def start(self, *options: str) -> Renderer:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        program = Path(folder.name) / "program"
        program.write_text(f'#!/bin/sh\nexec {sys.executable} {STAND_IN} "$@"\n')
        program.chmod(0o755)
        renderer = Renderer(program, Path("."), Path(folder.name) / "ring", 8, 1, 1, list(options))
        self.addCleanup(renderer.close)
        return renderer

    def test_it_fills_the_ring_rests_and_goes_on(self):
        renderer = self.start()
        renderer.wait_for(10, lambda: False)  # More than the ring holds: slots are used again.
        renderer.pause()
        time.sleep(0.1)
        before = renderer.rendered()
        time.sleep(0.2)
        self.assertEqual(renderer.rendered(), before)
        self.assertEqual(len(Scenes(renderer.folder)), 8)
        renderer.wait_for(before + 5, lambda: False)
        self.assertGreaterEqual(renderer.rendered(), before + 5)

    def test_a_renderer_that_fails_is_reported(self):
        renderer = self.start("--nonsense")
        with self.assertRaisesRegex(RuntimeError, "nonsense"):
            renderer.wait_for(1, lambda: False)

    def test_training_waits_where_scenes_are_used_up(self):
        renderer, ended = self.start(), threading.Event()
        renderer.wait_for(4, lambda: False)
        turns = Turns(mp.get_context("spawn"))
        keeper = threading.Thread(target=turns.hold, args=(renderer, 2.0, 4, ended))
        keeper.start()
        uses = 0
        for _ in range(6):
            turns.use(40)
            uses += 40
            time.sleep(0.15)  # Longer than the keeper sleeps.
            turns.use(0)
        self.assertGreaterEqual(renderer.rendered() * 2, uses)
        ended.set()
        keeper.join()


class CourseTest(unittest.TestCase):
    def test_the_rate_warms_up_by_steps_and_falls_to_zero_by_the_run(self):
        self.assertAlmostEqual(rate_at(0, 0.0), 1 / 200)
        self.assertAlmostEqual(rate_at(1000, 0.0), 1)
        self.assertAlmostEqual(rate_at(1000, 0.5), 0.5)
        self.assertAlmostEqual(rate_at(1000, 1.2), 0)

    def test_a_run_is_measured_by_steps_or_by_the_clock(self):
        self.assertEqual(Plan(200, None).share(50, 1e9), 0.25)
        self.assertEqual(Plan(200, 2.0).share(199, 30), 0.25)


if __name__ == "__main__":
    unittest.main()
