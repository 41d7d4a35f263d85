#!/usr/bin/env python3
"""Measures a model package on held-out scenes and on real RGB-D clips; see README.md.

Real clips run through the rollingdepth executable as a user would run it, held-out snippets
through the package's networks. Prints a table, and writes all figures as JSON on request.
"""

import argparse
import json
import subprocess
import tempfile
from pathlib import Path

import cv2
import numpy as np
import torch

from rollingdepth_train.clips import REAL_CLIPS, Clip
from rollingdepth_train.metrics import baselines, errors, flicker, warped_flicker
from rollingdepth_train.scenes import Scenes
from rollingdepth_train.schedule import START_TIMESTEP

FARTHEST_M = 80.0


class Package:
    """The networks of a package in float32, for snippets of frames."""

    def __init__(self, folder: Path):
        self.networks = {name: torch.jit.load(str(folder / f"{name}.ts")).float().eval()
                         for name in ("encoder", "unet", "decoder")}
        self.scale = json.loads((folder / "model.json").read_text())["latent_scale"]

    @torch.inference_mode()
    def depth(self, rgb: np.ndarray) -> np.ndarray:
        """Inverse depth [L, h, w] of one snippet [L, h, w, 3] uint8 by one step from noise."""
        frames = torch.from_numpy(np.array(rgb)).permute(0, 3, 1, 2).float() / 127.5 - 1
        colour = self.networks["encoder"](frames) * self.scale["rgb"]
        noise = torch.randn(1, *colour.shape[1:], generator=torch.Generator().manual_seed(2024))
        latent = self.networks["unet"](torch.cat([colour, noise.expand_as(colour)], 1),
                                       START_TIMESTEP, len(frames))
        return self.networks["decoder"](latent / self.scale["depth"])[:, 0].numpy()


def grey_of(rgb: np.ndarray) -> np.ndarray:
    """Brightness [N, h, w] in [0, 1], BT.601."""
    return rgb @ np.array([0.299, 0.587, 0.114]) / 255


def resized(frames: np.ndarray, width_px: int, height_px: int) -> np.ndarray:
    """Frames [N, h, w] or [N, h, w, 3] at another size, averaged where they shrink."""
    shrinks = width_px < frames.shape[2]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.stack([cv2.resize(frame, (width_px, height_px), interpolation=method)
                     for frame in frames])


def held_out(package: Package, scenes: Scenes, count: int, res_px: int | None) -> dict:
    """Means over held-out snippets of every measure, for the model and the baselines.

    The networks see the scenes at `res_px` pixels of width, or as they are.
    """
    width = res_px or scenes.width_px
    height = round(width * scenes.height_px / scenes.width_px / 4) * 4
    rows: dict[str, list[dict[str, float]]] = {}
    for scene in range(min(count, len(scenes))):
        truth = scenes.inverse_depth(scene).astype(np.float64)
        truth[truth < 1 / FARTHEST_M] = 0
        if (truth > 0).mean() < 0.3:
            continue
        rgb = scenes.rgb[scene]
        prediction = resized(package.depth(resized(rgb, width, height)), *rgb.shape[2:0:-1])
        measured = errors([prediction], truth) | flicker(prediction, truth)
        if not scenes.moving[scene]:
            measured["warped_change"] = warped_flicker(prediction, truth, scenes.focal_px[scene],
                                                       scenes.pose[scene].astype(np.float64))
        rows.setdefault("model", []).append(measured)
        for name, features in baselines(grey_of(rgb)).items():
            rows.setdefault(name, []).append(errors(features, truth))
    return {name: {key: float(np.mean([m[key] for m in list_ if key in m]))
                   for key in sorted({k for m in list_ for k in m})}
            for name, list_ in rows.items()}


def run_program(program: Path, package: Path, rgb: np.ndarray, res_px: int | None,
                preset: str) -> np.ndarray:
    """Inverse depth [N, H, W] that the executable gives for frames [N, H, W, 3] uint8."""
    with tempfile.TemporaryDirectory() as folder:
        frames = Path(folder) / "clip"
        frames.mkdir()
        for index, frame in enumerate(rgb):
            cv2.imwrite(str(frames / f"{index:06d}.png"), frame[..., ::-1])
        command = [program, "-i", frames, "-o", folder, "-c", package, "--preset", preset, "--quiet"]
        if res_px is not None:
            command += ["--res", str(res_px)]
        subprocess.run([str(part) for part in command], check=True)
        depth = np.load(next(Path(folder).glob("*_pred.npy")))
    return resized(depth, *rgb.shape[2:0:-1])


def real_clip(clip: Clip, program: Path, package: Path, res_px: int | None, preset: str) -> dict:
    """Every measure of one real clip, for the model and the baselines."""
    prediction = run_program(program, package, clip.rgb, res_px, preset)
    rows = {"model": errors([prediction], clip.inverse_depth)}
    if len(clip.rgb) > 1:
        rows["model"] |= flicker(prediction, clip.inverse_depth)
    for name, features in baselines(grey_of(clip.rgb)).items():
        rows[name] = errors(features, clip.inverse_depth)
    return rows


def show(name: str, rows: dict) -> None:
    print(f"\n{name}")
    for row, measures in rows.items():
        print(f"  {row:28}" + "".join(f"{key} {value:.4f}   " for key, value in measures.items()))
    ratio = rows["model"]["abs_rel"] / rows["row + brightness"]["abs_rel"]
    print(f"  AbsRel against row + brightness: {ratio:.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split(";")[0])
    parser.add_argument("--package", type=Path, required=True)
    parser.add_argument("--program", type=Path, help="the rollingdepth executable, for real clips")
    parser.add_argument("--held-out", type=Path, help="folder of held-out scenes")
    parser.add_argument("--scenes", type=int, default=300, help="held-out scenes to measure")
    parser.add_argument("--res", type=int, help="width at which the networks run; default: that of "
                        "the held-out scenes, and the package's for real clips")
    parser.add_argument("--preset", default="fast")
    parser.add_argument("--root", type=Path, default=Path("/"),
                        help="where visp-images-data and mrpt-common are unpacked")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", type=Path, help="write all figures here")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    figures = {}
    if arguments.held_out:
        figures["held-out scenes"] = held_out(Package(arguments.package), Scenes(arguments.held_out),
                                              arguments.scenes, arguments.res)
    if arguments.program:
        for read in REAL_CLIPS:
            clip = read(arguments.root)
            figures[clip.name] = real_clip(clip, arguments.program, arguments.package,
                                           arguments.res, arguments.preset)
    for name, rows in figures.items():
        show(name, rows)
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
