"""The networks of the default model, with random weights."""

import tempfile
import unittest
from pathlib import Path

import fixtures  # noqa: F401
import numpy as np
import torch

from rollingdepth_train.checkpoint import load_checkpoint, save_checkpoint, seed_of_run
from rollingdepth_train.layers import fold
from rollingdepth_train.losses import (aligned, depth_loss, gradient_difference, log_difference,
                                       standardised)
from rollingdepth_train.model import LATENT_CHANNELS, DepthModel
from rollingdepth_train.schedule import ALPHA_BAR, REFINEMENT_TIMESTEPS, START_TIMESTEP
from rollingdepth_train.targets import normalised


def model() -> DepthModel:
    torch.manual_seed(1)
    return DepthModel(ALPHA_BAR.clone()).eval()


class NetworksTest(unittest.TestCase):
    @torch.inference_mode()
    def test_every_multiple_of_four_and_every_snippet_length_fits(self):
        networks = model()
        for height, width, views in ((32, 32, 1), (44, 84, 2), (4, 12, 3), (100, 36, 4)):
            with self.subTest(height=height, width=width, views=views):
                latent = networks.encoder(torch.rand(views, 3, height, width) * 2 - 1)
                self.assertEqual(latent.shape, (views, LATENT_CHANNELS, height // 4, width // 4))
                predicted = networks.unet(torch.cat([latent, latent], 1), START_TIMESTEP, views)
                self.assertEqual(predicted.shape, latent.shape)
                self.assertEqual(networks.decoder(predicted).shape, (views, 1, height, width))

    @torch.inference_mode()
    def test_the_first_step_does_not_see_its_noise_and_later_ones_see_the_depth(self):
        networks = model()
        colour = torch.randn(3, LATENT_CHANNELS, 8, 12)
        noisy = torch.randn(2, 3, LATENT_CHANNELS, 8, 12)
        first, other = (networks.unet(torch.cat([colour, n], 1), START_TIMESTEP, 3) for n in noisy)
        torch.testing.assert_close(first, other)
        first, other = (networks.unet(torch.cat([colour, n], 1), REFINEMENT_TIMESTEPS[-1], 3)
                        for n in noisy)
        self.assertGreater((first - other).abs().max().item(), 1e-3)

    @torch.inference_mode()
    def test_a_frame_sees_the_other_frames_of_its_snippet_and_no_others(self):
        networks = model()
        sample = torch.randn(6, 2 * LATENT_CHANNELS, 8, 12)
        changed = sample.clone()
        changed[5] += 1
        before, after = (networks.unet(s, START_TIMESTEP, 3) for s in (sample, changed))
        difference = (before - after).abs().amax((1, 2, 3))
        self.assertLess(difference[:3].max().item(), 1e-5)
        self.assertGreater(difference[3].item(), 1e-5)

    @torch.inference_mode()
    def test_folding_changes_nothing(self):
        networks = model()
        for name, parameter in networks.encoder.named_parameters():
            if name.endswith(("scale", "shift")):
                parameter.uniform_(0.5, 1.5)
        rgb = torch.rand(2, 3, 52, 36) * 2 - 1
        expected = networks.encoder(rgb)
        fold(networks.encoder)
        torch.testing.assert_close(networks.encoder(rgb), expected, rtol=1e-4, atol=1e-4)

    def test_training_and_evaluation_compute_the_same(self):
        networks = model()
        rgb = torch.rand(2, 3, 68, 100) * 2 - 1
        expected = networks.eval().encoder(rgb)
        rgb.requires_grad_()
        torch.testing.assert_close(networks.train().encoder(rgb), expected, rtol=1e-4, atol=1e-4)


class LossTest(unittest.TestCase):
    def test_scale_and_shift_of_each_snippet_are_free(self):
        truth = torch.randn(2, 3, 16, 16)
        prediction = truth * torch.tensor([0.5, 2.0])[:, None, None, None] + 0.3
        torch.testing.assert_close(aligned(prediction, truth, torch.ones_like(truth)), truth)

    # The 2 differences along x are 1, the 2 along y are 0: means 1 and 0, and 1/2 over both.
    def test_gradient_difference_of_a_step(self):
        step = torch.tensor([[[[0.0, 1.0], [0.0, 1.0]]]])
        self.assertAlmostEqual(gradient_difference(step, levels=1).item(), 0.5)

    # Inverse depths 0, 0.5 and 1 of the nearest, and of the same range from 0.5 on.
    def test_what_is_far_is_wrong_by_its_share_of_the_true_inverse_depth(self):
        truth = torch.tensor([-1.0, 0, 1]).repeat(2, 1, 4, 1)
        wrong = truth * 3 + 2
        wrong[..., 1] += 0.3
        log, known = log_difference(wrong, truth, torch.ones_like(truth), torch.tensor([0.0, 0.5]))
        # The sky of the first does not count; through the other two goes any line.
        self.assertEqual(known[0, 0, 0].tolist(), [0, 1, 1])
        torch.testing.assert_close(log[0, ..., 1:], torch.zeros(1, 4, 2), atol=1e-5, rtol=0)
        # Of the second, what the least-squares line from [-1, 0.1, 1] to the truth leaves.
        slope, shift = np.polyfit([-1, 0.1, 1], [-1, 0, 1], 1)
        true = torch.tensor([0.5, 0.75, 1])
        fitted = 0.75 + 0.25 * (slope * torch.tensor([-1, 0.1, 1]) + shift)
        expected = torch.log((fitted + 0.02) / (true + 0.02))
        torch.testing.assert_close(log[1, 0, 0], expected, atol=1e-5, rtol=0)

    def test_an_error_costs_more_the_farther_it_is(self):
        truth = torch.linspace(-0.8, 1, 64).expand(1, 1, 64, 64).contiguous()
        near, far = truth.clone(), truth.clone()
        for wrong, first in ((far, 4), (near, 52)):  # To both sides, which hardly turns the fit.
            wrong[..., first : first + 4] += 0.05
            wrong[..., first + 4 : first + 8] -= 0.05
        costs = [depth_loss(wrong, truth) for wrong in (near, far)]
        for term in ("relative", "relative_edges"):
            self.assertGreater(costs[1][term].item(), 3 * costs[0][term].item(), term)
        self.assertLess(costs[1]["edges"].item(), 1.2 * costs[0]["edges"].item())

    def test_the_median_becomes_zero_and_the_mean_deviation_one(self):
        depth = torch.tensor([1.0, 2, 3, 4, 90]).view(1, 1, 1, 5)
        expected = torch.tensor([-2.0, -1, 0, 1, 87]).view(1, 1, 1, 5) / (91 / 5)
        torch.testing.assert_close(standardised(depth, torch.ones_like(depth)), expected)

    def test_scale_and_shift_of_a_snippet_pull_at_nothing_but_its_range(self):
        torch.manual_seed(6)
        truth, prediction = torch.randn(2, 1, 3, 32, 32)
        scale, shift = torch.ones((), requires_grad=True), torch.zeros((), requires_grad=True)
        terms = depth_loss(prediction * scale + shift, truth)
        (terms["shape"] + terms["edges"] + terms["relative"] + terms["relative_edges"]).backward()
        self.assertAlmostEqual(scale.grad.item(), 0, places=5)
        self.assertAlmostEqual(shift.grad.item(), 0, places=5)

    def test_what_has_no_weight_changes_nothing(self):
        torch.manual_seed(3)
        truth, prediction = torch.randn(2, 2, 3, 32, 32)
        weight = torch.ones_like(truth)
        weight[..., :4], weight[..., -8:] = 0, 0
        changed = prediction + 5 * torch.randn_like(prediction) * (1 - weight)
        before, after = (depth_loss(p, truth, weight) for p in (prediction, changed))
        for name, value in before.items():
            torch.testing.assert_close(after[name], value, msg=name)
        self.assertGreater(before["total"].item(), 0.5)

    def test_borders_count_as_much_as_the_middle(self):
        truth = torch.randn(1, 1, 32, 32, generator=torch.Generator().manual_seed(4))
        rim, middle = truth.clone(), truth.clone()
        rim[..., 0] += 1
        middle[..., 16] += 1
        even = torch.ones_like(truth)
        self.assertAlmostEqual((rim - truth).abs().mean().item(), (middle - truth).abs().mean().item())
        self.assertGreater(gradient_difference(rim - truth, even).item(),
                           0.4 * gradient_difference(middle - truth, even).item())

    def test_a_perfect_prediction_costs_nothing_whatever_counts(self):
        truth = torch.randn(1, 3, 16, 16)
        self.assertAlmostEqual(depth_loss(truth, truth, torch.zeros_like(truth))["total"].item(), 0)
        self.assertAlmostEqual(depth_loss(truth, truth)["total"].item(), 0, places=5)


class ScheduleTest(unittest.TestCase):
    def test_signal_falls_from_nearly_all_to_none(self):
        self.assertEqual(ALPHA_BAR[START_TIMESTEP].item(), 0)
        self.assertGreater(ALPHA_BAR[0].item(), 0.999)
        self.assertTrue((ALPHA_BAR.diff() < 0).all())

    def test_refinement_takes_the_last_ten_of_twenty_steps(self):
        self.assertEqual(REFINEMENT_TIMESTEPS, (499, 449, 399, 349, 299, 249, 199, 149, 99, 49))


class CheckpointTest(unittest.TestCase):
    """A run of three steps, and one that stops after two and goes on."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "last.pt"

    def start(self, settings):
        trained = model()
        optimiser = torch.optim.AdamW(trained.decoder.parameters(), lr=0.01)
        step, _ = load_checkpoint(self.path, trained, model(), optimiser, settings)
        return trained, optimiser, step

    def run_steps(self, trained, optimiser, steps):
        for step in steps:
            torch.manual_seed(step)
            trained.decoder(torch.randn(1, LATENT_CHANNELS, 4, 4)).square().mean().backward()
            optimiser.step()
            optimiser.zero_grad()

    def test_a_run_that_was_interrupted_ends_as_one_that_was_not(self):
        whole, optimiser, first = self.start({"seed": 1})
        self.assertEqual(first, 0)
        self.run_steps(whole, optimiser, range(3))
        parts, optimiser, _ = self.start({"seed": 1})
        self.run_steps(parts, optimiser, range(2))
        save_checkpoint(self.path, parts, model(), optimiser, 2, {"seed": 1})
        resumed, optimiser, first = self.start({"seed": 1})
        self.assertEqual(first, 2)
        self.run_steps(resumed, optimiser, range(first, 3))
        for a, b in zip(whole.parameters(), resumed.parameters()):
            torch.testing.assert_close(a, b, rtol=0, atol=0)

    def test_a_run_with_other_settings_is_refused(self):
        trained, optimiser, _ = self.start({"seed": 1})
        save_checkpoint(self.path, trained, trained, optimiser, 2, {"seed": 1})
        with self.assertRaisesRegex(ValueError, "seed"):
            self.start({"seed": 2})

    def test_a_new_run_draws_its_own_seed_and_a_resumed_one_keeps_it(self):
        self.assertNotEqual(seed_of_run(None, self.path), seed_of_run(None, self.path))
        trained, optimiser, _ = self.start({"seed": 5})
        save_checkpoint(self.path, trained, trained, optimiser, 2, {"seed": 5})
        self.assertEqual(seed_of_run(None, self.path), 5)
        self.assertEqual(seed_of_run(7, self.path), 7)


class TargetTest(unittest.TestCase):
    def test_all_but_four_percent_lie_between_minus_one_and_one(self):
        target = normalised(np.linspace(0, 1, 3 * 90 * 90, dtype=np.float32).reshape(3, 90, 90))
        self.assertAlmostEqual(float((np.abs(target) <= 1).mean()), 0.96, places=2)

    def test_a_flat_or_empty_picture_teaches_nothing(self):
        self.assertIsNone(normalised(np.zeros((1, 30, 30), np.float32)))
        self.assertIsNone(normalised(np.full((1, 30, 30), 7, np.float32)))


if __name__ == "__main__":
    unittest.main()
