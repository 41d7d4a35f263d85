"""The usual measures of affine-invariant depth (Ranftl et al. 2022, section 5), per clip.

A clip is a pair of arrays [N, h, w]: what was predicted, and the true inverse depth in 1/metre,
0 where it is unknown or infinite. One scale and one shift per clip are fitted to the inverse depth
by least squares over all valid pixels; the depth that follows is clamped at the largest valid one.
"""

import numpy as np

FARTHEST_M = 80.0
LEAST_TRUTH = 0.3


def near_truth(inverse_depth: np.ndarray) -> np.ndarray | None:
    """The inverse depth [N, h, w] of a rendered clip as its truth: 0 for sky and all beyond 80 m.

    None where that leaves less than 30 % of the pixels.
    """
    truth = np.where(inverse_depth < 1 / FARTHEST_M, 0, inverse_depth.astype(np.float64))
    return truth if (truth > 0).mean() >= LEAST_TRUTH else None


def fitted(features: list[np.ndarray], truth: np.ndarray) -> np.ndarray:
    """The inverse depth [N, h, w] that the least-squares mix of `features` and a constant gives.

    One feature is the usual scale and shift; a baseline may mix several.
    """
    valid = truth > 0
    columns = [np.broadcast_to(f, truth.shape)[valid].astype(np.float64) for f in features]
    design = np.stack([*columns, np.ones(int(valid.sum()))], 1)
    coefficients = np.linalg.lstsq(design, truth[valid].astype(np.float64), rcond=None)[0]
    mixed = np.full(truth.shape, coefficients[-1])
    for coefficient, feature in zip(coefficients, features):
        mixed += coefficient * feature
    return np.maximum(mixed, truth[valid].min())  # That is the largest valid depth.


def errors(features: list[np.ndarray], truth: np.ndarray) -> dict[str, float]:
    """AbsRel (mean |d - d*| / d*) and delta1 (share with max(d/d*, d*/d) < 1.25) over a clip."""
    valid = truth > 0
    ratio = truth[valid] / fitted(features, truth)[valid]  # predicted over true depth
    return {"abs_rel": float(np.abs(ratio - 1).mean()),
            "delta1": float((np.maximum(ratio, 1 / ratio) < 1.25).mean())}


def picture_errors(features: list[np.ndarray], truth: np.ndarray) -> dict[str, float]:
    """`errors` with a scale and a shift for each picture, and the mean over pictures.

    This is how single-picture depth is compared on NYU and KITTI (Ranftl et al. 2022; Yang et al.
    2024), so these figures may stand beside those of papers. Pictures with less than 1 % truth are
    left out.
    """
    whole = [np.broadcast_to(feature, truth.shape) for feature in features]
    measured = [errors([feature[i : i + 1] for feature in whole], truth[i : i + 1])
                for i in range(len(truth)) if (truth[i] > 0).mean() >= 0.01]
    if not measured:
        return {}
    return {f"picture_{key}": float(np.mean([m[key] for m in measured])) for key in measured[0]}


def baselines(grey: np.ndarray) -> dict[str, list[np.ndarray]]:
    """What a clip's depth is compared with: features that know no scene. `grey` is [N, h, w]."""
    rows = np.linspace(0, 1, grey.shape[1])[None, :, None]
    columns = np.linspace(0, 1, grey.shape[2])[None, None, :]
    return {
        "constant": [],
        "row": [rows],
        "brightness": [grey],
        "row + brightness": [rows, grey],
        "row + column + brightness": [rows, columns, grey],
    }


def range_of(truth: np.ndarray) -> float:
    """The true inverse depth's range in a clip, from the 2nd to the 98th percentile, 1/metre."""
    low, high = np.quantile(truth[truth > 0], [0.02, 0.98])
    return max(high - low, 1e-9)


def flicker(prediction: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    """Mean absolute change of inverse depth between consecutive frames, fitted as above.

    In units of the range (2nd to 98th percentile) of the true inverse depth; `true_change` is what
    the scene's own motion gives on the same pixels.
    """
    aligned = fitted([prediction], truth)
    both = (truth[1:] > 0) & (truth[:-1] > 0)
    unit = range_of(truth)
    return {"change": float(np.abs(np.diff(aligned, axis=0))[both].mean() / unit),
            "true_change": float(np.abs(np.diff(truth, axis=0))[both].mean() / unit)}


def warped_flicker(prediction: np.ndarray, truth: np.ndarray, focal_px: float,
                   poses: np.ndarray) -> float:
    """Mean error of the change of inverse depth along the true motion of a static scene.

    Every point of a frame is looked up in the next one through its true depth and the cameras
    (`poses` [N, 12]: rows of camera_from_world, then the position); points that are hidden there
    are left out. Units as in `flicker`.
    """
    aligned = fitted([prediction], truth)
    height, width = truth.shape[1:]
    y, x = np.mgrid[0:height, 0:width] + 0.5
    ray = np.stack([(x - width / 2) / focal_px, -(y - height / 2) / focal_px, np.ones_like(x)], -1)
    total, count = 0.0, 0
    for now, after in zip(range(len(truth) - 1), range(1, len(truth))):
        rotation = [poses[i, :9].reshape(3, 3) for i in (now, after)]
        valid = truth[now] > 0
        world = (ray[valid] / truth[now][valid][:, None]) @ rotation[0] + poses[now, 9:]
        seen = (world - poses[after, 9:]) @ rotation[1].T
        ahead = seen[:, 2] > 1e-3
        depth = np.where(ahead, seen[:, 2], 1)
        column = np.floor(width / 2 + focal_px * seen[:, 0] / depth).astype(int)
        row = np.floor(height / 2 - focal_px * seen[:, 1] / depth).astype(int)
        inside = ahead & (column >= 0) & (row >= 0) & (column < width) & (row < height)
        row, column = row[inside], column[inside]
        there = truth[after, row, column]
        same = np.abs(there * depth[inside] - 1) < 0.03
        change = aligned[after, row, column] - aligned[now][valid][inside]
        true_change = there - truth[now][valid][inside]
        total += np.abs(change - true_change)[same].sum()
        count += int(same.sum())
    return float(total / max(count, 1) / range_of(truth))
