"""Real clips with measured depth for the evaluation; never used for training.

`root` is where the Debian packages that hold them are installed or unpacked.
"""

import gzip
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

CASTEL = "usr/share/visp-images-data/ViSP-images/mbt-depth/castel"
BOOKSHELF = "usr/share/mrpt/datasets/tests_rgbd.rawlog"
BOTTLES = ("usr/share/doc/python3-pcl/examples/pcldata/tutorials/correspondence_grouping/"
           "milk_cartoon_all_small_clorox.pcd")
MOTORCYCLE = "usr/lib/python3/dist-packages/skimage/data/motorcycle_{}"

# From castel/chateau_depth.xml and castel/chateau.xml: focal lengths and centres in pixels.
CASTEL_DEPTH_CAMERA = (476.0536193848, 476.0534973145, 311.4845581055, 246.2832336426)
CASTEL_COLOUR_CAMERA = (615.1674804688, 615.1675415039, 312.1889953613, 243.4373779297)
CASTEL_METRES_PER_UNIT = 0.000124986647  # Intel SR300; ViSP's mbtGenericTrackingDepth example.


@dataclass
class Clip:
    """rgb [N, H, W, 3] uint8 and true inverse depth [N, H, W] in 1/metre, 0 where unknown."""

    name: str
    rgb: np.ndarray
    inverse_depth: np.ndarray


def _raw_depth(path: Path) -> np.ndarray:
    """Depth as ViSP stores it: height and width as uint32, then uint16 values."""
    content = np.fromfile(path, np.uint8)
    height, width = content[:8].view(np.uint32)
    return content[8:].view(np.uint16).reshape(height, width).astype(np.float64)


def _seen_from_colour(depth: np.ndarray, colour_from_depth: np.ndarray) -> np.ndarray:
    """Depth [H, W] of the depth camera, drawn as points of 2 x 2 pixels into the colour camera."""
    fx, fy, cx, cy = CASTEL_DEPTH_CAMERA
    row, column = np.nonzero(depth)
    z = depth[row, column]
    points = np.stack([(column - cx) / fx * z, (row - cy) / fy * z, z, np.ones_like(z)])
    x, y, z, _ = colour_from_depth @ points
    fx, fy, cx, cy = CASTEL_COLOUR_CAMERA
    u, v = np.floor(x / z * fx + cx).astype(int), np.floor(y / z * fy + cy).astype(int)
    out = np.full(depth.shape, np.inf)
    for dv, du in ((0, 0), (0, 1), (1, 0), (1, 1)):
        inside = (u + du >= 0) & (v + dv >= 0) & (u + du < out.shape[1]) & (v + dv < out.shape[0])
        np.minimum.at(out, (v[inside] + dv, u[inside] + du), z[inside])
    return out


def castel(root: Path) -> Clip:
    """30 grey frames of a model castle on a desk with an SR300's depth (visp-images-data)."""
    folder = root / CASTEL
    colour_from_depth = np.linalg.inv(np.loadtxt(folder / "depth_M_color.txt"))
    rgb, inverse = [], []
    for index in range(30):
        grey = cv2.imread(str(folder / f"castel/image_{index:04d}.pgm"), cv2.IMREAD_GRAYSCALE)
        rgb.append(np.repeat(grey[..., None], 3, 2))
        depth = _raw_depth(folder / f"castel/depth_image_{index:04d}.bin") * CASTEL_METRES_PER_UNIT
        inverse.append(1 / _seen_from_colour(depth, colour_from_depth))
    return Clip("castel", np.stack(rgb), np.stack(inverse))


def bookshelf(root: Path) -> Clip:
    """One colour frame of a bookshelf before a wall with a Kinect's depth (mrpt-common).

    A log of MRPT with one serialised observation: after a marker and a count n come n points as
    three float arrays (x is the depth in metres), then their columns and rows in the picture.
    """
    content = gzip.decompress((root / BOOKSHELF).read_bytes())
    start = content.index(b"CPose3D") + len(b"CPose3D")
    start = content.index(b"\x88\x01", start) + 2
    count = int.from_bytes(content[start : start + 4], "little")
    depth = np.frombuffer(content, "<f4", count, start + 4)
    columns = np.frombuffer(content, "<u2", count, start + 4 + 12 * count)
    rows = np.frombuffer(content, "<u2", count, start + 4 + 14 * count)
    inverse = np.zeros((480, 640))
    inverse[rows, columns] = 1 / depth
    pixels_end = content.index(b"mrpt::img::TCamera") - 3
    bgr = np.frombuffer(content, np.uint8, 640 * 480 * 3, pixels_end - 640 * 480 * 3)
    return Clip("bookshelf", bgr.reshape(1, 480, 640, 3)[..., ::-1], inverse[None])


def lzf_decoded(packed: bytes, size: int) -> bytes:
    """What LibLZF made `packed` of: runs of literals, and copies of what came before."""
    out = bytearray()
    at = 0
    while at < len(packed):
        control, at = packed[at], at + 1
        if control < 32:
            out += packed[at : at + control + 1]
            at += control + 1
            continue
        length = control >> 5
        if length == 7:
            length, at = length + packed[at], at + 1
        source = len(out) - ((control & 31) << 8) - packed[at] - 1
        at += 1
        for index in range(source, source + length + 2):  # It may copy what it has just written.
            out.append(out[index])
    if len(out) != size:
        raise ValueError(f"{len(out)} bytes where {size} were announced")
    return bytes(out)


def bottles(root: Path) -> Clip:
    """One colour frame of bottles on a carpet, a Kinect's depth (python3-pcl, a PCL tutorial's).

    A point cloud in the camera's order: after the header the packed and the full size, then x, y,
    z and colour (blue, green, red, nothing) of all points; z goes backwards, NaN is unknown.
    """
    content = (root / BOTTLES).read_bytes()
    header = b"DATA binary_compressed\n"
    start = content.index(header) + len(header)
    packed, size = (int(n) for n in np.frombuffer(content, "<u4", 2, start))
    planes = lzf_decoded(content[start + 8 : start + 8 + packed], size)
    height, width = 480, 640
    depth = -np.frombuffer(planes, "<f4", height * width, 8 * height * width)
    colour = np.frombuffer(planes, np.uint8, 4 * height * width, 12 * height * width)
    inverse = np.where(np.isfinite(depth) & (depth > 0), 1 / depth, 0).reshape(1, height, width)
    return Clip("bottles", colour.reshape(1, height, width, 4)[..., 2::-1], inverse)


def motorcycle(root: Path) -> Clip:
    """One colour frame of a motorcycle in a garage, structured light (python3-skimage).

    From Middlebury 2014 (Scharstein et al.), a quarter of its size; unknown is not finite. Focal
    length 994.978 px, baseline 0.193001 m, and 31.086 px between the principal points.
    """
    disparity = np.load(root / MOTORCYCLE.format("disp.npz"))["arr_0"].astype(np.float64)
    known = np.isfinite(disparity)
    inverse = (np.where(known, disparity, 0) + 31.086) / (994.978 * 0.193001) * known
    bgr = cv2.imread(str(root / MOTORCYCLE.format("left.png")))
    return Clip("motorcycle", bgr[None, ..., ::-1], inverse[None])


REAL_CLIPS = (castel, bookshelf, bottles, motorcycle)
