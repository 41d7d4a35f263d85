"""What a training run leaves on disk, and how one starts from it."""

from pathlib import Path

import torch

from .layers import NormalizedConv
from .model import DepthModel


def save_checkpoint(path: Path, model, ema, optimiser, step: int, settings: dict) -> None:
    """Writes the state after `step` steps; an interrupted write leaves the old file whole.

    `settings` is what the course of the run depends on besides its data.
    """
    partial = path.with_suffix(".partial")
    torch.save({"model": model.state_dict(), "ema": ema.state_dict(), "step": step,
                "optimiser": optimiser.state_dict(), "settings": settings}, partial)
    partial.replace(path)


def load_checkpoint(path: Path, model, ema, optimiser, settings: dict) -> int:
    """Restores what save_checkpoint wrote and returns its step; 0 where there is no file.

    @throws ValueError for a run that was started with other settings.
    """
    if not path.exists():
        return 0
    state = torch.load(path, weights_only=True, map_location="cpu")
    if state["settings"] != settings:
        raise ValueError(f"{path} is of a run with {state['settings']}, not {settings}")
    model.load_state_dict(state["model"])
    ema.load_state_dict(state["ema"])
    optimiser.load_state_dict(state["optimiser"])
    return state["step"]


def start_from_package(model: DepthModel, folder: Path) -> None:
    """Takes the weights of a package that package_default.py wrote.

    Folded convolutions come back as unit filters with a scale, as they were before folding.
    """
    for name in ("encoder", "unet", "decoder"):
        network = getattr(model, name)
        packed = {key: value.float()
                  for key, value in torch.jit.load(str(folder / f"{name}.ts")).state_dict().items()}
        state = network.state_dict()
        for path, module in network.named_modules():
            if not isinstance(module, NormalizedConv):
                continue
            weight = packed.pop(f"{path}.conv.weight")
            scale = weight.flatten(1).norm(dim=1).clamp_min(1e-8)
            state[f"{path}.conv.weight"] = weight / scale[:, None, None, None]
            state[f"{path}.scale"] = scale
            state[f"{path}.shift"] = packed.pop(f"{path}.conv.bias")
        state.update(packed)
        network.load_state_dict(state)
