"""Camera features to poses, and poses to features of the frames."""

from typing import Final, List, Tuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .blocks import ScaledBlock

ROUNDS = 4


def multiply(a: Tensor, b: Tensor) -> Tensor:
    """Hamilton products of quaternions x y z w, [T, 4] each."""
    u, v = a[:, :3], b[:, :3]
    s, t = a[:, 3:], b[:, 3:]
    vector = s * v + t * u + torch.linalg.cross(u, v)
    return torch.cat([vector, s * t - (u * v).sum(1, keepdim=True)], dim=1)


def rotate(q: Tensor, x: Tensor) -> Tensor:
    """Vectors x [T, 3], turned by quaternions q [T, 4] divided by their norms."""
    q = q / torch.linalg.vector_norm(q, dim=1, keepdim=True)
    u = q[:, :3]
    side = 2 * torch.linalg.cross(u, x)
    return x + q[:, 3:] * side + torch.linalg.cross(u, side)


class PoseEncoder(nn.Module):
    """[T, inputs] -> [T, C]."""

    def __init__(self, inputs: int, widths: List[int], width: int):
        super().__init__()
        self.fc1 = nn.Linear(inputs, widths[0])
        self.fc2 = nn.Linear(widths[0], widths[1])
        self.fc3 = nn.Linear(widths[1], widths[2])
        self.fc4 = nn.Linear(widths[2], width)
        self.norm = nn.LayerNorm(width, eps=1e-6)

    def forward(self, x: Tensor) -> Tensor:
        x = F.gelu(self.fc2(F.gelu(self.fc1(x.to(self.fc1.weight.dtype)))))
        return self.norm(self.fc4(F.gelu(self.fc3(x))))


class PoseFeatures(nn.Module):
    """Rotations and translations relative to the window's first frame as features.

    Poses are float32, since the scale is a logarithm of small numbers.
    """

    def __init__(self, sizes):
        super().__init__()
        self.rotation = PoseEncoder(4, sizes.pose_widths, sizes.embed)
        self.translation = PoseEncoder(3, sizes.pose_widths, sizes.embed)
        self.scale = PoseEncoder(1, sizes.pose_widths, sizes.embed)

    def scaled(self, translation: Tensor) -> Tuple[Tensor, Tensor]:
        """[T, 3] -> divided by the mean length of those that are not 0; its logarithm, [T, 1]."""
        lengths = torch.linalg.vector_norm(translation, dim=1)
        mean = (lengths.sum() / ((lengths > 0).sum() + 1e-8)).clamp(min=1e-8)
        return translation / mean, torch.log(mean + 1e-8).expand(translation.shape[0], 1)

    def forward(self, rotation: Tensor, translation: Tensor) -> Tensor:
        """[T, 4], [T, 3] -> the sum of the three features, [T, C]."""
        unit, scale = self.scaled(translation)
        return self.rotation(rotation) + self.translation(unit) + self.scale(scale)


def relative(pose: Tensor) -> Tuple[Tensor, Tensor]:
    """Poses [T, 9] -> rotations [T, 4] and translations [T, 3] as the window's first frame sees."""
    rotation, translation = pose[:, 3:7], pose[:, :3]
    first = rotation[:1]
    inverse = torch.cat([-first[:, :3], first[:, 3:]], dim=1) / (first * first).sum()
    inverse = inverse.expand_as(rotation)
    moved = rotate(inverse, translation)
    return multiply(inverse, rotation), moved - moved[:1]


class Camera(nn.Module):
    """Camera features [T, 2 C] of a window to [T, 9 + C], float32: poses, then their features.

    A pose is translation 3, quaternion x y z w (not normalised) 4, vertical and horizontal field of
    view in radians 2.
    """

    rounds: Final[int] = ROUNDS

    def __init__(self, sizes):
        super().__init__()
        width = 2 * sizes.embed
        self.token_norm = nn.LayerNorm(width, eps=1e-5)
        self.empty_pose = nn.Parameter(torch.empty(1, 9))
        self.embed_pose = nn.Linear(9, width)
        self.modulation = nn.Linear(width, 3 * width)
        self.adapted_norm = nn.LayerNorm(width, eps=1e-6, elementwise_affine=False)
        self.trunk = nn.Sequential(*[
            ScaledBlock(width, sizes.camera_heads, sizes.camera_hidden, 1e-5)
            for _ in range(sizes.camera_depth)])
        self.trunk_norm = nn.LayerNorm(width, eps=1e-5)
        self.fc1 = nn.Linear(width, sizes.pose_hidden)
        self.fc2 = nn.Linear(sizes.pose_hidden, 9)
        self.features = PoseFeatures(sizes)

    @torch.jit.export
    def prepare(self) -> None:
        """Optional; once, after the last change of dtype or device: makes forward faster."""
        for block in self.trunk:
            block.prepare()

    def change(self, tokens: Tensor, pose: Tensor) -> Tensor:
        """Tokens [T, 2 C] and poses [T, 9] -> what is to be added to them, [T, 9]."""
        shift, scale, gate = self.modulation(F.silu(self.embed_pose(pose))).chunk(3, dim=-1)
        x = gate * (self.adapted_norm(tokens) * (1 + scale) + shift) + tokens
        x = self.trunk_norm(self.trunk(x.unsqueeze(0)).squeeze(0))
        return self.fc2(F.gelu(self.fc1(x)))

    def poses(self, x: Tensor) -> List[Tensor]:
        """The poses [T, 9] after each round; fields of view are not negative."""
        tokens = self.token_norm(x)
        pose = self.change(tokens, self.empty_pose.expand(x.shape[0], -1))
        found = [pose]
        for _ in range(1, self.rounds):
            pose = pose + self.change(tokens, pose)
            found.append(pose)
        return [torch.cat([each[:, :7], F.relu(each[:, 7:])], dim=1).float() for each in found]

    def forward(self, x: Tensor) -> Tensor:
        pose = self.poses(x)[-1]
        rotation, translation = relative(pose)
        return torch.cat([pose, self.features(rotation, translation).float()], dim=1)
