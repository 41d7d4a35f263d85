"""Reads a .pth: a flat dictionary of named tensors."""

import copy
import json
import pickle
import zipfile
from pathlib import Path

import torch

from .config import ExportError


def read_state(path):
    """The tensors of a file, by key; runs no code of it. @throws ExportError."""
    path = Path(path)
    try:
        state = torch.load(path, map_location="cpu", weights_only=True, mmap=None)
    except pickle.UnpicklingError:
        raise ExportError(f"{path}: not a checkpoint of plain tensors; if it asks for code to be "
                          "run, that was not done") from None
    except OSError as error:
        raise ExportError(f"{path}: {error.strerror}") from None
    except Exception:  # What a damaged archive raises depends on where it is damaged.
        raise ExportError(f"{path}: cannot be read as a checkpoint; it is damaged or cut short"
                          ) from None
    _check_archive(path)
    if not isinstance(state, dict) or not state or not all(
            isinstance(key, str) and isinstance(value, torch.Tensor)
            for key, value in state.items()):
        raise ExportError(f"{path}: holds something else than named tensors")
    prefixed = all(key.startswith("module.") for key in state)
    state = {key[len("module."):] if prefixed else key: value for key, value in state.items()}
    for key, value in state.items():
        if value.layout != torch.strided or value.device.type != "cpu":
            raise ExportError(f"{path}: weight {key} is no plain tensor")
        if value.dtype not in (torch.float32, torch.float16, torch.bfloat16):
            raise ExportError(f"{path}: weight {key} is {value.dtype}; floats are needed")
        if not torch.isfinite(value).all():
            raise ExportError(f"{path}: weight {key} holds infinities or NaN")
    return state


def _check_archive(path):
    """PyTorch reads the archive's data without a look at their checksums."""
    if not zipfile.is_zipfile(path):
        return  # As PyTorch wrote it before 1.6: no checksums.
    with zipfile.ZipFile(path) as archive:
        damaged = archive.testzip()
    if damaged:
        raise ExportError(f"{path}: is damaged: {damaged} does not have its checksum")


def shape_of(path, state, key, dims):
    """The shape of a weight of `dims` dimensions. @throws ExportError."""
    if key not in state:
        raise ExportError(f"{path}: weight {key} is missing")
    if state[key].dim() != dims:
        raise ExportError(f"{path}: weight {key} has shape {list(state[key].shape)}, "
                          f"{dims} dimensions are needed")
    return state[key].shape


def read_sizes(path):
    """A JSON file of sizes, bare or below "config". @throws ExportError."""
    try:
        values = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ExportError(f"{path}: cannot be read as JSON: {error}") from None
    if isinstance(values, dict) and isinstance(values.get("config"), dict):
        values = values["config"]
    if not isinstance(values, dict):
        raise ExportError(f"{path}: not a JSON object")
    return values


class Reader:
    """Hands out weights in one dtype and knows which nobody has asked for.

    Takes them out of `state`; `unused` are the beginnings of keys that the network does without.
    """

    def __init__(self, path, state, dtype, unused):
        self.path, self.dtype, self.unused = path, dtype, unused
        self._state = state

    def pop(self, key):
        """As stored; asked for once. @throws ExportError."""
        if key not in self._state:
            raise ExportError(f"{self.path}: weight {key} is missing")
        return self._state.pop(key)

    def take(self, key):
        """In float32. @throws ExportError."""
        return self.pop(key).float()

    def fill(self, module, sources, exact=()):
        """@param sources tensors in float32 by the module's own keys; `exact` ones stay that."""
        state = {}
        for name, empty in module.state_dict().items():
            tensor = sources[name]
            if tensor.shape != empty.shape:
                raise ExportError(f"{self.path}: the weights of {name} have shape "
                                  f"{list(tensor.shape)}, {list(empty.shape)} is needed")
            converted = _alone(tensor.to(tensor.dtype if name in exact else self.dtype))
            if not torch.isfinite(converted).all():
                raise ExportError(f"{self.path}: the weights of {name} are too large for float16; "
                                  "export with --dtype fp32")
            state[name] = converted
        module.load_state_dict(state, assign=True)
        return module.requires_grad_(False)

    def run(self, network, name, part, *arguments):
        """What a part of a network gives, float32; `network` and `name` say where it is.

        Computed in float64: the result is then the same on every processor.
        """
        del network, name
        with torch.inference_mode():
            return copy.deepcopy(part).double()(*(one.double() for one in arguments)).float()

    def finish(self):
        left = [key for key in self._state if not key.startswith(self.unused)]
        if left:
            raise ExportError(f"{self.path}: {len(left)} unknown weights, such as {left[0]}; they "
                              "may change what the network computes")


def _alone(tensor):
    """Contiguous, in memory of its own: a file holds all of what a tensor is a part of."""
    tensor = tensor.contiguous()
    is_part = tensor.untyped_storage().nbytes() != tensor.nbytes
    return tensor.clone() if is_part else tensor


def pair(reader, ours, theirs, bias=True):
    found = {f"{ours}.weight": reader.take(f"{theirs}.weight")}
    if bias:
        found[f"{ours}.bias"] = reader.take(f"{theirs}.bias")
    return found
