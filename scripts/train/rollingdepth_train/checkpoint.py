"""What a training run leaves on disk, and how one starts from it."""

import secrets
from pathlib import Path

import torch

from .layers import NormalizedConv
from .model import DepthModel


def save_checkpoint(path: Path, model, ema, optimiser, step: int, settings: dict,
                    seconds: float = 0.0) -> None:
    """Writes the state after `step` steps; an interrupted write leaves the old file whole.

    `settings` is what the course of the run depends on besides its data, `seconds` what it took.
    """
    partial = path.with_suffix(".partial")
    torch.save({"model": model.state_dict(), "ema": ema.state_dict(), "step": step,
                "optimiser": optimiser.state_dict(), "settings": settings,
                "seconds": seconds}, partial)
    partial.replace(path)


def load_checkpoint(path: Path, model, ema, optimiser, settings: dict) -> tuple[int, float]:
    """Restores what save_checkpoint wrote; returns its step and seconds, 0 where there is no file.

    @throws ValueError for a run that was started with other settings.
    """
    if not path.exists():
        return 0, 0.0
    state = torch.load(path, weights_only=True, map_location="cpu")
    if state["settings"] != settings:
        raise ValueError(f"{path} is of a run with {state['settings']}, not {settings}")
    model.load_state_dict(state["model"])
    ema.load_state_dict(state["ema"])
    optimiser.load_state_dict(state["optimiser"])
    return state["step"], state.get("seconds", 0.0)


def seed_of_run(given: int | None, path: Path) -> int:
    """The seed of a run with its checkpoint at `path`: that which was given, else that of the run to go
    on with, else a new one. A seed that two runs share renders the same scenes in both."""
    if given is not None:
        return given
    if path.exists():
        return torch.load(path, weights_only=True, map_location="cpu")["settings"]["seed"]
    return secrets.randbelow(2**31)


def save_weights(path: Path, model: DepthModel) -> None:
    """Writes the weights alone, in float16 (13 MB); an interrupted write leaves the old file whole."""
    partial = path.with_suffix(".partial")
    # All of the schedule's numbers stay float32: float16 would round the smallest to 0.
    state = {name: value.cpu() if name.endswith(("signal", "alpha_bar")) else value.half().cpu()
             for name, value in model.state_dict().items()}
    torch.save({"ema": state}, partial)
    partial.replace(path)


def start_from(model: DepthModel, path: Path) -> None:
    """Takes the weights of a package, of a run's last.pt (their average), or of save_weights."""
    if path.is_dir():
        start_from_package(model, path)
        return
    state = torch.load(path, weights_only=True, map_location="cpu")["ema"]
    _take(model, {name: value.float() for name, value in state.items()}, "")


def _take(network: torch.nn.Module, given: dict[str, torch.Tensor], name: str) -> None:
    """Copies the weights of the same or an older network; what that did not have stays as it is.

    @throws ValueError where fewer than half of the tensors fit.
    """
    state = network.state_dict()
    fitting = {key: value for key, value in given.items()
               if key in state and state[key].shape == value.shape}
    if len(fitting) < len(state) / 2:
        raise ValueError(f"only {len(fitting)} of {len(state)} weights {name} fit this network")
    left = sorted(set(state) - set(fitting))
    if left:
        print(f"weights {name} that are not there, and stay as they are: {', '.join(left)}")
    network.load_state_dict(state | fitting)


def start_from_package(model: DepthModel, folder: Path) -> None:
    """Takes the weights of a package that package_default.py wrote.

    Folded convolutions come back as unit filters with a scale, as they were before folding.
    """
    for name in ("encoder", "unet", "decoder"):
        network = getattr(model, name)
        packed = {key: value.float()
                  for key, value in torch.jit.load(str(folder / f"{name}.ts")).state_dict().items()}
        unfolded = {}
        for path, module in network.named_modules():
            if not isinstance(module, NormalizedConv):
                continue
            if f"{path}.conv.bias" not in packed:
                continue  # Younger than the package.
            weight = packed.pop(f"{path}.conv.weight")
            scale = weight.flatten(1).norm(dim=1).clamp_min(1e-8)
            unfolded[f"{path}.conv.weight"] = weight / scale[:, None, None, None]
            unfolded[f"{path}.scale"] = scale
            unfolded[f"{path}.shift"] = packed.pop(f"{path}.conv.bias")
        _take(network, packed | unfolded, f"of the {name}")
