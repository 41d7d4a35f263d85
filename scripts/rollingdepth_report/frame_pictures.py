"""The worst frames of a comparison as pictures: colour, reference, candidate, difference."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from . import pictures
from .alignment import aligned, valid_pixels
from .colour_frames import colour_frames
from .depth_clip import PictureError, find_file, read_frame
from .number_text import told_apart


@dataclass(frozen=True)
class Picture:
    title: str
    alt: str
    uri: str = ""
    width: int = 0
    height: int = 0
    missing: str = ""  # Why there is no picture.


@dataclass(frozen=True)
class ColourBar:
    title: str
    gradient: str      # CSS.
    values: tuple      # At the left end, in the middle and at the right end.
    labels: tuple      # The same as text.


@dataclass(frozen=True)
class FramePictures:
    frame: object      # measurements.Frame.
    pictures: list
    bars: list


@dataclass(frozen=True)
class DepthPair:
    reference: np.ndarray
    candidate: np.ndarray  # Aligned.
    valid: np.ndarray

    def difference(self):
        """Candidate minus reference, 0 where either does not count."""
        values = np.zeros(self.reference.shape)
        np.subtract(self.candidate, self.reference, out=values, where=self.valid)
        return values


def frame_pictures(comparison, frames, video):
    """FramePictures for each of `frames`. What cannot be shown is a Picture that says why.

    @param video overrides the comparison's own; None where there is neither.
    """
    colours = colour_pictures(comparison, frames, video)
    pairs = [read_pair(comparison, frame) for frame in frames]
    known = [pair for pair in pairs if isinstance(pair, DepthPair)]
    ranges = [pictures.depth_range(pair.reference, pair.valid) for pair in known]
    limit = pictures.difference_limit([pair.difference()[pair.valid] for pair in known],
                                      max([high - low for low, high in ranges], default=0.0))
    # Ground truth is measured depth.
    inverse = not comparison.settings.ground_truth
    return [show(frame, colours[index], pair, limit, inverse)
            for index, (frame, pair) in enumerate(zip(frames, pairs))]


def colour_pictures(comparison, frames, video):
    """A Picture for each frame; [None, ...] where there is no video."""
    path = video or comparison.video
    if path is None:
        return [None] * len(frames)
    title = "Colour"
    # The depth clip may begin later than the video.
    first = comparison.settings.video_from
    try:
        file = Path(video) if video else find_file(path, comparison.folder)
        numbers = [first + frame.number for frame in frames]
        found = colour_frames(file, numbers, pictures.WIDTH_PX)
    except PictureError as error:
        return [Picture(title, "", missing=str(error))] * len(frames)
    return [Picture(title, f"Frame {frame.number} of the video",
                    *pictures.data_uri(found[number])) if number in found else
            Picture(title, "", missing=f"{file.name} has no frame {number}")
            for frame, number in zip(frames, numbers)]


def read_pair(comparison, frame):
    """A DepthPair, or the text that says why there is none."""
    settings = comparison.settings
    sides = []
    try:
        for side in (comparison.reference, comparison.candidate):
            path = find_file(side.path, comparison.folder)
            sides.append(read_frame(path, frame.number, side.height, side.width,
                                    settings.png_scale))
        mask = read_mask(comparison, frame.number)
    except PictureError as error:
        return str(error)
    reference, candidate = sides
    if candidate.shape != reference.shape:
        resized = Image.fromarray(candidate).resize(reference.shape[::-1],
                                                    Image.Resampling.BILINEAR)
        candidate = np.asarray(resized)
    return DepthPair(reference, aligned(candidate, frame.affine or comparison.affine, settings),
                     valid_pixels(reference, candidate, settings, mask))


def read_mask(comparison, number):
    if comparison.mask is None:
        return None
    side = comparison.reference
    path = find_file(comparison.mask, comparison.folder)
    try:
        return read_frame(path, number, side.height, side.width)
    except PictureError:
        # One mask for all frames.
        return read_frame(path, 0, side.height, side.width)


def show(frame, colour, pair, limit, inverse):
    """@param inverse whether larger is nearer, as in what rollingdepth writes."""
    shown = [colour] if colour else []
    names = ("Reference", "Candidate", "Difference")
    if not isinstance(pair, DepthPair):
        shown += [Picture(name, "", missing=pair) for name in names]
        return FramePictures(frame, shown, [])
    low, high = pictures.depth_range(pair.reference, pair.valid)
    colors = pictures.INVERSE_DEPTH_COLORS if inverse else pictures.DEPTH_COLORS
    sides = ((pair.reference, low, high, colors, "depth of the reference"),
             (pair.candidate, low, high, colors, "aligned depth of the candidate"),
             (pair.difference(), -limit, limit, pictures.DIFFERENCE_COLORS,
              "candidate minus reference"))
    for name, (depth, least, most, table, what) in zip(names, sides):
        picture = pictures.coloured(depth, pair.valid, least, most, table)
        shown.append(Picture(name, f"Frame {frame.number}, {what}", *pictures.data_uri(picture)))
    bars = [depth_bar(low, high, colors, inverse),
            colour_bar("Candidate − reference", pictures.DIFFERENCE_COLORS, (-limit, 0.0, limit))]
    return FramePictures(frame, shown, bars)


def depth_bar(low, high, colors, inverse):
    if inverse:
        title, ends = "Inverse depth (larger is nearer)", ("far", "near")
    else:
        title, ends = "Depth (larger is farther)", ("near", "far")
    return colour_bar(title, colors, (low, (low + high) / 2, high), ends)


def colour_bar(title, colors, values, ends=None):
    labels = told_apart(values, 3)
    if ends:
        labels = [f"{ends[0]} {labels[0]}", labels[1], f"{labels[2]} {ends[1]}"]
    return ColourBar(title, pictures.css_gradient(colors), values, tuple(labels))
