"""What the networks are trained to say of a snippet."""

import numpy as np


def normalised(inverse_depth: np.ndarray) -> np.ndarray | None:
    """The training target: 2nd and 98th percentile at -1 and +1; None where nearly flat."""
    low, high = np.quantile(inverse_depth[..., ::3, ::3], [0.02, 0.98])
    if high - low <= 0.04 * high:
        return None
    return np.clip(2 * (inverse_depth - low) / (high - low) - 1, -1.5, 1.8).astype(np.float32)
