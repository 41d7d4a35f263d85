"""The frames to look at are the worst ones, not five neighbours of one."""

import unittest

import fixtures  # noqa: F401 - finds the package
from rollingdepth_report.measurements import Frame
from rollingdepth_report.metrics import METRICS, best_of
from rollingdepth_report.worst_frames import ranking_metric, worst_frames


def frames(name, values):
    return [Frame(number, None, {name: value}) for number, value in enumerate(values)]


def numbers(chosen):
    return [frame.number for frame in chosen]


class WorstFrames(unittest.TestCase):
    def test_are_sorted_worst_first(self):
        self.assertEqual(numbers(worst_frames(frames("mae", [1, 5, 2, 4, 3]), 3)), [1, 3, 4])

    def test_have_the_lowest_similarity_where_there_is_no_error(self):
        self.assertEqual(numbers(worst_frames(frames("ssim", [0.9, 0.2, 0.5]), 2)), [1, 2])

    # 16 frames, 2 wanted: chosen ones are at least 16 / 8 = 2 apart.
    def test_skip_neighbours_of_a_worse_one(self):
        values = [1] * 16
        values[4:7] = [8, 9, 7]
        values[12] = 6
        self.assertEqual(numbers(worst_frames(frames("mae", values), 2)), [5, 12])

    def test_leave_out_frames_without_value(self):
        self.assertEqual(numbers(worst_frames(frames("mae", [None, 1, None]), 5)), [1])

    def test_are_only_frames_that_differ(self):
        self.assertEqual(numbers(worst_frames(frames("mae", [0, 2, 0, 0]), 3)), [1])
        self.assertEqual(worst_frames(frames("mae", [0, 0]), 3), [])
        self.assertEqual(numbers(worst_frames(frames("ssim", [1, 0.5, 1]), 3)), [1])

    def test_are_none_without_any_value(self):
        self.assertEqual(worst_frames(frames("mae", [None, None]), 5), [])
        self.assertIsNone(ranking_metric(frames("max_error", [3])))

    def test_are_none_where_none_are_wanted(self):
        self.assertEqual(worst_frames(frames("mae", [1, 2]), 0), [])


class Best(unittest.TestCase):
    def test_follows_the_metric(self):
        self.assertEqual(best_of(METRICS["mae"], [0.3, 0.1, 0.2]), 1)
        self.assertEqual(best_of(METRICS["ssim"], [0.3, None, 0.2]), 0)
        self.assertEqual(best_of(METRICS["temporal_difference"], [-0.3, 0.1]), 1)

    def test_is_none_where_nothing_stands_out(self):
        self.assertIsNone(best_of(METRICS["mae"], [0.3]))
        self.assertIsNone(best_of(METRICS["mae"], [0.3, 0.3, 0.4]))
        self.assertIsNone(best_of(METRICS["reference_temporal_change"], [0.3, 0.1]))


if __name__ == "__main__":
    unittest.main()
