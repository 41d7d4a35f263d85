"""Packs textures and meshes small enough to travel, and unpacks them with PyTorch and NumPy alone.

Textures are what JPEG keeps of them, with xz instead of its entropy coder, so that no decoder of
pictures is needed; meshes are indexed and rounded.
"""

import lzma
import struct

import numpy as np
import torch

from .asset_files import Mesh
from .jpeg import blocks_of, from_blocks, ycc_from_rgb

PART = 100  # Textures that are transformed at a time.
XZ = {"format": lzma.FORMAT_XZ, "filters": [{"id": lzma.FILTER_LZMA2, "preset": 9, "lc": 0, "lp": 0,
                                             "pb": 0}]}


def pack_textures(pixels: np.ndarray, quality: float) -> bytes:
    """Pictures [T, s, s, 3] uint8, s a multiple of 16, at a JPEG quality of at most 70."""
    planes = []
    for first in range(0, len(pixels), PART):
        rgb = torch.from_numpy(np.array(pixels[first : first + PART])).permute(0, 3, 1, 2).float()
        planes.append([part.clamp(-127, 127).to(torch.int8).numpy()
                       for part in blocks_of(ycc_from_rgb(rgb), quality)])
    head = struct.pack("<iif", len(pixels), pixels.shape[1], quality)
    # One frequency after the other, as neighbouring blocks are alike in it.
    return head + records_of(lzma.compress(np.concatenate(part).reshape(-1, 64).T.tobytes(), **XZ)
                             for part in zip(*planes))


def unpack_textures(packed: bytes):
    """Yields what pack_textures was given, [n, s, s, 3] uint8 at a time."""
    count, side, quality = struct.unpack_from("<iif", packed)
    planes = []
    for scale, part in zip((1, 2, 2), from_records(packed, struct.calcsize("<iif"))):
        blocks = (side // 8 // scale) ** 2
        values = np.frombuffer(lzma.decompress(part), np.int8)
        planes.append(values.reshape(64, count, blocks).transpose(1, 2, 0))
    for first in range(0, count, PART):
        parts = [torch.from_numpy(np.ascontiguousarray(plane[first : first + PART])).float()
                 for plane in planes]
        rgb = from_blocks(parts, side, quality)
        yield rgb.round().clamp(0, 255).byte().permute(0, 2, 3, 1).numpy()


def octahedral(normal: np.ndarray) -> np.ndarray:
    """Unit vectors [N, 3] as two bytes [N, 2]. Source: Cigolle et al. 2014, section 3.2."""
    n = normal / np.maximum(np.abs(normal).sum(1, keepdims=True), 1e-9)
    sign = np.where(n[:, :2] >= 0, 1.0, -1.0)
    folded = np.where(n[:, 2:] < 0, (1 - np.abs(n[:, 1::-1])) * sign, n[:, :2])
    return np.round((folded + 1) * 127).astype(np.uint8)


def from_octahedral(packed: np.ndarray) -> np.ndarray:
    """The unit vectors [N, 3] of octahedral."""
    xy = packed.astype(np.float32) / 127 - 1
    z = 1 - np.abs(xy).sum(1, keepdims=True)
    sign = np.where(xy >= 0, 1.0, -1.0)
    xy = np.where(z < 0, (1 - np.abs(xy[:, ::-1])) * sign, xy)
    n = np.concatenate([xy, z], 1)
    return (n / np.linalg.norm(n, axis=1, keepdims=True)).astype(np.float32)


def rounded(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """[N, d] as 16 bits between the least and the largest: the values, and both bounds [2, d]."""
    bounds = np.stack([values.min(0), values.max(0)]).astype(np.float32)
    span = np.maximum(bounds[1] - bounds[0], 1e-9)
    return np.round((values - bounds[0]) / span * 65535).astype(np.uint16), bounds


def bytes_of(values: np.ndarray) -> bytes:
    """Integers [N, ...], differences along N, one byte plane after the other."""
    change = np.diff(values, axis=0, prepend=np.zeros_like(values[:1]))
    return change.reshape(len(values), -1).T.copy().view(np.uint8) \
        .reshape(-1, values.dtype.itemsize).T.tobytes()


def from_bytes(data: bytes, dtype: str, count: int, columns: int) -> np.ndarray:
    """What bytes_of was given, [count, columns]."""
    planes = np.frombuffer(data, np.uint8).reshape(np.dtype(dtype).itemsize, -1)
    change = np.ascontiguousarray(planes.T).view(dtype).reshape(columns, count).T
    return np.cumsum(change, axis=0, dtype=dtype)


def widened(values: np.ndarray, bounds: np.ndarray) -> np.ndarray:
    """The inverse of `rounded`, to 1/65536 of the range."""
    low, high = bounds
    return low + values / np.float32(65535) * (high - low)


def arrays_of(data: bytes, at: int, layout) -> tuple[list[np.ndarray], int]:
    """Arrays that bytes_of wrote one after the other from `at` on, and where they end.

    `layout` holds (dtype, count, columns) of each.
    """
    arrays = []
    for dtype, count, columns in layout:
        size = np.dtype(dtype).itemsize * count * columns
        arrays.append(from_bytes(data[at : at + size], dtype, count, columns))
        at += size
    return arrays, at


def records_of(bodies) -> bytes:
    """Bodies of any size, each after its length."""
    return b"".join(struct.pack("<i", len(body)) + body for body in bodies)


def from_records(packed: bytes, at: int = 0):
    """Yields the bodies of `records_of` from `at` on."""
    while at < len(packed):
        (size,) = struct.unpack_from("<i", packed, at)
        yield packed[at + 4 : at + 4 + size]
        at += 4 + size


def pack_mesh(mesh: Mesh) -> bytes:
    """One mesh, compressed. Positions and texture coordinates become 16 bits each in their range."""
    position, bounds = rounded(mesh.position.reshape(-1, 3))
    uv, uv_bounds = rounded(mesh.uv.reshape(-1, 2))
    normal = octahedral(mesh.normal.reshape(-1, 3))
    corner = np.concatenate([position, normal.astype(np.uint16), uv], 1)
    unique, first, inverse = np.unique(corner, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first)  # In the order of their use, neighbours are alike.
    number = np.empty(len(order), np.int32)
    number[order] = np.arange(len(order), dtype=np.int32)
    vertex = unique[order]
    body = (bytes_of(vertex[:, :3]) + bytes_of(vertex[:, 3:5].astype(np.uint8))
            + bytes_of(vertex[:, 5:]) + bytes_of(number[inverse.reshape(-1)][:, None])
            + bytes_of(mesh.colour) + bytes_of(mesh.texture.astype(np.int32)[:, None]))
    head = struct.pack("<iii", len(mesh), len(vertex), mesh.kind)
    head += np.concatenate([mesh.size_m, bounds.ravel(), uv_bounds.ravel()]).astype("<f4").tobytes()
    return lzma.compress(head + body, **XZ)


def unpack_mesh(packed: bytes) -> Mesh:
    """The mesh of pack_mesh, to 1/65536 of its size."""
    data = lzma.decompress(packed)
    triangles, vertices, kind = struct.unpack_from("<iii", data)
    numbers = np.frombuffer(data, "<f4", 14, 12)
    fields, _ = arrays_of(data, 12 + 14 * 4,
                          (("<u2", vertices, 3), ("u1", vertices, 2), ("<u2", vertices, 2),
                           ("<i4", 3 * triangles, 1), ("u1", triangles, 3), ("<i4", triangles, 1)))
    position, normal, uv, index, colour, texture = fields
    index = index[:, 0]
    return Mesh(kind, numbers[:4],
                widened(position, numbers[4:10].reshape(2, 3))[index].reshape(-1, 3, 3),
                from_octahedral(normal)[index].reshape(-1, 3, 3),
                widened(uv, numbers[10:].reshape(2, 2))[index].reshape(-1, 3, 2),
                colour, texture[:, 0])
