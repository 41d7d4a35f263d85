#!/usr/bin/env python3
"""Trains the default model on rendered scenes, on all cores or on one GPU; see README.md.

Every random choice follows from the seed and the step, so that a run that was interrupted goes on
as if it had not been: `last.pt` in the output folder holds all that is needed.
"""

import argparse
import json
import math
import os
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
import torch.multiprocessing as mp

from rollingdepth_train.checkpoint import load_checkpoint, save_checkpoint, start_from_package
from rollingdepth_train.losses import depth_loss, gradient_difference
from rollingdepth_train.model import (DepthModel, backbone_parameters, imagenet_weights,
                                      load_backbone)
from rollingdepth_train.schedule import ALPHA_BAR, REFINEMENT_TIMESTEPS, START_TIMESTEP
from rollingdepth_train.scenes import Scenes, batch_of
from rollingdepth_train.targets import normalised

# (share of the steps, sizes in pixels, frames per process and step)
PHASES = {
    "cpu": ((0.55, ((160, 120), (176, 96), (144, 112)), 12),
            (0.85, ((208, 160), (256, 144), (192, 144)), 9),
            (1.00, ((256, 192), (256, 144)), 6)),
    "cuda": ((0.50, ((192, 144), (208, 112)), 96),
             (1.00, ((256, 192), (256, 144)), 64)),
}
LEARNING_RATE, BACKBONE_RATE, WARM_UP_STEPS = 6e-4, 1.5e-4, 200
SINGLE_SHARE, REFINE_SHARE = 0.5, 0.12
EMA_DECAY = 0.999


def rate_at(step: int, steps: int) -> float:
    """The share of the peak learning rate: a linear warm-up, then a half cosine to zero."""
    if step < WARM_UP_STEPS:
        return (step + 1) / WARM_UP_STEPS
    return 0.5 + 0.5 * math.cos(math.pi * (step - WARM_UP_STEPS) / max(steps - WARM_UP_STEPS, 1))


def predict(model: DepthModel, rgb: torch.Tensor, views: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Depth of snippets by the one step of the fast presets: [B, L, h, w], and colour latents."""
    colour = model.encoder(rgb)
    noise = torch.randn_like(colour)
    latent = model.unet(torch.cat([colour, noise], 1), START_TIMESTEP, views)
    return model.decoder(latent).unflatten(0, (-1, views))[:, :, 0], colour


def refine_loss(model: DepthModel, rgb: torch.Tensor, target: torch.Tensor, views: int,
                rng: np.random.Generator) -> torch.Tensor:
    """One step of the refinement: a distorted depth map, encoded and noised, is set right."""
    low, high = target.amin((1, 2, 3), keepdim=True), target.amax((1, 2, 3), keepdim=True)
    clean = (2 * (target - low) / (high - low) - 1).flatten(0, 1)[:, None]
    coarse = torch.randn(*clean.shape[:2], 5, 7, device=clean.device) * rng.uniform(0, 0.25)
    wrong = clean + torch.nn.functional.interpolate(coarse, clean.shape[2:], mode="bilinear")
    if rng.random() < 0.5:
        wrong = torch.nn.functional.avg_pool2d(wrong, 5, 1, 2, count_include_pad=False)
    timestep = int(rng.choice(REFINEMENT_TIMESTEPS))
    colour, true_latent, wrong_latent = model.encoder(
        torch.cat([rgb, clean.expand(-1, 3, -1, -1), wrong.clamp(-1, 1).expand(-1, 3, -1, -1)])).chunk(3)
    latent = model.unet(torch.cat([colour, model.noised(wrong_latent, timestep)], 1), timestep, views)
    depth, copied = model.decoder(latent), model.decoder(true_latent)
    return ((depth - clean).abs().mean() + 4 * gradient_difference(depth - clean)
            + (copied - clean).abs().mean() + 4 * gradient_difference(copied - clean)
            + 0.05 * (latent - true_latent.detach()).square().mean())


def settled(latent: torch.Tensor) -> torch.Tensor:
    """Keeps latents near mean 0 and deviation 1, so that noise of deviation 1 suits them."""
    latent = latent.float()
    return latent.mean().square() + (latent.std() - 1).square()


@dataclass
class Batch:
    """What one process computes in one step; every choice follows from the seed and the step."""

    rgb: np.ndarray      # [B*L, 3, h, w] in [-1, 1]
    target: np.ndarray   # [B, L, h, w]
    views: int
    refine: bool
    rng: np.random.Generator

    @staticmethod
    def of(step: int, rank: int, scenes: Scenes, arguments) -> "Batch":
        """The share of process `rank` of the batch of `step`."""
        shared = np.random.default_rng([arguments.seed, step])
        own = np.random.default_rng([arguments.seed, step, rank + 1])
        share = step / arguments.steps
        _, sizes, frames = next(phase for phase in PHASES[arguments.device]
                                if share <= phase[0])
        size = sizes[int(shared.integers(len(sizes)))]
        refine = bool(shared.random() < REFINE_SHARE)
        views = 1 if shared.random() < SINGLE_SHARE else 3
        snippets = max(frames * arguments.batch // (views * (2 if refine else 1)), 1)
        rgb, target = batch_of(scenes, snippets, views, size, own)
        return Batch(rgb, target, views, refine, own)


def batches(first: int, rank: int, scenes: Scenes, arguments):
    """Yields the batches from step `first` on, made ahead by `--loaders` threads."""
    if arguments.loaders == 0:
        for step in range(first, arguments.steps):
            yield Batch.of(step, rank, scenes, arguments)
        return
    with ThreadPoolExecutor(arguments.loaders) as pool:
        waiting = deque()
        for step in range(first, arguments.steps):
            waiting.append(pool.submit(Batch.of, step, rank, scenes, arguments))
            if len(waiting) > 2 * arguments.loaders:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def loss_of(model: DepthModel, batch: Batch, device: str) -> dict[str, torch.Tensor]:
    """The loss of one batch, `total`, and its terms where it is not a refinement step."""
    torch.manual_seed(int(batch.rng.integers(2**62)))
    rgb = torch.from_numpy(batch.rgb).to(device, memory_format=torch.channels_last)
    target = torch.from_numpy(batch.target).to(device)
    with torch.autocast(device, torch.bfloat16):
        if batch.refine:
            return {"total": 0.5 * refine_loss(model, rgb, target, batch.views, batch.rng)}
        prediction, colour = predict(model, rgb, batch.views)
    terms = depth_loss(prediction.float(), target)
    terms["total"] = terms["total"] + 0.05 * settled(colour)
    return terms


@torch.no_grad()
def held_out_error(model: DepthModel, scenes: Scenes, count: int, device: str) -> dict[str, float]:
    """The loss terms `shape` and `edges` on up to `count` held-out scenes, unaugmented."""
    shape, edges, used = 0.0, 0.0, 0
    for scene in range(min(count, len(scenes))):
        target = normalised(scenes.inverse_depth(scene))
        if target is None:
            continue
        rgb = torch.from_numpy(scenes.rgb[scene].copy()).permute(0, 3, 1, 2).float().to(device) / 127.5 - 1
        with torch.autocast(device, torch.bfloat16):
            prediction, _ = predict(model, rgb.contiguous(memory_format=torch.channels_last), 3)
        truth = torch.from_numpy(target).to(device)[None]
        terms = depth_loss(prediction.float(), truth)
        shape, edges, used = shape + terms["shape"].item(), edges + terms["edges"].item(), used + 1
    return {"held_out_shape": shape / used, "held_out_edges": edges / used}


class Log:
    """log.jsonl: one JSON object per report. What a resumed run will do again is cut off."""

    def __init__(self, path: Path, first: int):
        self.path, self.started = path, time.monotonic()
        lines = path.read_text().splitlines() if path.exists() else []
        kept = [line for line in lines if json.loads(line)["step"] <= first]
        path.write_text("".join(line + "\n" for line in kept))

    def add(self, step: int, record: dict[str, float]) -> None:
        record = {"step": step, "seconds": round(time.monotonic() - self.started, 1)} | record
        with self.path.open("a") as log:
            log.write(json.dumps(record) + "\n")
        print(json.dumps(record), flush=True)


def average_gradients(parameters: list[torch.nn.Parameter], processes: int) -> None:
    """Replaces every gradient by its mean over the processes."""
    flat = torch.cat([p.grad.flatten() if p.grad is not None else p.new_zeros(p.numel())
                      for p in parameters])
    dist.all_reduce(flat)
    flat /= processes
    for p, part in zip(parameters, flat.split([p.numel() for p in parameters])):
        p.grad = part.view_as(p).clone()


def work(rank: int, arguments) -> None:
    """One process of the training."""
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    if arguments.processes > 1:
        dist.init_process_group("gloo", init_method=f"file://{arguments.output.resolve()}/.meeting",
                                rank=rank, world_size=arguments.processes)
    model = DepthModel(ALPHA_BAR.clone())
    slow = backbone_parameters(model)
    if arguments.start:
        start_from_package(model, arguments.start)
    else:
        load_backbone(model.encoder, imagenet_weights())
    model = model.to(arguments.device).to(memory_format=torch.channels_last)
    ema = DepthModel(ALPHA_BAR.clone()).to(arguments.device).to(memory_format=torch.channels_last)
    ema.load_state_dict(model.state_dict())
    known = {id(p) for p in slow}
    fast = [p for p in model.parameters() if p.requires_grad and id(p) not in known]
    optimiser = torch.optim.AdamW([{"params": fast, "peak": LEARNING_RATE * arguments.rate},
                                   {"params": slow, "peak": BACKBONE_RATE * arguments.rate}],
                                  betas=(0.9, 0.98), weight_decay=0.02)
    settings = {name: getattr(arguments, name)
                for name in ("steps", "seed", "batch", "rate", "processes", "device")}
    path = arguments.output / "last.pt"
    first = load_checkpoint(path, model, ema, optimiser, settings)
    log = Log(arguments.output / "log.jsonl", first) if rank == 0 else None
    held_out = Scenes(arguments.held_out)
    recent = []
    made = batches(first, rank, Scenes(arguments.scenes), arguments)
    for step, batch in enumerate(made, first):
        for group in optimiser.param_groups:
            group["lr"] = group["peak"] * rate_at(step, arguments.steps)
        terms = loss_of(model, batch, arguments.device)
        terms["total"].backward()
        if arguments.processes > 1:
            average_gradients(fast + slow, arguments.processes)
        torch.nn.utils.clip_grad_norm_(fast + slow, 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        decay = min(EMA_DECAY, (step + 1) / (step + 10))
        with torch.no_grad():
            torch._foreach_lerp_(list(ema.parameters()), list(model.parameters()), 1 - decay)
        if "shape" in terms:
            recent.append({name: value.item() for name, value in terms.items()})
        if rank == 0 and (step + 1) % arguments.report == 0:
            record = {name: float(np.mean([r[name] for r in recent])) for name in recent[0]}
            if not math.isfinite(record["total"]):
                raise FloatingPointError(f"step {step + 1}: the loss is not finite")
            record |= held_out_error(ema, held_out, arguments.held_out_scenes, arguments.device)
            recent = []
            save_checkpoint(path, model, ema, optimiser, step + 1, settings)
            log.add(step + 1, record)
    if rank == 0:
        save_checkpoint(path, model, ema, optimiser, arguments.steps, settings)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--scenes", type=Path, required=True, help="rendered training scenes")
    parser.add_argument("--held-out", type=Path, required=True, help="scenes of held-out assets")
    parser.add_argument("--output", type=Path, required=True, help="checkpoints and log")
    parser.add_argument("--start", type=Path,
                        help="model package to start from; default: EfficientNet-Lite0's encoder")
    parser.add_argument("--steps", type=int, default=9000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--batch", type=int, default=1, help="multiplies the frames per step")
    parser.add_argument("--rate", type=float, default=1.0, help="multiplies the learning rates")
    parser.add_argument("--report", type=int, default=250, help="steps between reports")
    parser.add_argument("--held-out-scenes", type=int, default=48)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--processes", type=int, default=os.cpu_count(),
                        help="on a CPU; one thread each is best")
    parser.add_argument("--loaders", type=int, default=0,
                        help="threads that make batches ahead; on a GPU as many as cores")
    parser.add_argument("--threads", type=int, default=1, help="per process")
    return parser.parse_args()


def main() -> None:
    arguments = parse()
    arguments.output.mkdir(parents=True, exist_ok=True)
    (arguments.output / ".meeting").unlink(missing_ok=True)
    if arguments.device == "cuda":
        arguments.processes = 1
    if arguments.processes == 1:
        work(0, arguments)
    else:
        mp.spawn(work, args=(arguments,), nprocs=arguments.processes)


if __name__ == "__main__":
    main()
