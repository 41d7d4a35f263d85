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
from rollingdepth_train.drift import object_drifts
from rollingdepth_train.edges import TrueEdges
from rollingdepth_train.metrics import (baselines, errors, flicker, near_truth, picture_errors,
                                        warped_flicker)
from rollingdepth_train.scenes import Scenes
from rollingdepth_train.schedule import START_TIMESTEP


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


def means(measured: list[dict[str, float]]) -> dict[str, float]:
    """The mean of every measure over the records that have it."""
    return {key: float(np.mean([m[key] for m in measured if key in m]))
            for key in sorted({k for m in measured for k in m})}


def held_out(package: Package, scenes: Scenes, count: int, res_px: int | None) -> dict:
    """Means over held-out snippets of every measure, for the model and the baselines.

    The networks see the scenes at `res_px` pixels of width, or as they are.
    """
    width = res_px or scenes.width_px
    height = round(width * scenes.height_px / scenes.width_px / 4) * 4
    rows: dict[str, list[dict[str, float]]] = {}
    for scene in range(min(count, len(scenes))):
        truth = near_truth(scenes.inverse_depth(scene))
        if truth is None:
            continue
        rgb = scenes.rgb[scene]
        prediction = resized(package.depth(resized(rgb, width, height)), *rgb.shape[2:0:-1])
        edges = TrueEdges(truth)
        measured = (single_errors([prediction], truth) | edges.scores([prediction])
                    | flicker(prediction, truth))
        if not scenes.moving[scene]:
            measured["warped_change"] = warped_flicker(prediction, truth, scenes.focal_px[scene],
                                                       scenes.pose[scene].astype(np.float64))
        rows.setdefault("model", []).append(measured)
        for name, features in baselines(grey_of(rgb)).items():
            rows.setdefault(name, []).append(single_errors(features, truth) | edges.scores(features))
    return {name: means(measured) for name, measured in rows.items()}


def single_errors(features: list[np.ndarray], truth: np.ndarray) -> dict[str, float]:
    """Errors after one fit of the clip, and after one of each picture."""
    return errors(features, truth) | picture_errors(features, truth)


def rendered_clips(scenes: Scenes, program: Path, package: Path, res_px: int | None,
                   preset: str) -> dict:
    """Errors of rendered clips, and drift of the objects that move in them, as `real_clip`.

    The means are over clips, and for drifts over all objects of all clips.
    """
    if scenes.objects is None:
        raise SystemExit("evaluate: --clips: rendered without --objects")
    rows: dict[str, list[dict[str, float]]] = {}
    drifts: dict[str, list[dict[str, float]]] = {}
    for scene in range(len(scenes)):
        truth = near_truth(scenes.inverse_depth(scene))
        if truth is None:
            continue
        rgb = np.array(scenes.rgb[scene])
        prediction = run_program(program, package, rgb, res_px, preset)
        for name, features in {"model": [prediction], **baselines(grey_of(rgb))}.items():
            rows.setdefault(name, []).append(errors(features, truth))
            drifts.setdefault(name, []).extend(object_drifts(features, truth, scenes.objects[scene]))
        rows["model"][-1] |= flicker(prediction, truth)
    return {name: means(rows[name]) | means(drifts[name]) | {"objects": len(drifts[name])}
            for name in rows}


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
    rows = {"model": single_errors([prediction], clip.inverse_depth)}
    if len(clip.rgb) > 1:
        rows["model"] |= flicker(prediction, clip.inverse_depth)
    for name, features in baselines(grey_of(clip.rgb)).items():
        rows[name] = single_errors(features, clip.inverse_depth)
    return rows


def show(name: str, rows: dict) -> None:
    print(f"\n{name}")
    for row, measures in rows.items():
        print(f"  {row:28}" + "".join(f"{key} {value:.4f}   " for key, value in measures.items()
                                       if not key.startswith("edge_") or key == "edge_f"))
    ratio = rows["model"]["abs_rel"] / rows["row + brightness"]["abs_rel"]
    print(f"  AbsRel against row + brightness: {ratio:.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split(";")[0])
    parser.add_argument("--package", type=Path, required=True)
    parser.add_argument("--program", type=Path, help="the rollingdepth executable, for real clips")
    parser.add_argument("--held-out", type=Path, help="folder of held-out scenes")
    parser.add_argument("--scenes", type=int, default=300, help="held-out scenes to measure")
    parser.add_argument("--clips", type=Path, help="folder of held-out clips, rendered with "
                        "--views 40 --objects; needs --program")
    parser.add_argument("--res", type=int, help="width at which the networks run; default: that of "
                        "the held-out scenes, and the package's for real clips")
    parser.add_argument("--preset", default="fast")
    parser.add_argument("--root", type=Path,
                        help="where the packages of real clips are unpacked; without it none is run")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", type=Path, help="write all figures here")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    figures = {}
    if arguments.held_out:
        figures["held-out scenes"] = held_out(Package(arguments.package), Scenes(arguments.held_out),
                                              arguments.scenes, arguments.res)
    if arguments.clips and not arguments.program:
        parser.error("--clips needs --program")
    if arguments.clips:
        figures["rendered clips"] = rendered_clips(Scenes(arguments.clips), arguments.program,
                                                   arguments.package, arguments.res,
                                                   arguments.preset)
    if arguments.program and arguments.root:
        for read in REAL_CLIPS:
            try:
                clip = read(arguments.root)
            except FileNotFoundError as error:
                print(f"{read.__name__} left out: {error}")
                continue
            figures[clip.name] = real_clip(clip, arguments.program, arguments.package,
                                           arguments.res, arguments.preset)
    for name, rows in figures.items():
        show(name, rows)
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
