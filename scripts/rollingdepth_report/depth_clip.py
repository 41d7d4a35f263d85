"""Reads single frames of a stored depth clip, without reading the clip as a whole where it can.

The kinds of docs/compare.md: `.npy`, `.npz`, a folder of PNG pictures (with or without
depth.json), a folder of OpenEXR pictures (read by ffmpeg).
"""

import json
import os
import re
import subprocess
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

from .fields import Fields


class PictureError(Exception):
    """Why a picture cannot be shown; the page says it in the picture's place."""


def find_file(path, folder):
    """`path` as a comparison names it: relative to the JSON's folder or the working directory."""
    for found in (folder / path, Path(path)):
        # Path.exists throws where a name is too long.
        if os.path.exists(found):
            return found
    raise PictureError(f"{path} is not there")


def read_frame(path, number, height, width, png_scale=1.0):
    """Frame `number` of a clip of `height` x `width`, float32. @throws PictureError."""
    try:
        if path.is_dir():
            depth = picture_frame(path, number, height, width, png_scale)
        elif path.suffix == ".npy":
            depth = frames_of(np.load(path, mmap_mode="r"), height, width)[number]
        elif path.suffix == ".npz":
            depth = npz_frame(path, number, height, width)
        else:
            raise PictureError(f"{path.name} is of an unknown kind")
        if depth.shape != (height, width):
            raise PictureError(f"{path.name} now holds {'×'.join(map(str, depth.shape[::-1]))} "
                               f"pixels, the comparison says {width}×{height}")
        if depth.dtype.kind not in "biuf":
            raise PictureError(f"{path.name} holds {depth.dtype}, not real numbers")
        return np.asarray(depth, dtype=np.float32)
    except PictureError:
        raise
    except Exception as error:  # noqa: BLE001 - each library has exceptions of its own for damage.
        reason = str(error) or type(error).__name__
        raise PictureError(f"{path.name}: cannot read frame {number} ({reason})") from None


def frames_of(array, height, width):
    """[N,H,W] from [N,H,W], [N,1,H,W], [N,H,W,1] or [H,W], as a view."""
    if array.ndim == 4 and array.shape[1] == 1:
        array = array[:, 0]
    elif array.ndim == 4 and array.shape[3] == 1:
        array = array[..., 0]
    if array.ndim == 2:
        array = array[None]
    if array.ndim != 3:
        raise ValueError(f"its shape is {list(array.shape)}")
    return array


def npz_frame(path, number, height, width):
    """Unpacks no further than the frame: a long clip would not fit in memory."""
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.endswith(".npy")]
        if len(names) != 1:
            names = [name for name in names if name == "depth.npy"]
        if not names:
            raise ValueError("it has no array called 'depth'")
        with archive.open(names[0]) as stream:
            version = np.lib.format.read_magic(stream)
            read_header = {(1, 0): np.lib.format.read_array_header_1_0,
                           (2, 0): np.lib.format.read_array_header_2_0}[version]
            shape, fortran_order, dtype = read_header(stream)
            frames = shape[0] if len(shape) > 2 else 1
            if fortran_order or not 0 <= number < frames:
                raise ValueError("the order of its values is not C" if fortran_order
                                 else f"it has {frames} frames")
            size = height * width * dtype.itemsize
            if int(np.prod(shape)) != frames * height * width:
                raise ValueError(f"its shape is {list(shape)}")
            stream.seek(number * size, 1)
            return np.frombuffer(stream.read(size), dtype).reshape(height, width)


def picture_frame(folder, number, height, width, png_scale):
    for suffix in (".png", ".exr"):
        pictures = sorted((file for file in folder.iterdir() if file.suffix.lower() == suffix),
                          key=number_order)
        if pictures:
            break
    else:
        raise ValueError("it has no PNG or EXR pictures")
    if suffix == ".exr":
        return exr_picture(pictures[number], height, width)
    with Image.open(pictures[number]) as picture:
        levels = np.asarray(picture).astype(np.float64)
    listing = folder / "depth.json"
    if listing.exists():
        values = Fields(json.loads(listing.read_text(encoding="utf-8")), listing.name)
        return values.need("min", float) + values.need("scale", float) * levels
    return levels / png_scale


def number_order(file):
    """Names in their order, numbers within by value: 2.png before 10.png."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", file.name)]


def exr_picture(path, height, width):
    """Channel Y. Other channels ffmpeg would take for colours, and mix."""
    probe = ["ffprobe", "-v", "error", "-show_entries", "stream=pix_fmt", "-of", "csv=p=0",
             f"file:{path}"]
    decode = ["ffmpeg", "-v", "error", "-nostdin", "-i", f"file:{path}", "-f", "rawvideo",
              "-pix_fmt", "grayf32le", "-"]
    try:
        kind = subprocess.run(probe, capture_output=True, check=True, text=True).stdout.strip()
        if not kind.startswith("grayf32"):
            raise PictureError(f"{path.name} has no channel Y, the only one that the report reads")
        values = subprocess.run(decode, capture_output=True, check=True).stdout
    except FileNotFoundError:
        raise PictureError("OpenEXR pictures are read by ffmpeg, which is not installed") from None
    except subprocess.CalledProcessError:
        raise PictureError(f"ffmpeg cannot read {path.name}") from None
    return np.frombuffer(values, "<f4").reshape(height, width)
