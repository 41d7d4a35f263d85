"""The measures of evaluate.py, on cases worked by hand."""

import unittest

import fixtures  # noqa: F401
import numpy as np

from rollingdepth_train.metrics import (baselines, errors, fitted, flicker, picture_errors,
                                        warped_flicker)


class FitTest(unittest.TestCase):
    def test_any_scale_and_shift_of_the_truth_is_perfect(self):
        truth = np.array([[[1.0, 2.0], [4.0, 0.5]]])
        self.assertAlmostEqual(errors([truth * -3 + 7], truth)["abs_rel"], 0)
        self.assertEqual(errors([truth * -3 + 7], truth)["delta1"], 1)

    # Inverse depths 1 and 3 around their mean 2: depth 1 and 1/3 are both taken for 1/2.
    # |1/2 - 1| / 1 = 0.5 and |1/2 - 1/3| / (1/3) = 0.5; neither ratio (2, 1.5) is below 1.25.
    def test_a_constant_is_the_mean_inverse_depth(self):
        truth = np.array([[[1.0, 3.0]]])
        self.assertAlmostEqual(errors([], truth)["abs_rel"], 0.5)
        self.assertEqual(errors([], truth)["delta1"], 0)

    def test_pixels_without_truth_do_not_count(self):
        truth = np.array([[[1.0, 2.0, 0.0, 4.0]]])
        prediction = np.array([[[1.0, 2.0, 99.0, 4.0]]])
        self.assertAlmostEqual(errors([prediction], truth)["abs_rel"], 0)

    # Through (1,1), (2,1), (3,4) the line is 1.5 x - 1: 0.5 at x = 1, clamped at 1.
    def test_depth_is_clamped_at_the_largest_valid_one(self):
        truth = np.array([[[1.0, 1.0, 4.0]]])
        aligned = fitted([np.array([[[1.0, 2.0, 3.0]]])], truth)
        np.testing.assert_allclose(aligned, [[[1.0, 2.0, 3.5]]])

    def test_a_mix_of_row_and_brightness_is_fitted_together(self):
        grey = np.array([[[0.1, 0.9], [0.3, 0.5]]])
        rows = np.array([[[0.0], [1.0]]])
        truth = 2 + 3 * rows + 0.5 * grey
        features = baselines(grey)["row + brightness"]
        self.assertAlmostEqual(errors(features, truth)["abs_rel"], 0)
        self.assertGreater(errors(baselines(grey)["row"], truth)["abs_rel"], 0.01)


class PictureTest(unittest.TestCase):
    def test_each_picture_has_its_own_scale_and_shift(self):
        truth = np.array([[[1.0, 2.0], [4.0, 0.5]]] * 2)
        prediction = truth * np.array([-3.0, 2.0])[:, None, None] + 7
        self.assertGreater(errors([prediction], truth)["abs_rel"], 0.1)
        self.assertAlmostEqual(picture_errors([prediction], truth)["picture_abs_rel"], 0)
        self.assertEqual(picture_errors([prediction], truth)["picture_delta1"], 1)

    def test_pictures_count_alike_and_those_without_truth_do_not(self):
        truth = np.array([[[1.0, 3.0]], [[2.0, 0.0]], [[0.0, 0.0]]])
        # The constant is wrong by one half in the first (see above) and right in the second.
        self.assertAlmostEqual(picture_errors([], truth)["picture_abs_rel"], 0.25)
        self.assertEqual(picture_errors([], np.zeros((2, 4, 4))), {})


class FlickerTest(unittest.TestCase):
    def test_unchanging_truth_has_no_change_and_noise_has(self):
        truth = np.tile(np.array([1.0, 2.0, 3.0, 4.0]), (3, 1, 1))
        self.assertEqual(flicker(truth, truth), {"change": 0, "true_change": 0})
        shaken = truth + np.array([0.0, 0.3, 0.0])[:, None, None]
        self.assertGreater(flicker(shaken, truth)["change"], 0.05)

    # A wall 2 m ahead, a camera that goes 0.5 m towards it: inverse depth 1/2, then 1/1.5.
    def test_true_motion_of_a_static_scene_is_no_error(self):
        truth = np.stack([np.full((6, 8), 1 / 2), np.full((6, 8), 1 / 1.5)])
        truth[:, :3] *= 2  # An upper half twice as near, so that there is a range to fit.
        poses = np.tile(np.r_[np.eye(3).ravel(), 0, 0, 0].astype(float), (2, 1))
        poses[1, 11] = 0.5
        truth[1, :3] = 1 / (1 - 0.5)
        self.assertAlmostEqual(warped_flicker(truth, truth, 8.0, poses), 0)
        wrong = truth.copy()
        wrong[1] += 0.1
        self.assertGreater(warped_flicker(wrong, truth, 8.0, poses), 0.01)


if __name__ == "__main__":
    unittest.main()
