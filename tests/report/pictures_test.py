"""Pictures of frames: their colours, and what stands where a picture cannot be made."""

import base64
import io
import unittest
from dataclasses import replace

import numpy as np
from PIL import Image

import fixtures
from rollingdepth_report.frame_pictures import frame_pictures
from rollingdepth_report.measurements import read_measurement
from rollingdepth_report.pictures import (DEPTH_COLORS, INVALID, INVERSE_DEPTH_COLORS, coloured,
                                          css_gradient, data_uri, depth_range, difference_limit)


def opened(uri):
    prefix, _, packed = uri.partition(",")
    assert prefix == "data:image/webp;base64", prefix
    return Image.open(io.BytesIO(base64.b64decode(packed))).convert("RGB")


class Pictures(unittest.TestCase):
    def test_colour_by_share_of_the_range(self):
        depth = np.array([[-5.0, 0.0, 1.0, 2.0, 9.0]])
        picture = np.asarray(coloured(depth, depth > -9, 0.0, 2.0, "gray"))
        self.assertEqual(picture[0, :, 0].tolist(), [0, 0, 128, 255, 255])

    def test_grey_where_not_valid(self):
        depth = np.array([[np.nan, 1.0]])
        picture = np.asarray(coloured(depth, np.isfinite(depth), 1.0, 1.0, "Spectral_r"))
        self.assertEqual(tuple(picture[0, 0]), INVALID)
        self.assertNotEqual(tuple(picture[0, 1]), INVALID)

    def test_range_leaves_outliers_out(self):
        depth = np.linspace(0, 1, 1001)
        depth[-1] = 1e6
        low, high = depth_range(depth, depth >= 0)
        self.assertAlmostEqual(low, 0.005)
        self.assertAlmostEqual(high, 0.995)
        self.assertEqual(depth_range(depth, depth < 0), (0.0, 1.0))

    def test_difference_limit_is_not_that_of_rounding(self):
        self.assertEqual(difference_limit([np.array([1e-9, -2e-9])], 2.0), 2e-3)
        self.assertAlmostEqual(difference_limit([np.linspace(-1, 0, 101)], 2.0), 0.99)
        self.assertEqual(difference_limit([], 0.0), 1.0)
        self.assertEqual(difference_limit([np.array([np.inf, -np.inf, 0.5])], 2.0), 0.5)

    def test_large_ones_are_made_480_wide(self):
        uri, width, height = data_uri(Image.new("RGB", (1000, 500)))
        self.assertEqual((width, height), (480, 240))
        self.assertEqual(opened(uri).size, (480, 240))


class FramePictures(fixtures.FolderTest):
    def setUp(self):
        super().setUp()
        fixtures.write_clips(self.folder)

    def show(self, frame=3, given=None, **changes):
        content = {**fixtures.comparison(), **changes}
        read = read_measurement(self.write("c.json", content))
        return frame_pictures(read, [read.frames[frame]], given)[0]

    def missing(self, shown):
        return [picture.missing for picture in shown.pictures]

    def test_are_colour_reference_candidate_and_difference(self):
        shown = self.show(5, video="clip.mp4")
        self.assertEqual([picture.title for picture in shown.pictures],
                         ["Colour", "Reference", "Candidate", "Difference"])
        self.assertEqual(self.missing(shown), [""] * 4)
        # Frame n of the clip has level 20 n.
        level = np.asarray(opened(shown.pictures[0].uri)).mean()
        self.assertAlmostEqual(level, 100, delta=5)

    def test_aligned_candidate_looks_like_the_reference(self):
        pictures = [np.asarray(opened(picture.uri)).astype(int)
                    for picture in self.show(0).pictures]
        self.assertLess(np.abs(pictures[0] - pictures[1]).max(), 8)
        # No difference: the light middle of the colours.
        self.assertGreater(pictures[2].min(), 235)

    def test_video_may_begin_before_the_depth(self):
        settings = {**fixtures.comparison()["settings"], "video_from": 4}
        shown = self.show(3, video="clip.mp4", settings=settings)
        self.assertAlmostEqual(np.asarray(opened(shown.pictures[0].uri)).mean(), 140, delta=5)
        shown = self.show(8, video="clip.mp4", settings=settings)
        self.assertEqual(self.missing(shown)[0], "clip.mp4 has no frame 12")

    def test_without_video_are_three(self):
        self.assertEqual(len(self.show().pictures), 3)

    def test_video_given_wins(self):
        shown = self.show(given="none.mp4", video="clip.mp4")
        self.assertIn("cannot read none.mp4", shown.pictures[0].missing)

    def test_say_why_there_is_no_colour(self):
        self.assertEqual(self.missing(self.show(video="gone.mp4"))[0],
                         "gone.mp4 is not there")

    def test_say_why_there_is_no_depth(self):
        (self.folder / "cand.npy").unlink()
        self.assertEqual(self.missing(self.show()), ["cand.npy is not there"] * 3)

    def test_one_mask_serves_all_frames(self):
        mask = np.ones((fixtures.HEIGHT, fixtures.WIDTH), dtype=np.uint8)
        mask[:, :16] = 0
        np.save(self.folder / "mask.npy", mask)
        picture = np.asarray(opened(self.show(mask="mask.npy").pictures[0].uri)).astype(int)
        self.assertLess(np.abs(picture[2:-2, 2:12] - 128).max(), 12)
        self.assertGreater(np.abs(picture[2:-2, 20:] - 128).max(), 60)

    def test_smaller_candidate_is_resized(self):
        np.save(self.folder / "cand.npy", fixtures.candidate_depth()[:, ::2, ::2])
        content = fixtures.comparison()
        side = {**content["candidate"], "height": 12, "width": 16}
        shown = self.show(0, candidate=side)
        self.assertEqual([picture.width for picture in shown.pictures], [32, 32, 32])

    def test_frame_has_its_own_fit(self):
        read = read_measurement(self.write("c.json", fixtures.comparison()))
        frame = replace(read.frames[0], affine=read.affine)
        read = replace(read, affine=None)
        fitted, not_fitted = (frame_pictures(read, [which], None)[0].bars[1].values[2]
                              for which in (frame, read.frames[0]))
        self.assertLess(fitted, 0.0021)
        self.assertGreater(not_fitted, 0.1)

    def test_of_inverse_depth_are_red_where_values_are_large(self):
        shown = self.show(0)
        self.assertEqual(shown.bars[0].title, "Inverse depth (larger is nearer)")
        self.assertEqual(shown.bars[0].gradient, css_gradient(INVERSE_DEPTH_COLORS))
        self.assertEqual(shown.bars[0].labels, ("far −1.00", "0", "1.00 near"))
        self.assert_red_is(shown.pictures[0], large=True)

    # Depth of 2 to 10 and a block at 12 before it: the ramp's left end is nearest.
    def show_ground_truth(self, candidate):
        truth = fixtures.reference_depth() * 4 + 8
        np.save(self.folder / "ref.npy", truth)
        np.save(self.folder / "cand.npy", candidate(truth))
        settings = {**fixtures.comparison()["settings"], "align": "none", "ground_truth": True,
                    "min_depth": 4.0, "max_depth": 12.0}
        return self.show(0, settings=settings, affine=None)

    def test_of_ground_truth_are_red_where_values_are_small(self):
        shown = self.show_ground_truth(lambda truth: truth)
        self.assertEqual(shown.bars[0].title, "Depth (larger is farther)")
        self.assertEqual(shown.bars[0].gradient, css_gradient(DEPTH_COLORS))
        self.assertEqual(shown.bars[0].labels, ("near 4.00", "8.00", "12.0 far"))
        self.assert_red_is(shown.pictures[0], large=False)

    def assert_red_is(self, picture, large):
        """The ramp's left end is smallest, the block (8 to 16, 0 to 8 in frame 0) is largest."""
        pixels = np.asarray(opened(picture.uri)).astype(int)
        red = pixels[..., 0] - pixels[..., 2]
        block, ramp = red[10:14, 2:6].mean(), red[18:22, 0:2].mean()
        self.assertGreater(block if large else ramp, 40)
        self.assertLess(ramp if large else block, -40)

    # Clipping to the range makes numbers of infinities; they have to stay grey all the same.
    def test_of_ground_truth_are_grey_where_the_candidate_is_infinite(self):
        def with_hole(truth):
            candidate = truth.copy()
            candidate[:, :, 16:] = np.inf
            return candidate
        shown = self.show_ground_truth(with_hole)
        pixels = np.asarray(opened(shown.pictures[1].uri)).astype(int)
        self.assertLess(np.abs(pixels[2:-2, 20:-2] - 128).max(), 12)
        self.assertGreater(np.abs(pixels[18:-2, 2:12] - 128).max(), 60)


if __name__ == "__main__":
    unittest.main()
