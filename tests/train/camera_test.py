"""What training frames go through: windows, cameras, compression."""

import unittest

import fixtures  # noqa: F401
import numpy as np
import torch

from rollingdepth_train.batches import (ASPECTS, COURSES, LARGEST_PX, course_at, draw_size,
                                        resampled_depth, windows)
from rollingdepth_train.camera import photographed
from rollingdepth_train.jpeg import compressed
from rollingdepth_train.targets import normalised, normalised_batch


def frames(count: int = 40) -> torch.Tensor:
    """[B, 3, 3, 36, 48] in [0, 1]: a gradient with noise."""
    generator = torch.Generator().manual_seed(3)
    ramp = torch.linspace(0.2, 0.8, 48).expand(count, 3, 3, 36, 48)
    return (ramp + 0.1 * torch.rand(ramp.shape, generator=generator)).contiguous()


def taken(seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    return photographed(frames(), np.random.default_rng(seed), torch.Generator().manual_seed(seed))


class CameraTest(unittest.TestCase):
    def test_frames_stay_in_range_and_bars_are_black_and_weigh_nothing(self):
        rgb, weight = taken(1)
        self.assertEqual(rgb.shape, (40, 3, 3, 36, 48))
        self.assertEqual(weight.shape, (40, 3, 36, 48))
        self.assertGreaterEqual(rgb.min().item(), -1)
        self.assertLessEqual(rgb.max().item(), 1)
        barred = (weight == 0).any(-1).any(-1).any(-1)
        self.assertTrue(0 < barred.sum() < 20)
        # Compression may ring a little beside a bar's edge.
        dark = rgb.mean(2)[weight == 0]
        self.assertLess(dark.mean().item(), -0.97)
        self.assertTrue(torch.equal(weight[:, 0], weight[:, 2]))

    def test_the_seed_decides_everything(self):
        self.assertTrue(torch.equal(taken(5)[0], taken(5)[0]))
        self.assertFalse(torch.equal(taken(5)[0], taken(6)[0]))

    def test_noise_differs_from_frame_to_frame(self):
        same = frames()[:, :1].expand(-1, 3, -1, -1, -1).contiguous()
        rgb, _ = photographed(same, np.random.default_rng(2), torch.Generator().manual_seed(2))
        self.assertTrue(((rgb[:, 0] - rgb[:, 1]).abs().amax((1, 2, 3)) > 0.01).any())


class JpegTest(unittest.TestCase):
    def test_the_lower_the_quality_the_larger_the_error(self):
        picture = frames(1)[0]
        errors = [(compressed(picture, torch.full((3,), quality)) - picture).abs().mean().item()
                  for quality in (95.0, 50.0, 10.0)]
        self.assertLess(errors[0], 0.03)
        self.assertEqual(errors, sorted(errors))

    # A grey as bright as 128 has no coefficient but 0 in any table.
    def test_middle_grey_is_kept_at_any_size_and_quality(self):
        grey = torch.full((1, 3, 20, 28), 128 / 255)
        torch.testing.assert_close(compressed(grey, torch.tensor([5.0])), grey, atol=1e-4, rtol=0)


class WindowsTest(unittest.TestCase):
    def test_colour_and_depth_are_cut_alike(self):
        ramp = torch.arange(64.0)[None, :].expand(48, 64) * 3 + 20
        rgb = ramp[None, None, :, :, None].expand(6, 2, 48, 64, 3).to(torch.uint8)
        disparity = (ramp * 200).to(torch.int32).expand(6, 2, 48, 64)
        packed = torch.from_numpy(disparity.numpy().astype(np.uint16).view(np.int16))
        colours, depth = windows(rgb, packed, (40, 24), np.random.default_rng(1))
        self.assertEqual((colours.shape, depth.shape), ((6, 2, 3, 24, 40), (6, 2, 24, 40)))
        self.assertGreater(depth.max().item(), 32767)  # Of 16 bits without a sign.
        torch.testing.assert_close(colours[:, :, 0] * 255, depth / 200, atol=2, rtol=0)

    def test_depth_has_no_values_between_those_of_an_edge(self):
        step = torch.tensor([1.0, 1.0, 9.0, 9.0]).expand(1, 4, 4)
        values = resampled_depth(step, (7, 11)).flatten().tolist()
        self.assertEqual({round(value, 4) for value in values}, {1.0, 9.0})

    def test_sizes_cover_upright_and_wide_and_fit_the_networks(self):
        rng = np.random.default_rng(1)
        course = course_at("cpu", 0.9)
        sizes = [draw_size(course, rng) for _ in range(300)]
        for width, height in sizes:
            self.assertEqual((width % 4, height % 4), (0, 0))
            self.assertLessEqual(max(width, height), LARGEST_PX)
        ratios = [width / height for width, height in sizes]
        self.assertLess(min(ratios), 0.6)
        self.assertGreater(max(ratios), 2.2)
        self.assertGreater(max(width for width, _ in sizes), 370)
        self.assertEqual((min(ASPECTS), max(ASPECTS)), (9 / 16, 21 / 9))
        self.assertIs(course_at("cuda", 2.0), COURSES["cuda"][-1][1])

    def test_targets_of_a_batch_are_those_of_its_snippets(self):
        depth = np.random.default_rng(1).uniform(1, 5, (3, 2, 30, 42)).astype(np.float32)
        depth[1] = 2
        target, useful, lowest = normalised_batch(torch.from_numpy(depth))
        self.assertEqual(useful.tolist(), [1, 0, 1])
        self.assertIsNone(normalised(depth[1]))
        np.testing.assert_allclose(target[2].numpy(), normalised(depth[2]), atol=1e-4)
        sample = depth[2, :, ::3, ::3]
        self.assertAlmostEqual(lowest[2].item(),
                               np.quantile(sample, 0.02) / np.quantile(sample, 0.98), places=5)


if __name__ == "__main__":
    unittest.main()
