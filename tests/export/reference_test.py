"""The exported networks against what the original implementation computed (tests/data/cases)."""

import json
import unittest

import numpy
import torch

from fixtures import DATA
from rollingdepth_export.checkpoint import Networks

CASES = ("fast", "full", "pairs", "paper")


def load(case, name):
    return torch.from_numpy(numpy.load(DATA / "cases" / case / f"{name}.npy"))


def relative(value, expected):
    return ((value - expected).abs().max() / expected.abs().max()).item()


def one_step(scheduler, output, noise):
    """One DDIM step of a one-step schedule, for the settings that the two checkpoints have."""
    roots = torch.linspace(scheduler["beta_start"] ** 0.5, scheduler["beta_end"] ** 0.5,
                           scheduler["num_train_timesteps"])
    alpha_bar = torch.cumprod(1 - roots**2, 0)
    a, previous = alpha_bar[first_timestep(scheduler)], alpha_bar[0]
    if scheduler["prediction_type"] == "epsilon":
        clean, epsilon = (noise - (1 - a).sqrt() * output) / a.sqrt(), output
    else:
        clean = a.sqrt() * noise - (1 - a).sqrt() * output
        epsilon = a.sqrt() * output + (1 - a).sqrt() * noise
    return previous.sqrt() * clean + (1 - previous).sqrt() * epsilon


def first_timestep(scheduler):
    return {"trailing": 999, "leading": 1}[scheduler["timestep_spacing"]]


class ReferenceTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.networks = {name: Networks(DATA / "checkpoints" / name) for name in "ab"}

    def cases(self):
        for case in CASES:
            settings = json.loads((DATA / "cases" / case / "case.json").read_text())
            with self.subTest(case=case), torch.inference_mode():
                yield case, settings, self.networks[settings["checkpoint"]]

    # Float32 sums in another order; float64 inside ours. Measured: 2e-7.
    def test_empty_prompt_has_the_recorded_embedding(self):
        for case, _, networks in self.cases():
            expected = load(case, "empty_text_embed")
            self.assertLess(relative(networks.empty_prompt, expected), 1e-5)

    # Measured: 3e-7.
    def test_frames_have_the_recorded_latents(self):
        for case, _, networks in self.cases():
            frames = load(case, "frames").float() / 255 * 2 - 1
            latents = networks.encoder(frames) * networks.latent_scale
            self.assertLess(relative(latents, load(case, "rgb_latent")), 1e-5)

    # Recorded at some of the pixels. Measured: 4e-6 for values up to 1.5.
    def test_snippets_are_the_recorded_ones(self):
        for case, settings, networks in self.cases():
            latents, noise = load(case, "rgb_latent"), load(case, "init_noise")
            pixels = load(case, "pixels")
            for i, dilation in enumerate(settings["dilations_used"]):
                expected = load(case, f"snippets_{i}")
                count, length = expected.shape[:2]
                frames = [k + j * dilation for k in range(count) for j in range(length)]
                noises = noise.expand(len(frames), -1, -1, -1)
                output = networks.unet(torch.cat([latents[frames], noises], dim=1),
                                       first_timestep(networks.scheduler), length)
                depth = one_step(networks.scheduler, output, noises) / networks.latent_scale
                maps = networks.decoder(depth).flatten(1)[:, pixels]
                snippets = maps.reshape(expected.shape)
                self.assertLess((snippets - expected).abs().max().item(), 2e-4)


if __name__ == "__main__":
    unittest.main()
