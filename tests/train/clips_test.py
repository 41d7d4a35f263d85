"""Readers of real clips, on small files of their formats."""

import unittest

import fixtures  # noqa: F401

from rollingdepth_train.clips import lzf_decoded


class LzfTest(unittest.TestCase):
    def test_literals_and_copies(self):
        # Three literals; a copy of 3 from 3 back; one of 7 + 1 + 2 that reads what it writes.
        packed = bytes([2]) + b"abc" + bytes([(1 << 5) | 0, 2]) + bytes([7 << 5, 1, 0])
        self.assertEqual(lzf_decoded(packed, 16), b"abcabc" + b"c" * 10)

    def test_another_size_than_announced_is_refused(self):
        with self.assertRaises(ValueError):
            lzf_decoded(bytes([0]) + b"a", 2)


if __name__ == "__main__":
    unittest.main()
