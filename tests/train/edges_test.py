"""The F-score of depth edges, on straight steps and circles."""

import unittest

import cv2
import fixtures  # noqa: F401
import numpy as np

from rollingdepth_train.edges import edge_scores, edge_strength


def step(column: int, ratio: float = 1.5) -> np.ndarray:
    """Inverse depth [1, 60, 80]: 1 left of a column, `ratio` from it on."""
    picture = np.ones((1, 60, 80))
    picture[:, :, column:] = ratio
    return picture


class StrengthTest(unittest.TestCase):
    def test_a_step_is_one_line_of_its_ratio(self):
        strength = edge_strength(step(40)[0])
        np.testing.assert_array_equal((strength > 1.1).sum(1), np.ones(60))
        self.assertTrue(np.isin(np.argmax(strength, 1), (39, 40)).all())
        self.assertAlmostEqual(float(strength.max()), 1.5, places=3)

    def test_a_flat_picture_and_a_slanted_plane_have_no_edge(self):
        self.assertEqual(edge_strength(np.full((20, 30), 0.7)).max(), 1)
        slanted = np.tile(np.linspace(0.1, 2, 100)[:, None], (1, 50))
        self.assertEqual((edge_strength(slanted)[5:-5] > 1.1).sum(), 0)


class ScoreTest(unittest.TestCase):
    def test_the_truth_is_perfect_at_any_scale_and_shift(self):
        scores = edge_scores([7 - 3 * step(40)], step(40))
        self.assertEqual(scores["edge_f"], 1)
        self.assertEqual(set(scores), {"edge_1.1", "edge_1.2", "edge_1.4", "edge_f"})

    def test_two_pixels_aside_count_and_more_do_not(self):
        self.assertAlmostEqual(edge_scores([step(42)], step(40))["edge_1.2"], 1)
        self.assertAlmostEqual(edge_scores([step(44)], step(40))["edge_1.2"], 0)

    def test_a_constant_has_no_edges_and_scores_nothing(self):
        self.assertEqual(edge_scores([], step(40))["edge_f"], 0)

    def test_softer_edges_score_less(self):
        rows, columns = np.mgrid[:100, :100]
        disc = np.where((rows - 50) ** 2 + (columns - 50) ** 2 < 900, 2.0, 1.0)[None]
        scores = [edge_scores([cv2.GaussianBlur(disc[0], (0, 0), sigma)[None]], disc)["edge_f"]
                  for sigma in (0.5, 2, 5)]
        self.assertEqual(scores, sorted(scores, reverse=True))
        self.assertGreater(scores[0], 0.95)
        self.assertLess(scores[2], 0.6)

    # Half of what is drawn is right, and all of the truth is met: 2 * 0.5 * 1 / 1.5.
    def test_edges_that_are_not_there_cost_precision(self):
        truth = np.ones((1, 60, 80))
        truth[:, :, 20:] = 1.5
        drawn = truth.copy()
        drawn[:, :, 60:] = 1.9  # The fit shrinks it to about 1.2 and 1.6.
        self.assertAlmostEqual(edge_scores([drawn], truth)["edge_1.1"], 2 / 3, places=2)

    def test_the_sky_counts_as_the_farthest(self):
        truth = step(40)
        truth[:, :20] = 0
        self.assertGreater(edge_scores([np.where(truth > 0, truth, 1)], truth)["edge_f"], 0.99)

    def test_a_clip_without_edges_is_not_counted(self):
        plane = np.tile(np.linspace(1, 2, 60)[None, :, None], (1, 1, 80))
        self.assertEqual(edge_scores([plane], plane), {})


if __name__ == "__main__":
    unittest.main()
