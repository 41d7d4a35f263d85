"""The diffusion schedule of the default model, as its model.json states it (docs/models.md)."""

import torch

STEPS = 1000
SCHEDULER = {
    "num_train_timesteps": STEPS,
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "prediction_type": "sample",
    "timestep_spacing": "trailing",
    "steps_offset": 1,
    "set_alpha_to_one": True,
    "rescale_betas_zero_snr": True,
    "clip_sample": False,
    "clip_sample_range": 1.0,
}


def alpha_bar() -> torch.Tensor:
    """[1000] the share of signal left at each timestep, zero at the last one.

    Source: Lin et al. 2024, "Common diffusion noise schedules and sample steps are flawed",
    algorithm 1, on the scaled-linear betas of latent diffusion.
    """
    betas = torch.linspace(SCHEDULER["beta_start"] ** 0.5, SCHEDULER["beta_end"] ** 0.5, STEPS,
                           dtype=torch.float64) ** 2
    root = torch.cumprod(1 - betas, 0).sqrt()
    first, last = root[0].clone(), root[-1].clone()
    return (((root - last) * first / (first - last)) ** 2).float()


ALPHA_BAR = alpha_bar()
START_TIMESTEP = STEPS - 1
# The last 10 of a 20-step schedule: where the presets `full` and `paper` refine.
REFINEMENT_TIMESTEPS = tuple(range(STEPS // 2 - 1, 0, -STEPS // 20))
