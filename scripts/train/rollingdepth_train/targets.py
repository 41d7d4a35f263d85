"""What the networks are trained to say of a snippet."""

import numpy as np
import torch


def normalised_batch(inverse_depth: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The training targets of snippets [B, L, h, w]: 2nd and 98th percentile at -1 and +1.

    Also [B]: 1 where the snippet teaches something, 0 where it is nearly flat; and [B]: the 2nd
    percentile as a share of the 98th.
    """
    sample = inverse_depth[..., ::3, ::3].flatten(1)
    low, high = torch.quantile(sample, sample.new_tensor([0.02, 0.98]), 1)
    useful = (high - low > 0.04 * high).to(inverse_depth.dtype)
    lowest = low / high.clamp_min(1e-6)
    low, high = low[:, None, None, None], high[:, None, None, None]
    target = 2 * (inverse_depth - low) / (high - low).clamp_min(1e-6) - 1
    return target.clamp(-1.5, 1.8), useful, lowest


def normalised(inverse_depth: np.ndarray) -> np.ndarray | None:
    """The target of one snippet [L, h, w]; None where it is nearly flat."""
    target, useful, _ = normalised_batch(torch.from_numpy(inverse_depth.astype(np.float32))[None])
    return target[0].numpy() if useful[0] else None
