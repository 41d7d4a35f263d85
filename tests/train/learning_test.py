"""A training step: what its loss is made of, and what the weights make of it."""

import argparse
import unittest
import unittest.mock

import fixtures  # noqa: F401
import numpy as np
import torch

from rollingdepth_train.batches import Batch, Maker, Raw
from rollingdepth_train.model import DepthModel
from rollingdepth_train.objective import loss_of
from rollingdepth_train.schedule import ALPHA_BAR
from train import Run


def flat_and_tilted(refine: bool) -> Batch:
    """Two snippets as the renderer may give them: nothing but sky, and a slope."""
    disparity = np.zeros((2, 3, 48, 64), np.uint16)
    disparity[1] = np.arange(64) * 900
    rgb = torch.full((2, 3, 48, 64, 3), 90, dtype=torch.uint8)
    raw = Raw(rgb, torch.from_numpy(disparity.view(np.int16)), (64, 48), refine,
              np.random.default_rng(1))
    return Maker([], 1, 0, "cpu").finished(raw)


class StepTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        torch.manual_seed(0)
        cls.model = DepthModel(ALPHA_BAR.clone())

    def test_a_window_of_sky_alone_spoils_no_gradient(self):
        for refine in (False, True):
            with self.subTest(refine=refine):
                self.model.zero_grad()
                batch = flat_and_tilted(refine)
                self.assertEqual(batch.weight[0].abs().max().item(), 0)
                self.assertGreater(batch.weight[1].sum().item(), 0)
                terms = loss_of(self.model, batch, "cpu")
                terms["total"].backward()
                self.assertTrue(terms["total"].isfinite())
                gradients = [p.grad for p in self.model.parameters() if p.grad is not None]
                self.assertGreater(len(gradients), 100)
                self.assertTrue(all(gradient.isfinite().all() for gradient in gradients))

    def test_weights_are_spared_a_gradient_that_is_not_finite(self):
        run = Run.__new__(Run)
        run.arguments = argparse.Namespace(device="cpu")
        run.model, run.ema = torch.nn.Linear(3, 1), torch.nn.Linear(3, 1)
        run.learning = list(run.model.parameters())
        run.optimiser = torch.optim.AdamW(run.learning, lr=0.1)
        before = [p.detach().clone() for p in (*run.learning, *run.ema.parameters())]
        run.model(torch.full((1, 3), torch.nan)).sum().backward()
        self.assertFalse(run.learn(5))
        for value, old in zip((*run.learning, *run.ema.parameters()), before):
            self.assertTrue(torch.equal(value, old))
        run.model(torch.ones(1, 3)).sum().backward()
        self.assertTrue(run.learn(6))
        self.assertFalse(torch.equal(run.learning[0], before[0]))
        self.assertTrue(all(p.isfinite().all() for p in (*run.learning, *run.ema.parameters())))


class SizesTest(unittest.TestCase):
    def test_some_steps_in_a_row_share_a_size_on_a_cpu(self):
        maker = Maker([], 3, 0, "cpu")
        sizes, kinds = [], []
        with unittest.mock.patch("rollingdepth_train.batches.stacked", lambda *_: (None, None)):
            for step in range(400):
                raw = maker.raw(step, 0.5)
                sizes.append(raw.size)
                kinds.append(raw.refine)
        changes = [step for step in range(1, 400) if sizes[step] != sizes[step - 1]]
        self.assertTrue(all(step % 8 == 0 for step in changes))
        self.assertGreater(len(changes), 40)
        # The kind of a step is its own: about 8 % refine, seldom two in a row.
        self.assertTrue(10 < sum(kinds) < 60)
        self.assertTrue(any(kinds[step] and not kinds[step ^ 1] for step in range(400)))


if __name__ == "__main__":
    unittest.main()
