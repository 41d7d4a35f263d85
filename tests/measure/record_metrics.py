#!/usr/bin/env python3
"""Records pairs of depth maps, and what scikit-image and scipy measure between them.

Needs numpy, scipy and scikit-image; the versions that were used are in metrics.json. Run it again
only to add a case or a metric; the arrays come out the same:

    tests/measure/record_metrics.py tests/data/measure

CASE_reference.npy and CASE_candidate.npy are float32 [H, W]; CASE_valid.npy, bool [H, W], is there
where not all pixels are valid. recorded_metrics_test.cpp compares.
"""

import argparse
import json
import pathlib

import numpy as np
import scipy
import skimage
from scipy import ndimage, stats
from skimage import metrics

HEIGHT, WIDTH = 40, 56
EDGE_THRESHOLD = 0.05
WINDOW = 11
POOLED_BITS = 22  # Of float32, that PooledRanks tells apart.


def scene(generator, phase=0.0, noise=0.08):
    """A smooth wall with two steps, and the same scaled a little, with noise."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    depth = 2 + 0.5 * np.sin(x / 9 + phase) * np.cos(y / 7) + 0.8 * (x > 20) + 0.6 * (y > 25)
    return depth, 1.07 * depth + noise * generator.standard_normal(depth.shape)


def make_cases():
    """Name to (reference, candidate, valid), float32 and bool."""
    generator = np.random.default_rng(7)
    smooth = scene(generator)

    masked = scene(generator, phase=0.4, noise=0.5)
    masked[1][20:33, 8:30] = 2.5  # Without the reference's edges.
    valid = np.ones((HEIGHT, WIDTH), bool)
    valid[3:9, 30:44] = False
    valid[36, 5] = False
    valid[:, 54:] = False
    masked[0][3:9, 30:36] = np.nan
    masked[1][36, 5] = np.nan
    masked[1][:, 55] = np.nan

    # 9 and 17 levels about 0, zeros of both signs.
    ties = [np.round((depth - 2.5) * levels) / levels
            for depth, levels in zip(scene(generator), (2, 4))]
    ties[0][ties[0] == 0] = -0.0

    offset = [1000 + depth - 2.5 for depth in scene(generator)]

    everywhere = np.ones((HEIGHT, WIDTH), bool)
    cases = {"smooth": (*smooth, everywhere), "masked": (*masked, valid),
             "ties": (*ties, everywhere), "offset": (*offset, everywhere)}
    return {name: (np.float32(reference), np.float32(candidate), mask)
            for name, (reference, candidate, mask) in cases.items()}


def surrounded(valid, size):
    """[H, W] bool: the size x size pixels about the pixel are in the frame and valid."""
    return ndimage.binary_erosion(valid, np.ones((size, size)), border_value=0)


def structural_similarity(reference, candidate, valid, data_range):
    _, similarity = metrics.structural_similarity(
        np.where(valid, reference, 0), np.where(valid, candidate, 0), data_range=data_range,
        gaussian_weights=True, use_sample_covariance=False, full=True)
    return similarity[surrounded(valid, WINDOW)].mean()


def edges(depth, valid):
    depth = np.where(valid, depth, 0)
    length = np.hypot(ndimage.sobel(depth, axis=0), ndimage.sobel(depth, axis=1)) / 8
    return (length > EDGE_THRESHOLD) & surrounded(valid, 3)


def edge_counts(reference, candidate, valid):
    of_reference, of_candidate = edges(reference, valid), edges(candidate, valid)
    near = np.ones((3, 3))
    return {
        "reference": of_reference.sum(),
        "candidate": of_candidate.sum(),
        "reference_found": (of_reference & ndimage.binary_dilation(of_candidate, near)).sum(),
        "candidate_found": (of_candidate & ndimage.binary_dilation(of_reference, near)).sum(),
    }


def pixel_metrics(r, c, data_range):
    """Of the valid pixels, [P] float64."""
    values = {
        "mae": np.abs(c - r).mean(),
        "rmse": metrics.mean_squared_error(r, c) ** 0.5,
        "max_error": np.abs(c - r).max(),
        "pearson": stats.pearsonr(r, c).statistic,
        "spearman": stats.spearmanr(r, c).statistic,
        "psnr": metrics.peak_signal_noise_ratio(r, c, data_range=data_range),
    }
    if min(r.min(), c.min()) > 0:
        ratio = np.maximum(r / c, c / r)
        values["abs_rel"] = (np.abs(c - r) / r).mean()
        for power in (1, 2, 3):
            values[f"delta{power}"] = (ratio < 1.25**power).mean()
        values["silog"] = 100 * np.std(np.log(c) - np.log(r))
    return values


def measure(reference, candidate, valid):
    reference, candidate = np.float64(reference), np.float64(candidate)
    data_range = np.ptp(reference[valid])
    return {
        "range": data_range,
        "metrics": {
            **pixel_metrics(reference[valid], candidate[valid], data_range),
            "ssim": structural_similarity(reference, candidate, valid, data_range),
        },
        "edges": edge_counts(reference, candidate, valid),
    }


def pooled(cases):
    """All cases as one clip; the ranks also of values as PooledRanks tells them apart."""
    r, c = (np.concatenate([case[map_][case[2]] for case in cases.values()]) for map_ in (0, 1))
    lost = np.uint32(2 ** (32 - POOLED_BITS) - 1)
    coarse = [(values.view(np.uint32) & ~lost).view(np.float32) for values in (r, c)]
    data_range = np.ptp(r)
    return {
        "range": float(data_range),
        "metrics": pixel_metrics(np.float64(r), np.float64(c), np.float64(data_range)),
        "coarse_spearman": stats.spearmanr(*coarse).statistic,
    }


def make_flow():
    """Offsets to the frame before, some out of the frame and one NaN, and what is visible."""
    generator = np.random.default_rng(8)
    offset = np.float32(2 * generator.standard_normal((2, HEIGHT, WIDTH)))
    offset[:, 10:20] = np.round(offset[:, 10:20])  # Whole pixels.
    offset[0, 5, 5] = np.nan
    visible = generator.random((HEIGHT, WIDTH)) < 0.9
    return offset, visible


def changes(before, now, offset, visible):
    """Without and along the flow."""
    still = before[2] & now[2]
    where = np.mgrid[:HEIGHT, :WIDTH] + np.float64(offset[::-1])
    inside = (where >= 0) & (where <= np.array([HEIGHT - 1, WIDTH - 1]).reshape(2, 1, 1))
    counted = now[2] & visible & inside.all(axis=0)
    where = np.where(counted, where, 0)

    def warped(image):
        return ndimage.map_coordinates(np.float64(image), where, order=1)

    # Invalid pixels are 1 here, so that any that has a part shows.
    counted &= warped(~before[2]) == 0
    values = {"still_pixels": still.sum(), "moved_pixels": counted.sum()}
    for name, map_ in (("reference", 0), ("candidate", 1)):
        old, current = (np.where(frame[2], frame[map_], 0).astype(float) for frame in (before, now))
        values[f"still_{name}"] = np.abs(current - old)[still].sum()
        values[f"moved_{name}"] = np.abs(current - warped(old))[counted].sum()
    return values


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)

    cases = make_cases()
    offset, visible = make_flow()
    for name, (reference, candidate, valid) in cases.items():
        np.save(folder / f"{name}_reference.npy", reference)
        np.save(folder / f"{name}_candidate.npy", candidate)
        if not valid.all():
            np.save(folder / f"{name}_valid.npy", valid)
    np.save(folder / "flow_offset.npy", offset)
    np.save(folder / "flow_visible.npy", visible)
    record = {
        "versions": {module.__name__: module.__version__ for module in (np, scipy, skimage)},
        "edge_threshold": EDGE_THRESHOLD,
        "cases": {name: measure(*case) for name, case in cases.items()},
        "pooled": pooled(cases),
        # From the masked case to the smooth one.
        "changes": changes(cases["masked"], cases["smooth"], offset, visible),
    }
    text = json.dumps(record, indent=1, default=lambda number: number.item())
    (folder / "metrics.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
