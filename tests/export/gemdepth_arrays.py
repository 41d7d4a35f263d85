"""What the modules of GemDepth compute where an array of the original is recorded."""

import torch
import torch.nn.functional as F

from rollingdepth_export.gemdepth.astt import index_embedding
from rollingdepth_export.gemdepth.blocks import turned, turns_of
from rollingdepth_export.gemdepth.camera import relative
from rollingdepth_export.gemdepth.window import run_window

NO_MOTION = torch.tensor([0.0, 0.0, 0.0, 1.0])


def pictures(x, h, w):
    """Flat, channels last [B, h w C] -> [B, C, h, w]."""
    return x.unflatten(1, [h, w, -1]).permute(0, 3, 1, 2)


def matrices(pose, height, width):
    """Poses [T, 9] -> world to camera [T, 4, 4] and intrinsics [T, 3, 3] in pixels."""
    x, y, z, w = F.normalize(pose[:, 3:7].double(), dim=1).unbind(1)
    rotation = torch.stack([
        1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w),
        2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w),
        2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)], 1).reshape(-1, 3, 3)
    extrinsic = torch.eye(4, dtype=torch.float64).repeat(len(pose), 1, 1)
    extrinsic[:, :3, :3], extrinsic[:, :3, 3] = rotation, pose[:, :3]
    intrinsic = torch.eye(3, dtype=torch.float64).repeat(len(pose), 1, 1)
    intrinsic[:, 0, 0] = width / 2 / torch.tan(pose[:, 8].double() / 2)
    intrinsic[:, 1, 1] = height / 2 / torch.tan(pose[:, 7].double() / 2)
    intrinsic[:, 0, 2], intrinsic[:, 1, 2] = width / 2, height / 2
    return extrinsic.float(), intrinsic.float()


class Watch:
    """The results of modules, the last of each, by the name that they were asked for."""

    def __init__(self, networks, names):
        self.seen = {}
        self._hooks = [networks[network].get_submodule(path).register_forward_hook(
            lambda _module, _inputs, result, name=name: self.seen.__setitem__(name, result))
            for name, (network, path) in names.items()]

    def __enter__(self):
        return self.seen

    def __exit__(self, *_):
        for hook in self._hooks:
            hook.remove()


STAGES = {"spatial0": ("astt", "spatial0"), "time0": ("astt", "time0"),
          "spatial1": ("astt", "spatial1"), "time1": ("astt", "time1"),
          "project0": ("levels", "project1"), "project1": ("levels", "project2"),
          "project2": ("levels", "project3"), "project3": ("level4", "project"),
          "level1": ("levels", "enlarge1"), "level2": ("levels", "enlarge2"),
          "level4": ("level4", "shrink"),
          "motion0": ("temporal", "module0"), "motion1": ("temporal", "module1"),
          "refine4": ("temporal", "refine4"), "motion2": ("temporal", "module2"),
          "refine3": ("temporal", "refine3"), "motion3": ("temporal", "module3"),
          "refine2": ("decoder", "refine2"), "refine1": ("decoder", "refine1"),
          "conv1": ("decoder", "output_conv1")}


def pose_arrays(networks, pose, masked):
    """What enters the pose encoders, and their features."""
    features = networks["camera"].features
    rotation, translation = relative(pose)
    rotation[list(masked)], translation[list(masked)] = NO_MOTION, 0
    unit, scale = features.scaled(translation)
    return {"quat_in": rotation, "trans_in": unit, "scale_in": scale,
            "pose_quat": features.rotation(rotation), "pose_trans": features.translation(unit),
            "pose_scale": features.scale(scale)}


def geometry_arrays(networks, frames):
    """From frames to the camera, of one window."""
    h, w = frames.shape[2] // 14, frames.shape[3] // 14
    taps = networks["encoder"](frames)
    taps4 = taps[:, 3 * taps.shape[1] // 4:]
    frame, camera = networks["frame_block"], networks["camera"]
    found = {"taps": taps.unflatten(1, [4, h * w, -1]).transpose(0, 1),
             "frame_in": torch.cat([frame.tokens(taps4[:1], h, w, 1),
                                    frame.tokens(taps4[1:], h, w, 0)])}
    tokens = torch.cat([frame(taps4[:1], h, w, 1), frame(taps4[1:], h, w, 0)])
    found["frame_block"] = tokens.unflatten(1, [h * w + 5, -1])
    # The network gives the camera tokens alone; its block here all.
    cos, sin = turns_of(h, w, 5, frame.head_width, tokens)
    found["global_block"] = networks["global_block"].block(
        found["frame_block"].flatten(0, 1)[None], cos.repeat(len(frames), 1, 1),
        sin.repeat(len(frames), 1, 1), 1).reshape(found["frame_block"].shape)
    found["camera_in"] = networks["global_block"](tokens, h, w)
    found["camera_iterations"] = torch.stack(camera.poses(found["camera_in"]))
    found["extrinsic"], found["intrinsic"] = matrices(
        found["camera_iterations"][-1], frames.shape[2], frames.shape[3])
    return found


def window_arrays(networks, frames, pose, masked=()):
    """All that is recorded of a window, by its name behind the window's."""
    h, w = frames.shape[2] // 14, frames.shape[3] // 14
    found = geometry_arrays(networks, frames)
    still = range(len(frames)) if not pose else masked
    found.update(pose_arrays(networks, found["camera_iterations"][-1], still))
    features = found["pose_quat"] + found["pose_trans"] + found["pose_scale"]
    found["astt_in"] = networks["astt"].enter(
        torch.cat([found["taps"][3].flatten(1), features], dim=1), h, w, int(pose))
    with Watch(networks, STAGES) as seen:
        found["output"] = run_window(networks, frames, pose, masked)
        for name, value in seen.items():
            if name.startswith("motion"):
                value = value[0]
            elif name.startswith("project"):
                value = value.permute(0, 3, 1, 2)
            found[name] = value
    found["level3"] = found["project2"]
    return found


def small_arrays(networks, load):
    """Blocks alone on small numbers, positions and the frames' index, by their recorded names."""
    cells, tokens = load("eps_in"), load("eps_camera_in")
    frame, camera, astt = networks["frame_block"], networks["camera"], networks["astt"]
    cos, sin = turns_of(3, 4, 0, frame.head_width, cells)
    ones = torch.ones(1, 12, 1, 1)
    cos_astt, sin_astt = turns_of(3, 4, 0, astt.spatial0.head_width, cells)
    return {
        "eps_gem_block": frame.block(cells[None], cos, sin, 1)[0],
        "eps_spatial_block": astt.spatial0(cells[None], 3, 4)[0],
        "eps_time_block": astt.time0.block(cells[None])[0],
        "eps_dec_norm": astt.norm(cells),
        "eps_camera_iterations": torch.stack(camera.poses(tokens)),
        "eps_adaln": camera.adapted_norm(tokens),
        "eps_trunk_block": camera.trunk[0](tokens[None])[0],
        "rope_gem": turned(ones.expand(-1, -1, 1, frame.head_width), cos, sin)[:, :, 0],
        "rope_astt": turned(ones.expand(-1, -1, 1, astt.spatial0.head_width), cos_astt,
                            sin_astt)[:, :, 0],
        "index_embedding": index_embedding(32, cells.shape[1]),
    }
