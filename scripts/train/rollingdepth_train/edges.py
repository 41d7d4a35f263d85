"""How well the edges of a depth map lie on the true ones: an F-score with a tolerance in pixels.

As in Koch et al. 2018 ("Evaluation of CNN-based single-image depth estimation methods", DBE), an
edge is found by Canny's method and matched by distance transform; as in Bochkovskii et al. 2024
("Depth Pro", boundary F1), an edge is a ratio of depths, and the score is a mean over thresholds
of that ratio. The depth's logarithm is smoothed by a Gaussian, so a soft edge counts by what it
rises within a few pixels, rather than not at all as with the ratio of direct neighbours.
"""

from functools import cache

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


@cache
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


class TrueEdges:
    """The edges of a clip's true depth, to score any number of predictions against.

    `truth` [N, h, w] is known everywhere: 0 is the sky, which counts as the largest valid depth,
    as the fit does.
    """

    def __init__(self, truth: np.ndarray):
        self._truth = truth
        filled = np.where(truth > 0, truth, truth[truth > 0].min())
        strengths = [edge_strength(picture) for picture in filled]
        self._edges = {ratio: [strength > ratio for strength in strengths] for ratio in RATIOS}
        self._near = {ratio: [_near(edges) for edges in pictures]
                      for ratio, pictures in self._edges.items()}

    def scores(self, features: list[np.ndarray]) -> dict[str, float]:
        """F-scores of the edges of the clip's fitted depth, one a ratio (`edge_1.2`), and their mean.

        Ratios with hardly any true edge are left out; a clip with none gives nothing.
        """
        strengths = [edge_strength(picture) for picture in fitted(features, self._truth)]
        scores = {}
        for ratio in RATIOS:
            true, found = self._edges[ratio], [strength > ratio for strength in strengths]
            expected, drawn = (sum(int(edges.sum()) for edges in side) for side in (true, found))
            if expected < FEWEST_EDGE_PIXELS * len(self._truth):
                continue
            right = sum(int((f & near).sum()) for f, near in zip(found, self._near[ratio]))
            met = sum(int((t & _near(f)).sum()) for f, t in zip(found, true))
            precision, recall = right / max(drawn, 1), met / expected
            scores[f"edge_{ratio}"] = 2 * precision * recall / max(precision + recall, 1e-9)
        if scores:
            scores["edge_f"] = float(np.mean(list(scores.values())))
        return scores


def edge_scores(features: list[np.ndarray], truth: np.ndarray) -> dict[str, float]:
    """The scores of one prediction."""
    return TrueEdges(truth).scores(features)
