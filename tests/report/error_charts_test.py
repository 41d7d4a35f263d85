"""The axes of the charts of errors say how large values are, also where all are nearly the same."""

import re
import unittest
from dataclasses import replace

import fixtures
from rollingdepth_report.error_charts import error_charts
from rollingdepth_report.measurements import Frame, read_measurement


class ErrorCharts(fixtures.FolderTest):
    def labels(self, values, metric="mae", anchor="end"):
        """The text along the y axis (which ends at it) or the x axis, of the smallest drawing."""
        read = read_measurement(self.write("c.json", fixtures.comparison()))
        frames = [Frame(number, None, {metric: value}) for number, value in enumerate(values)]
        (_, chart), = error_charts([replace(read, frames=frames)], [frames[:1]])
        return re.findall(rf"text-anchor: {anchor};[^>]*>([^<]*)</text>", chart.drawings["small"])

    def test_have_round_values(self):
        self.assertEqual(self.labels([0.0, 0.1] * 6), ["0", "0.05", "0.10"])

    def test_say_how_small_errors_of_rounding_are(self):
        self.assertEqual(self.labels([7.64e-6, 7.71e-6]),
                         ["7.64e-06", "7.66e-06", "7.68e-06", "7.70e-06"])

    def test_have_whole_large_values(self):
        self.assertEqual(self.labels([4e5, 1.1e6]),
                         ["400,000", "600,000", "800,000", "1,000,000"])

    # The axis holds at least a ten-thousandth of the value: 5 ± 0.00025.
    def test_have_few_digits_where_all_frames_are_alike(self):
        self.assertEqual(self.labels([5, 5.0000001]), ["4.9998", "5.0000", "5.0002"])
        self.assertEqual(self.labels([5]), self.labels([5, 5.0000001]))

    def test_of_equal_clips_are_only_zero(self):
        self.assertEqual(self.labels([0.0] * 3), ["0"])

    def test_similarity_of_about_one_has_fixed_limits(self):
        for values in ([1 - 1e-9, 1 - 2e-9], [1.0, 1.0], [0.9993, 0.9999]):
            with self.subTest(values=values):
                self.assertEqual(self.labels(values, "ssim"), ["0.9990", "0.9995", "1.0000"])
        self.assertEqual(self.labels([0.8, 1.0], "ssim"), ["0.80", "0.85", "0.90", "0.95", "1.00"])

    def test_leave_out_values_that_are_not_finite(self):
        self.assertEqual(self.labels([float("inf"), None, 0.0, 1.0]), ["0", "0.5", "1.0"])

    def test_stand_with_their_frames_below_each_other(self):
        content = fixtures.comparison(mae=[1e-6] * fixtures.FRAMES)
        read = read_measurement(self.write("c.json", content))
        firsts = {re.search(r'<rect x="([^"]*)"', chart.drawings["small"])[1]
                  for _, chart in error_charts([read], [[]])}
        self.assertEqual(len(firsts), 1)

    def test_count_frames_in_whole_numbers(self):
        self.assertEqual(self.labels([0.0, 0.1], anchor="middle"), ["0", "1"])
        self.assertEqual(self.labels([0.1], anchor="middle"), ["0"])
        self.assertEqual(self.labels([0.0, 0.1] * 10000, anchor="middle"),
                         ["0", "10,000"])


if __name__ == "__main__":
    unittest.main()
