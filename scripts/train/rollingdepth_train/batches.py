"""Training batches: snippets are read by threads, and cut, normalised and photographed on the
device that trains."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from .camera import photographed
from .scenes import Scenes, draw_snippet
from .targets import normalised_batch

# Width over height: upright phones, prints, television, wide screens, cinema.
ASPECTS = (9 / 16, 3 / 4, 1.0, 4 / 3, 4 / 3, 3 / 2, 16 / 9, 16 / 9, 16 / 9, 21 / 9)
LARGEST_PX = 384
REFINE_SHARE = 0.08
# Steps in a row whose frames have one size, by device: oneDNN compiles its kernels for each anew.
SAME_SIZE_STEPS = {"cpu": 8, "cuda": 1}
MOST_SNIPPETS = 160  # In a step: each is cut by calls of its own, which a GPU waits for.
MOST_ENLARGED = 1.8  # Where the window of the scene can be chosen so.


@dataclass
class Course:
    """How large frames are, how many pixels one process takes in a step, and how many of the steps
    take single frames instead of snippets of three."""

    smallest_px: int  # Of the width; upright frames take it as their height's.
    largest_px: int
    pixels: int
    single_share: float = 0.2


# What a run does until which share of it: small frames first, as they cost less, and on a CPU, which
# sees few scenes, single ones, as three views of a scene show less than three scenes; in the end such as
# people run.
COURSES = {
    "cpu": ((0.4, Course(128, 224, 240_000, 0.7)), (0.8, Course(160, LARGEST_PX, 270_000)),
            (1.0, Course(256, LARGEST_PX, 270_000))),
    "cuda": ((0.4, Course(160, 288, 6_000_000)), (1.0, Course(160, LARGEST_PX, 6_000_000))),
}


def course_at(device: str, share: float) -> Course:
    """The course after `share` of a run on `device` (`cpu` or `cuda`)."""
    courses = COURSES[device]
    return next((course for until, course in courses if share <= until), courses[-1][1])


def draw_size(course: Course, rng: np.random.Generator) -> tuple[int, int]:
    """A random width and height, multiples of 4: the longer side evenly spread over its range."""
    aspect = ASPECTS[int(rng.integers(len(ASPECTS)))]
    longer = rng.uniform(course.smallest_px, course.largest_px)
    width, height = (longer, longer / aspect) if aspect >= 1 else (longer * aspect, longer)
    return max(round(width / 4) * 4, 64), max(round(height / 4) * 4, 64)


@dataclass
class Raw:
    """What a step starts from; all choices follow from seed and step."""

    rgb: Tensor        # [B, L, H, W, 3] uint8
    disparity: Tensor  # [B, L, H, W] int16 that holds uint16
    size: tuple[int, int]
    refine: bool
    rng: np.random.Generator


@dataclass
class Batch:
    """A step's input: rgb [B*L, 3, h, w] in [-1, 1]; target and weight [B, L, h, w]; lowest [B],
    the inverse depth at target -1 as a share of that at +1."""

    rgb: Tensor
    target: Tensor
    weight: Tensor
    lowest: Tensor
    views: int
    refine: bool
    rng: np.random.Generator


def stacked(folders: list[Scenes], count: int, views: int, rng: np.random.Generator,
            pinned: bool) -> tuple[Tensor, Tensor]:
    """`count` random snippets as they were rendered: rgb and disparity of a Raw."""
    snippets = [draw_snippet(folders, views, rng) for _ in range(count)]
    rgb = torch.from_numpy(np.stack([snippet.rgb for snippet in snippets]))
    disparity = np.stack([snippet.disparity for snippet in snippets]).view(np.int16)
    disparity = torch.from_numpy(disparity)
    return (rgb.pin_memory(), disparity.pin_memory()) if pinned else (rgb, disparity)


@dataclass
class Maker:
    """Makes the batches of process `rank`."""

    folders: list[Scenes]
    seed: int
    rank: int
    device: str
    batch: float = 1  # Multiplies the pixels of a step.

    def raw(self, step: int, share: float) -> Raw:
        """Reads what `step` needs, after `share` of the run; may run in any thread."""
        same = SAME_SIZE_STEPS[self.device]
        shared = np.random.default_rng([self.seed, step // same])
        rng = np.random.default_rng([self.seed, step, self.rank + 1])
        course = course_at(self.device, share)
        size = draw_size(course, shared)
        views = 1 if shared.random() < course.single_share else 3
        refine = bool(shared.random(same)[step % same] < REFINE_SHARE)
        per_snippet = size[0] * size[1] * views * (2 if refine else 1)
        count = min(max(round(course.pixels * self.batch / per_snippet), 1), MOST_SNIPPETS)
        rgb, disparity = stacked(self.folders, count, views, rng, self.device == "cuda")
        return Raw(rgb, disparity, size, refine, rng)

    def finished(self, raw: Raw) -> Batch:
        """The batch on its device."""
        noise = torch.Generator(self.device).manual_seed(int(raw.rng.integers(2**62)))
        rgb, inverse_depth = windows(raw.rgb.to(self.device, non_blocking=True),
                                     raw.disparity.to(self.device, non_blocking=True),
                                     raw.size, raw.rng)
        target, useful, lowest = normalised_batch(inverse_depth)
        rgb, weight = photographed(rgb, raw.rng, noise)
        weight = weight * useful[:, None, None, None]
        rgb = rgb.flatten(0, 1).contiguous(memory_format=torch.channels_last)
        return Batch(rgb, target, weight, lowest, target.shape[1], raw.refine, raw.rng)


def windows(rgb: Tensor, disparity: Tensor, size: tuple[int, int],
            rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """A random window of each snippet at `size` (width, height), mirrored half the time.

    Returns colours [B, L, 3, h, w] in [0, 1] and inverse depth [B, L, h, w] of any scale.
    """
    scene_height, scene_width = disparity.shape[2:]
    width, height = size
    largest = min(scene_width / width, scene_height / height)
    least = float(np.clip(1 / (MOST_ENLARGED * largest), 0.55, 0.95))
    colours, depths = [], []
    for frames, values in zip(rgb, disparity):
        share = largest * rng.uniform(least, 1.0)
        w, h = int(width * share), int(height * share)
        left, top = int(rng.integers(scene_width - w + 1)), int(rng.integers(scene_height - h + 1))
        frames = frames[:, top : top + h, left : left + w].permute(0, 3, 1, 2).float() / 255
        values = (values[:, top : top + h, left : left + w].int() & 0xFFFF).float()
        frames = F.interpolate(frames, (height, width), mode="bilinear", antialias=share > 1)
        values = resampled_depth(values, (height, width))
        if rng.random() < 0.5:
            frames, values = frames.flip(-1), values.flip(-1)
        colours.append(frames)
        depths.append(values)
    return torch.stack(colours).clamp(0, 1), torch.stack(depths)


def resampled_depth(values: Tensor, size: tuple[int, int]) -> Tensor:
    """[L, h, w] at another size: smooth on surfaces, without values in between at edges."""
    values = values[:, None]
    nearest = F.interpolate(values, size, mode="nearest-exact")
    smooth = F.interpolate(values, size, mode="bilinear")
    return torch.where((smooth - nearest).abs() < 0.02 * nearest, smooth, nearest)[:, 0]


def made_ahead(maker: Maker, steps: Iterator[int], share: Callable[[], float],
               loaders: int) -> Iterator[Raw]:
    """The raw batches of `steps` in order; with `loaders` threads they are read ahead."""
    if loaders == 0:
        for step in steps:
            yield maker.raw(step, share())
        return
    with ThreadPoolExecutor(loaders) as pool:
        waiting: deque = deque()
        try:
            for step in steps:
                waiting.append(pool.submit(maker.raw, step, share()))
                if len(waiting) > 2 * loaders:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
