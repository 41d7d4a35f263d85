"""What a training step computes: the prediction, its loss, and the errors on held-out scenes."""

import numpy as np
import torch

from .batches import Batch
from .losses import depth_loss, gradient_difference, weighted_mean
from .metrics import errors, near_truth
from .model import DepthModel
from .scenes import Scenes
from .schedule import REFINEMENT_TIMESTEPS, START_TIMESTEP
from .targets import normalised


def precision(device: str) -> torch.autocast:
    """bfloat16 where the device computes in it; CPUs that do not take three times as long with it."""
    return torch.autocast(device, torch.bfloat16,
                          enabled=device != "cpu" or torch.cpu._is_avx512_bf16_supported())


def predict(model: DepthModel, rgb: torch.Tensor, views: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Depth of snippets by the one step of the fast presets: [B, L, h, w], and colour latents."""
    colour = model.encoder(rgb)
    # The first step does not look at its noise.
    latent = model.unet(torch.cat([colour, torch.zeros_like(colour)], 1), START_TIMESTEP, views)
    return model.decoder(latent).unflatten(0, (-1, views))[:, :, 0], colour


def refine_loss(model: DepthModel, rgb: torch.Tensor, target: torch.Tensor, views: int,
                rng: np.random.Generator, weight: torch.Tensor) -> torch.Tensor:
    """One step of the refinement: a distorted depth map, encoded and noised, is set right.

    rgb [B*L, 3, h, w]; target and weight [B, L, h, w], as in a Batch.
    """
    low, high = target.amin((1, 2, 3), keepdim=True), target.amax((1, 2, 3), keepdim=True)
    # A window of sky alone is flat; it weighs nothing, but nothing times NaN would be NaN.
    clean = (2 * (target - low) / (high - low).clamp_min(1e-6) - 1).flatten(0, 1)[:, None]
    coarse = torch.randn(*clean.shape[:2], 5, 7, device=clean.device) * rng.uniform(0, 0.25)
    wrong = clean + torch.nn.functional.interpolate(coarse, clean.shape[2:], mode="bilinear")
    if rng.random() < 0.5:
        wrong = torch.nn.functional.avg_pool2d(wrong, 5, 1, 2, count_include_pad=False)
    timestep = int(rng.choice(REFINEMENT_TIMESTEPS))
    colour, true_latent, wrong_latent = model.encoder(
        torch.cat([rgb, clean.expand(-1, 3, -1, -1), wrong.clamp(-1, 1).expand(-1, 3, -1, -1)])).chunk(3)
    latent = model.unet(torch.cat([colour, model.noised(wrong_latent, timestep)], 1), timestep, views)
    depth, copied = model.decoder(latent), model.decoder(true_latent)
    weight = weight.flatten(0, 1)[:, None]
    wrong, miscopied = depth - clean, copied - clean
    return (weighted_mean(wrong.abs(), weight) + 4 * gradient_difference(wrong, weight)
            + weighted_mean(miscopied.abs(), weight) + 4 * gradient_difference(miscopied, weight)
            + 0.05 * (latent - true_latent.detach()).square().mean())


def settled(latent: torch.Tensor) -> torch.Tensor:
    """Keeps latents near mean 0 and deviation 1, so that noise of deviation 1 suits them."""
    latent = latent.float()
    return latent.mean().square() + (latent.std() - 1).square()


def loss_of(model: DepthModel, batch: Batch, device: str) -> dict[str, torch.Tensor]:
    """The loss of one batch, `total`, and its terms where it is not a refinement step."""
    torch.manual_seed(int(batch.rng.integers(2**62)))
    with precision(device):
        if batch.refine:
            return {"total": 0.5 * refine_loss(model, batch.rgb, batch.target, batch.views,
                                               batch.rng, batch.weight)}
        prediction, colour = predict(model, batch.rgb, batch.views)
    terms = depth_loss(prediction.float(), batch.target, batch.weight, batch.lowest)
    terms["total"] = terms["total"] + 0.05 * settled(colour)
    return terms


@torch.no_grad()
def held_out_error(model: DepthModel, scenes: Scenes, count: int, device: str) -> dict[str, float]:
    """Means over up to `count` held-out scenes, unaugmented: the loss terms `shape` and `edges`,
    and AbsRel and delta1."""
    rows: dict[str, list[float]] = {}
    for scene in range(min(count, len(scenes))):
        inverse_depth = scenes.inverse_depth(scene)
        target = normalised(inverse_depth)
        if target is None:
            continue
        rgb = torch.from_numpy(scenes.rgb[scene].copy()).to(device)
        rgb = rgb.permute(0, 3, 1, 2).float() / 127.5 - 1
        with precision(device):
            prediction, _ = predict(model, rgb.contiguous(memory_format=torch.channels_last),
                                    len(target))
        prediction, truth = prediction.float(), torch.from_numpy(target).to(device)[None]
        terms = depth_loss(prediction, truth, torch.ones_like(truth))
        figures = {"shape": terms["shape"].item(), "edges": terms["edges"].item()}
        known = near_truth(inverse_depth)
        if known is not None:
            figures |= errors([prediction[0].cpu().numpy()], known)
        for name, value in figures.items():
            rows.setdefault(f"held_out_{name}", []).append(value)
    return {name: float(np.mean(values)) for name, values in rows.items()}
