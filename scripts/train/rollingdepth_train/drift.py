"""How moving objects lose their place in depth over a clip, after one fit of the clip."""

import numpy as np

from .metrics import fitted, range_of

FEWEST_PIXELS = 60
FEWEST_FRAMES = 10


def object_drifts(features: list[np.ndarray], truth: np.ndarray,
                  objects: np.ndarray) -> list[dict[str, float]]:
    """One record for each object that is seen for long enough, `objects` [N, h, w] uint8 from 1 on.

    drift: the deviation over time of the object's median inverse depth, fitted minus true, in units
    of the clip's range (2nd to 98th percentile of the true one); depth_drift: the deviation of its
    depth (that of the median) over the true one. An object whose depth is wrong by the same amount
    throughout has no drift. Frames that show less than 60 pixels of it are left out.
    """
    aligned = fitted(features, truth)
    unit = range_of(truth)
    drifts = []
    for number in np.unique(objects[objects > 0]):
        shown = (objects == number) & (truth > 0)
        frames = [i for i in range(len(truth)) if shown[i].sum() >= FEWEST_PIXELS]
        if len(frames) < FEWEST_FRAMES:
            continue
        found = np.array([np.median(aligned[i][shown[i]]) for i in frames])
        true = np.array([np.median(truth[i][shown[i]]) for i in frames])
        drifts.append({"drift": float((found - true).std() / unit),
                       "depth_drift": float((true / found).std())})
    return drifts
