"""One window through the networks in Python, as the program runs it."""

import torch

from .camera import relative


def pose_features(networks, taps4, h, w, masked=()):
    """The last tap [T, L C] of a window to poses [T, 9] and the sum of their features [T, C].

    `masked` frames count as not moved; the program masks none.
    """
    frame_block = networks["frame_block"]
    tokens = torch.cat([frame_block(taps4[:1], h, w, 1), frame_block(taps4[1:], h, w, 0)])
    camera = networks["camera"]
    dtype = camera.fc1.weight.dtype
    features = camera(networks["global_block"](tokens, h, w).to(dtype))
    pose, features = features[:, :9], features[:, 9:]
    if masked:
        rotation, translation = relative(pose)
        rotation[list(masked)] = torch.tensor([0.0, 0.0, 0.0, 1.0])
        translation[list(masked)] = 0
        features = camera.features(rotation, translation)
    return pose, features


def run_window(networks, frames, pose=True, masked=()):
    """Frames [T, 3, 14 h, 14 w], normalised, to inverse depth [T, 14 h, 14 w].

    Each network is fed in the dtype of its own weights. @param networks eager or scripted, by name.
    """
    def run(name, x, *settings):
        return networks[name](x.to(next(networks[name].parameters()).dtype), *settings)

    h, w = frames.shape[2] // 14, frames.shape[3] // 14
    count = frames.shape[0]
    taps = run("encoder", frames)
    size = taps.shape[1] // 4
    taps4 = taps[:, 3 * size:]
    if pose:
        features = pose_features(networks, taps4, h, w, masked)[1].to(taps4.dtype)
    else:
        features = taps4.new_zeros(count, size // (h * w))
    levels = run("levels", taps[:, :3 * size], h, w)
    taps4 = run("astt", torch.cat([taps4, features], dim=1), h, w, int(pose))
    level4 = run("level4", taps4, h, w)
    path_size = 4 * h * w * networks["temporal"].skip3.conv1.weight.shape[0]
    size3 = levels.shape[1] - 5 * path_size
    state = 2 * (size3 + level4.shape[1]) + 5 * path_size // 2
    path = run("temporal", torch.cat([levels[:, :size3], level4], dim=1),
               levels.new_empty(0, state), h, w, 0)
    depth = []
    for first in range(0, count, 4):  # In between a frame is large.
        part = torch.cat([path[first:first + 4], levels[first:first + 4, size3:]], dim=1)
        depth.append(run("output", run("decoder", part, h, w), h, w).squeeze(1))
    return torch.cat(depth)
