"""The candidate is shown as the comparison measured it."""

import unittest
from dataclasses import replace

import numpy as np

import fixtures  # noqa: F401 - finds the package
from rollingdepth_report.alignment import aligned, alignment_text, valid_pixels
from rollingdepth_report.measurements import Affine, ComparisonSettings

INVERSE = ComparisonSettings(align="affine-inverse", ground_truth=True, min_depth=0.5,
                             max_depth=10.0)


class Alignment(unittest.TestCase):
    def test_without_fit_keeps_values(self):
        np.testing.assert_array_equal(aligned(np.array([1.0, 2.0]), None, ComparisonSettings()),
                                      [1.0, 2.0])

    def test_affine_scales_and_shifts(self):
        np.testing.assert_allclose(
            aligned(np.array([1.0, 2.0]), Affine(3.0, -1.0), ComparisonSettings(align="affine")),
            [2.0, 5.0])

    # Disparities 2 * (1, 0.1, 5) - 0 = 2, 0.2, 10: depths 0.5, 5, 0.1, the last below the least.
    def test_affine_inverse_turns_disparity_into_depth_in_range(self):
        np.testing.assert_allclose(
            aligned(np.array([1.0, 0.1, 5.0]), Affine(2.0, 0.0), INVERSE), [0.5, 5.0, 0.5])

    def test_affine_inverse_takes_no_disparity_for_far_away(self):
        np.testing.assert_allclose(
            aligned(np.array([0.0, -1.0]), Affine(2.0, 0.0), INVERSE), [10.0, 10.0])

    def test_candidate_stays_in_the_range_of_ground_truth(self):
        np.testing.assert_allclose(
            aligned(np.array([0.1, 2.0, 30.0]), Affine(1.0, 0.5),
                    replace(INVERSE, align="affine")), [0.6, 2.5, 10.0])
        np.testing.assert_allclose(
            aligned(np.array([0.1, 2.0, 30.0]), None, replace(INVERSE, align="none")),
            [0.5, 2.0, 10.0])


class AlignmentText(unittest.TestCase):
    def test_is_the_formula_of_each_alignment(self):
        for align, formula in [("scale", "2.000 × candidate"),
                               ("affine", "2.000 × candidate − 0.5000"),
                               ("affine-inverse", "1 / (2.000 × candidate − 0.5000)")]:
            with self.subTest(align=align):
                settings = ComparisonSettings(align=align)
                shift = 0.0 if align == "scale" else -0.5
                self.assertEqual(alignment_text(Affine(2.0, shift), settings),
                                 f"{align}, per clip, least-squares: {formula}")

    def test_has_no_formula_where_there_are_none_or_many(self):
        self.assertEqual(alignment_text(Affine(1.0, 0.0), ComparisonSettings()), "none")
        settings = ComparisonSettings(align="affine", align_scope="frame", fit="robust")
        self.assertEqual(alignment_text(None, settings), "affine, per frame, robust")


class ValidPixels(unittest.TestCase):
    def test_are_numbers_on_both_sides_within_mask(self):
        reference = np.array([1, np.nan, 1, 1, 0])
        candidate = np.array([1, 1, np.inf, 1, 1])
        mask = np.array([1, 1, 1, 0, 255])
        self.assertEqual(valid_pixels(reference, candidate, ComparisonSettings(), mask).tolist(),
                         [True, False, False, False, True])

    def test_of_ground_truth_are_positive_and_in_range(self):
        settings = ComparisonSettings(ground_truth=True, min_depth=1.0, max_depth=20.0)
        reference = np.array([-1.0, 0.0, 0.5, 1.0, 20.0, 80.0])
        self.assertEqual(valid_pixels(reference, reference, settings).tolist(),
                         [False, False, False, True, True, False])
        # In single precision 0.7 is a little less.
        settings = ComparisonSettings(ground_truth=True, min_depth=0.7)
        depth = np.array([0.7, 0.8], dtype=np.float32)
        self.assertEqual(valid_pixels(depth, depth, settings).tolist(), [False, True])


if __name__ == "__main__":
    unittest.main()
