"""How well the edges of a depth map lie on the true ones: an F-score with a tolerance in pixels.

As in Koch et al. 2018 ("Evaluation of CNN-based single-image depth estimation methods", DBE), an
edge is found by Canny's method and matched by distance transform; as in Bochkovskii et al. 2024
("Depth Pro", boundary F1), an edge is a ratio of depths, and the score is a mean over thresholds
of that ratio. The depth's logarithm is smoothed by a Gaussian, so a soft edge counts by what it
rises within a few pixels, rather than not at all as with the ratio of direct neighbours.
"""

import cv2
import numpy as np

from .metrics import fitted

RATIOS = (1.1, 1.2, 1.4, 1.8)
TOLERANCE_PX = 2
FEWEST_EDGE_PIXELS = 30
SIGMA_PX = 1.5


def edge_strength(inverse_depth: np.ndarray) -> np.ndarray:
    """The ratio of depths across every local maximum of its gradient [h, w]; elsewhere 1.

    For a straight step of one ratio it is that ratio; `inverse_depth` [h, w] is positive. A plane,
    however slanted, has no local maximum: the gradient of its depth's logarithm rises all the way.
    """
    smooth = cv2.GaussianBlur(np.log(inverse_depth.astype(np.float32)), (0, 0), SIGMA_PX)
    down, right = np.gradient(smooth)
    steepness = np.hypot(down, right)
    # Beyond float32's rounding in the direction; a flat picture has none.
    x = np.divide(right, steepness, out=np.zeros_like(right), where=steepness > 1e-6)
    y = np.divide(down, steepness, out=np.zeros_like(down), where=steepness > 1e-6)
    rows, columns = np.mgrid[: smooth.shape[0], : smooth.shape[1]].astype(np.float32)
    ahead, behind = (cv2.remap(steepness, columns + side * x, rows + side * y, cv2.INTER_LINEAR,
                               borderMode=cv2.BORDER_REPLICATE) for side in (1, -1))
    # One side only, so that of two equal pixels beside a step one remains.
    highest = (steepness > ahead * (1 + 1e-4)) & (steepness >= behind * (1 - 1e-4))
    # Central differences of a smoothed step: its height over two pixels' mean of a Gaussian.
    return np.where(highest & (steepness > 1e-6),
                    np.exp(steepness * _pixels_of_a_step()), 1).astype(np.float32)


def _pixels_of_a_step() -> float:
    """Height of a step over the largest gradient that it has after the smoothing, pixels."""
    step = np.zeros((1, 64), np.float32)
    step[:, 32:] = 1
    return float(1 / np.gradient(cv2.GaussianBlur(step, (0, 0), SIGMA_PX)[0]).max())


def _near(edges: np.ndarray) -> np.ndarray:
    """Where an edge lies at most TOLERANCE_PX away [h, w]."""
    if not edges.any():
        return np.zeros(edges.shape, bool)
    distance = cv2.distanceTransform((~edges).astype(np.uint8), cv2.DIST_L2,
                                     cv2.DIST_MASK_PRECISE)
    return distance <= TOLERANCE_PX + 1e-3


def edge_scores(features: list[np.ndarray], truth: np.ndarray) -> dict[str, float]:
    """F-scores of the edges of a clip's fitted depth, one a ratio (`edge_1.2`), and their mean.

    `truth` [N, h, w] is known everywhere: 0 is the sky, which counts as the largest valid depth,
    as the fit does. Ratios with hardly any true edge are left out; a clip with none gives nothing.
    """
    aligned = fitted(features, truth)
    filled = np.where(truth > 0, truth, truth[truth > 0].min())
    found = [edge_strength(picture) for picture in aligned]
    true = [edge_strength(picture) for picture in filled]
    scores = {}
    for ratio in RATIOS:
        true_edges, found_edges = [t > ratio for t in true], [f > ratio for f in found]
        expected = sum(int(edges.sum()) for edges in true_edges)
        drawn = sum(int(edges.sum()) for edges in found_edges)
        if expected < FEWEST_EDGE_PIXELS * len(truth):
            continue
        right = sum(int((f & _near(t)).sum()) for f, t in zip(found_edges, true_edges))
        met = sum(int((t & _near(f)).sum()) for f, t in zip(found_edges, true_edges))
        precision, recall = right / max(drawn, 1), met / expected
        scores[f"edge_{ratio}"] = 2 * precision * recall / max(precision + recall, 1e-9)
    if scores:
        scores["edge_f"] = float(np.mean(list(scores.values())))
    return scores
