#!/usr/bin/env python3
"""Trains the default model on rendered scenes, on all cores or on one GPU; see README.md.

Every random choice follows from the seed and the step, so that a run of `--steps` on finished
scenes that was interrupted goes on as if it had not been: `last.pt` in the output folder holds all
that is needed. Ctrl-C and TERM end a run with its state saved.
"""

import argparse
import itertools
import math
import os
import signal
import threading
import time
from datetime import timedelta
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
import torch.multiprocessing as mp

from rollingdepth_train.batches import Maker, made_ahead
from rollingdepth_train.checkpoint import (load_checkpoint, save_checkpoint, save_weights,
                                           seed_of_run, start_from)
from rollingdepth_train.model import (DepthModel, backbone_parameters, imagenet_weights,
                                      load_backbone)
from rollingdepth_train.objective import held_out_error, loss_of
from rollingdepth_train.progress import Clock, Log, Plan, rate_at
from rollingdepth_train.renderer import Renderer, Turns
from rollingdepth_train.schedule import ALPHA_BAR
from rollingdepth_train.scenes import Scenes

LEARNING_RATE, BACKBONE_RATE = 6e-4, 1.5e-4
EMA_DECAY = {"cpu": 0.999, "cuda": 0.998}
SAVE_SECONDS = 60
REPORTS = 20  # Of a run by the clock, at most one a minute: each costs what some steps do.
SETTINGS = ("steps", "minutes", "seed", "batch", "rate", "processes", "device", "unfreeze")


def exchanged(parameters: list[torch.nn.Parameter], processes: int, news: list[float]) -> list[float]:
    """Replaces every gradient by its mean over the processes; returns the news of the first one."""
    flat = torch.cat([p.grad.flatten() if p.grad is not None else p.new_zeros(p.numel())
                      for p in parameters])
    flat /= processes
    extra = torch.tensor(news if dist.get_rank() == 0 else [0.0] * len(news))
    flat = torch.cat([flat, extra])
    dist.all_reduce(flat)
    for p, part in zip(parameters, flat[: -len(news)].split([p.numel() for p in parameters])):
        p.grad = torch.empty_like(p).copy_(part.view_as(p))  # Laid out as the weights.
    return flat[-len(news) :].tolist()


class Run:
    """One process of the training: networks, optimiser, data."""

    def __init__(self, rank: int, arguments, folders: list[Path]):
        self.rank, self.arguments = rank, arguments
        self.model, self.ema = (DepthModel(ALPHA_BAR.clone()) for _ in range(2))
        slow = backbone_parameters(self.model)
        if arguments.start:
            start_from(self.model, arguments.start)
        else:
            load_backbone(self.model.encoder, imagenet_weights())
        if arguments.unfreeze:
            frozen = [p for p in self.model.parameters() if not p.requires_grad]
            slow += [p.requires_grad_(True) for p in frozen]
        for network in (self.model, self.ema):
            network.to(arguments.device).to(memory_format=torch.channels_last)
        self.ema.load_state_dict(self.model.state_dict())
        known = {id(p) for p in slow}
        fast = [p for p in self.model.parameters() if p.requires_grad and id(p) not in known]
        self.learning = fast + slow
        self.optimiser = torch.optim.AdamW(
            [{"params": fast, "peak": LEARNING_RATE * arguments.rate},
             {"params": slow, "peak": BACKBONE_RATE * arguments.rate}],
            betas=(0.9, 0.98), weight_decay=0.02, foreach=True)
        self.settings = {name: getattr(arguments, name) for name in SETTINGS}
        self.path = arguments.output / "last.pt"
        self.first, before = load_checkpoint(self.path, self.model, self.ema, self.optimiser,
                                             self.settings)
        waited = time.monotonic() - arguments.began  # For the first scenes.
        self.clock, self.plan = Clock(before + waited), Plan(arguments.steps, arguments.minutes)
        self.maker = Maker([Scenes(folder) for folder in folders], arguments.seed, rank,
                           arguments.device, arguments.batch)

    def step(self, raw, step: int, share: float) -> tuple[dict[str, torch.Tensor], int]:
        """Gradients of one batch; returns the terms of its loss and how many snippets it had."""
        for group in self.optimiser.param_groups:
            group["lr"] = group["peak"] * rate_at(step, share)
        batch = self.maker.finished(raw)
        terms = loss_of(self.model, batch, self.arguments.device)
        terms["total"].backward()
        return terms, len(batch.target)

    def learn(self, step: int) -> bool:
        """Takes the optimiser's step, and the average's; leaves one out that would spoil all weights.

        The gradients are the same in all processes, and so is what they do.
        """
        norm = torch.nn.utils.clip_grad_norm_(self.learning, 1.0)
        sound = bool(torch.isfinite(norm))
        if sound:
            self.optimiser.step()
            decay = min(EMA_DECAY[self.arguments.device], (step + 1) / (step + 10))
            with torch.no_grad():
                torch._foreach_lerp_(list(self.ema.parameters()), list(self.model.parameters()),
                                     1 - decay)
        self.optimiser.zero_grad(set_to_none=True)
        return sound

    def save(self, step: int) -> None:
        save_checkpoint(self.path, self.model, self.ema, self.optimiser, step, self.settings,
                        self.clock.seconds())
        if self.arguments.weights:
            save_weights(self.arguments.weights, self.ema)


class Reporter:
    """What the first process does besides learning: the log, held-out errors, checkpoints."""

    def __init__(self, run: Run):
        self._run, arguments = run, run.arguments
        self._log = Log(arguments.output / "log.jsonl", run.first)
        self._held_out = Scenes(arguments.held_out)
        self._recent: list[dict[str, torch.Tensor]] = []
        self._left_out = 0
        self._saved = self._reported_at = run.clock.seconds()
        self._reported = run.first

    def add(self, step: int, terms: dict[str, torch.Tensor], learned: bool) -> None:
        """Takes in the terms of step `step`, from 0 on; reports and saves when it is time.

        @throws FloatingPointError where more than one step of a report and 1 % of its steps had
        gradients that are not finite.
        """
        run = self._run
        self._left_out += not learned
        if self._left_out > 1 and self._left_out > (step + 1 - self._reported) / 100:
            raise FloatingPointError(f"step {step + 1}: {self._left_out} of the last "
                                     f"{step + 1 - self._reported} had no finite gradients")
        if learned and "shape" in terms:
            self._recent.append({name: value.detach() for name, value in terms.items()})
        due = run.clock.seconds() - self._saved >= SAVE_SECONDS
        if self._report_due(step + 1):
            self.report(step + 1)
        elif due:
            run.save(step + 1)
            self._saved = run.clock.seconds()

    def _report_due(self, step: int) -> bool:
        minutes = self._run.arguments.minutes
        if minutes is None:
            return step % self._run.arguments.report == 0
        pause = max(SAVE_SECONDS, 60 * minutes / REPORTS)
        return self._run.clock.seconds() - self._reported_at >= pause

    def report(self, step: int) -> None:
        """Saves the state after `step` steps and logs how good it is. @throws FloatingPointError"""
        arguments, run = self._run.arguments, self._run
        record = {name: float(torch.stack([row[name] for row in self._recent]).mean())
                  for name in (self._recent[0] if self._recent else ())}
        if not math.isfinite(record.get("total", 0.0)):
            raise FloatingPointError(f"step {step}: the loss is not finite")
        if self._left_out:
            record["left_out"] = self._left_out
        self._recent, self._left_out = [], 0
        run.save(step)
        record |= held_out_error(run.ema, self._held_out, arguments.held_out_scenes,
                                 arguments.device)
        self._log.add(step, run.clock.seconds(), record)
        self._saved = self._reported_at = run.clock.seconds()
        self._reported = step

    def finish(self, step: int, early: bool) -> None:
        """The last report after `step` steps, or only what is needed to go on."""
        if early:
            self._run.save(step)
        elif step > self._reported:
            self.report(step)


def work(rank: int, arguments, folders: list[Path], turns: Turns) -> None:
    """One process of the training."""
    if arguments.processes > 1:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)  # The parent ends the run.
        dist.init_process_group("gloo", init_method=f"file://{arguments.output.resolve()}/.meeting",
                                rank=rank, world_size=arguments.processes,
                                timeout=timedelta(hours=2))
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    run = Run(rank, arguments, folders)
    reporter = Reporter(run) if rank == 0 else None
    share, ended, step = run.plan.share(run.first, run.clock.seconds()), False, run.first
    raws = made_ahead(run.maker, itertools.count(run.first), lambda: share, arguments.loaders)
    while not ended and share < 1:
        terms, snippets = run.step(next(raws), step, share)
        share = run.plan.share(step + 1, run.clock.seconds())
        ended = turns.stop.is_set()
        if arguments.processes > 1:
            share, ended = exchanged(run.learning, arguments.processes, [share, float(ended)])
        learned = run.learn(step)
        step += 1
        if reporter:
            reporter.add(step - 1, terms, learned)
        turns.use(snippets)
    raws.close()
    if reporter and step > run.first:
        reporter.finish(step, ended)
    if arguments.processes > 1:
        dist.barrier()
        dist.destroy_process_group()


def start_renderer(arguments, folders: list[Path], turns: Turns) -> Renderer:
    """Renders into a ring below the output, and returns when a first part of it is filled."""
    resumed = (arguments.output / "last.pt").exists()
    # Scenes that no earlier part of the run has seen.
    seed = arguments.seed if not resumed else arguments.seed + 1000 + os.getpid()
    renderer = Renderer(arguments.renderer, arguments.assets, arguments.output / "ring",
                        arguments.ring, seed, arguments.render_threads, arguments.render_options)
    try:
        renderer.wait_for(min(arguments.first, arguments.ring), turns.stop.is_set)
    except BaseException:
        renderer.close()
        raise
    folders.append(renderer.folder)
    return renderer


def train(arguments, folders: list[Path], turns: Turns) -> None:
    """Runs all processes of the training to their end."""
    if arguments.processes == 1:
        work(0, arguments, folders, turns)
        return
    context = mp.spawn(work, args=(arguments, folders, turns), nprocs=arguments.processes,
                       join=False)
    while not context.join():
        pass


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--scenes", type=Path, nargs="*", default=[],
                        help="folders of rendered training scenes")
    parser.add_argument("--held-out", type=Path, required=True, help="scenes of held-out assets")
    parser.add_argument("--output", type=Path, required=True, help="checkpoints and log")
    parser.add_argument("--start", type=Path, help="weights to start from: a model package, a run's "
                        "last.pt, or a file of --weights; default: EfficientNet-Lite0's encoder")
    parser.add_argument("--steps", type=int, default=9000)
    parser.add_argument("--minutes", type=float, help="ends by the clock instead of by --steps; "
                        "what the first scenes take counts, too")
    parser.add_argument("--seed", type=int, help="of the scenes and all that is drawn; default: a new "
                        "one, as the same seed renders the same scenes again, or that of the run which "
                        "is resumed")
    parser.add_argument("--batch", type=float, default=1, help="multiplies the pixels of a step")
    parser.add_argument("--rate", type=float, default=1.0, help="multiplies the learning rates")
    parser.add_argument("--unfreeze", action="store_true",
                        help="let the encoder's first stages and depthwise filters learn, too")
    parser.add_argument("--report", type=int, default=250, help="steps between reports; with "
                        f"--minutes there are {REPORTS}, at most one a minute")
    parser.add_argument("--held-out-scenes", type=int, default=48)
    parser.add_argument("--weights", type=Path, help="also save the averaged weights here, in float16")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--processes", type=int, default=os.cpu_count(),
                        help="on a CPU; one thread each is best")
    parser.add_argument("--loaders", type=int, default=0,
                        help="threads that read scenes ahead; on a GPU about four")
    parser.add_argument("--threads", type=int, default=1, help="per process")
    render = parser.add_argument_group("rendering while training")
    render.add_argument("--renderer", type=Path, help="the program render_scenes")
    render.add_argument("--assets", type=Path, help="what prepare_assets.py wrote")
    render.add_argument("--ring", type=int, default=3000, help="scenes on disk at most")
    render.add_argument("--first", type=int, default=500, help="scenes made before the training")
    render.add_argument("--reuse", type=float, default=4, help="how often a scene is used on "
                        "average; on a GPU the renderer never rests instead")
    render.add_argument("--render-threads", type=int, default=os.cpu_count())
    render.add_argument("--render-options", nargs=argparse.REMAINDER, default=[],
                        help="last: further options of render_scenes")
    arguments = parser.parse_args()
    if not arguments.scenes and not arguments.renderer:
        parser.error("--scenes or --renderer is needed")
    if arguments.renderer and not arguments.assets:
        parser.error("--renderer needs --assets")
    if arguments.device == "cuda":
        arguments.processes = 1
    return arguments


def main() -> None:
    arguments = parse()
    arguments.began = time.monotonic()
    arguments.output.mkdir(parents=True, exist_ok=True)
    arguments.seed = seed_of_run(arguments.seed, arguments.output / "last.pt")
    print(f"seed {arguments.seed}", flush=True)
    (arguments.output / ".meeting").unlink(missing_ok=True)
    turns, ended = Turns(mp.get_context("spawn")), threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: turns.end())
    folders = list(arguments.scenes)
    renderer = start_renderer(arguments, folders, turns) if arguments.renderer else None
    keeper = None
    try:
        if renderer and arguments.device == "cpu":
            burst = max(arguments.first // 4, 1)
            keeper = threading.Thread(target=turns.hold,
                                      args=(renderer, arguments.reuse, burst, ended))
            keeper.start()
        if not turns.stop.is_set():
            train(arguments, folders, turns)
    finally:
        ended.set()
        if keeper:
            keeper.join()
        if renderer:
            renderer.close()


if __name__ == "__main__":
    main()
