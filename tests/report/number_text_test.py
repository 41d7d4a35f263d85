"""Numbers as people read them."""

import unittest

import fixtures  # noqa: F401 - finds the package
from rollingdepth_report.number_text import (number, percent_text, seconds_text, size_text,
                                             tick_texts, told_apart)


class NumberText(unittest.TestCase):
    def test_has_four_digits_that_count(self):
        for value, text in [(0.0123456, "0.01235"), (12.3456, "12.35"), (123456.7, "123,457"),
                            (0, "0"), (-0.5, "−0.5000"), (1.23e-7, "1.230e-07"), (None, "–"),
                            (float("inf"), "∞")]:
            with self.subTest(value=value):
                self.assertEqual(number(value), text)

    def test_has_units(self):
        self.assertEqual(size_text(377000000), "377 MB")
        self.assertEqual(size_text(2.5e9), "2.50 GB")
        self.assertEqual(seconds_text(0.0415), "41.5 ms")
        self.assertEqual(seconds_text(3.5), "3.50 s")
        self.assertEqual(percent_text(0.00412345), "0.412 %")
        self.assertEqual(percent_text(None), "–")

    def test_has_more_digits_where_values_are_close(self):
        self.assertEqual(told_apart([1, 2.5, 4], 3), ["1.00", "2.50", "4.00"])
        self.assertEqual(told_apart([1000.001, 1000.002], 3), ["1,000.001", "1,000.002"])
        self.assertEqual(told_apart([0.9999999, 1.0], 3), ["0.9999999", "1.000000"])
        self.assertEqual(told_apart([2.5, 2.5, None], 3), ["2.50", "2.50", "–"])


class TickTexts(unittest.TestCase):
    def test_have_the_decimals_that_tell_them_apart(self):
        for ticks, texts in [([0, 0.05, 0.1], ["0", "0.05", "0.10"]),
                             ([0.999, 0.9995, 1.0], ["0.9990", "0.9995", "1.0000"]),
                             ([7.65e-6, 7.7e-6], ["7.65e-06", "7.70e-06"]),
                             ([0, 500000, 1e6], ["0", "500,000", "1,000,000"]),
                             ([1e7, 1.5e7], ["1.0e+07", "1.5e+07"]),
                             ([-0.5, 0, 0.5], ["−0.5", "0", "0.5"]),
                             ([0.0], ["0"]), ([], [])]:
            with self.subTest(ticks=ticks):
                self.assertEqual(tick_texts(ticks), texts)


if __name__ == "__main__":
    unittest.main()
