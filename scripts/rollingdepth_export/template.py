"""Writes a template: a package without weights, from which `rollingdepth import` makes packages.

It holds the networks' files for weights in float32 and in float16, and of each weight how it is
made of a checkpoint's (recipe.py). docs/models.md describes the format.
"""

import contextlib
import copy
import functools
import io
import json
import lzma
import multiprocessing
import tarfile

import torch

from . import package
from .checkpoint import Networks, Weights, read_text_encoder
from .clip_text import EMPTY_PROMPT, IGNORED_WEIGHTS
from .config import Config
from .gemdepth import package as gemdepth
from .recipe import Recorder
from .state_file import Reader
from .vae import checkpoint_keys

FORMAT_VERSION = 1
FILE = "template.tar.xz"
DTYPES = (torch.float32, torch.float16)
NO_LABELS = {"name": "", "source": "", "license": None, "notice": None, "preferred_res": None,
             "float32_in": {}}
TEXT_ENCODER = "text_encoder"
VOCABULARY = "tokenizer/vocab.json"
# Of the settings in config.json those that model.json takes over, and where it has them.
COPIED = {"vae/config.json": {"scaling_factor": [["latent_scale", "rgb"],
                                                 ["latent_scale", "depth"]]}}
SCHEDULER = "scheduler/scheduler_config.json"


class RecipeReader(Reader):
    """Of a .pth, of which no values are needed."""

    def __init__(self, recorder, path, state, dtype, unused):
        super().__init__(path, state, dtype, unused)
        self._recorder = recorder
        recorder.unused = list(unused)

    def take(self, key):
        return self._recorder.take([key], self.pop(key).shape, torch.float32)

    def run(self, network, name, part, *arguments):
        with torch.inference_mode():
            shape = copy.deepcopy(part).float()(*arguments).shape
        return self._recorder.run(network, name, [argument.tolist() for argument in arguments],
                                  shape)


class RecipeWeights(Weights):
    """Of a part of a checkpoint in the diffusers layout."""

    def __init__(self, recorder, folder, stem):
        super().__init__(folder, stem)
        self._recorder = recorder

    def read(self, key, dtype):
        part = self.folder.name
        keys = checkpoint_keys(key) if part == "vae" else [key]
        shape = self._files[key].get_slice(key).get_shape()
        return self._recorder.take([f"{part}/{name}" for name in keys], shape, dtype)


class FileTemplate:
    """What there is to know of a .pth: `networks_of` and `describe` are its kind's."""

    conditions, copied = {}, []

    def __init__(self, networks_of, describe, path, state, given):
        self._networks_of, self._describe = networks_of, describe
        self._path, self._given = path, given
        self._state = {key: (value.shape, value.dtype) for key, value in state.items()}

    def read(self, dtype, recorder):
        """Networks by name, with recipes for weights."""
        state = {key: torch.empty(shape, dtype=stored, device="meta")
                 for key, (shape, stored) in self._state.items()}
        networks = self._networks_of(self._path, dtype, self._given, state,
                                     functools.partial(RecipeReader, recorder))
        self.model = self._describe(networks, NO_LABELS, {})
        return networks.by_name


class FolderTemplate:
    """The same of a folder in the diffusers layout."""

    def __init__(self, folder):
        self._folder = folder

    def read(self, dtype, recorder):
        text = {}

        def empty_prompt(folder, config, weights):
            del folder
            text[TEXT_ENCODER] = read_text_encoder(config, weights, dtype)
            words = {"file": VOCABULARY, "words": EMPTY_PROMPT, "below": config.vocabulary}
            return recorder.run(TEXT_ENCODER, "", [words],
                                [1, len(EMPTY_PROMPT), config.hidden_size])

        with _opened_configs() as configs:
            networks = Networks(self._folder, dtype, functools.partial(RecipeWeights, recorder),
                                empty_prompt)
        recorder.unused = [f"{TEXT_ENCODER}/{key}" for key in sorted(IGNORED_WEIGHTS)]
        self.model = package.describe(networks, NO_LABELS, {})
        self.conditions = {config.path.relative_to(self._folder).as_posix(): config.conditions()
                           for config in configs}
        self.copied = _copied(self.conditions, networks.scheduler)
        return {**networks.by_name, **text}


@contextlib.contextmanager
def _opened_configs():
    Config.opened = []
    try:
        yield Config.opened
    finally:
        Config.opened = None


def _copied(conditions, scheduler):
    """Takes what model.json takes over out of the conditions."""
    places = {**COPIED, SCHEDULER: {key: [["scheduler", key]] for key in scheduler}}
    copied = []
    for file, keys in places.items():
        for key, into in keys.items():
            asked = conditions[file]["keys"].pop(key)
            copied.append({"file": file, "key": key, "default": asked["default"], "into": into})
    return copied


def _records(module, recorder):
    """What the file of a network holds, in order: (name, bytes), or (name, recipe)."""
    for record, content in package.network_records(module):
        recipe = recorder.find(content) if record.startswith("data/") else None
        if recipe is None:
            yield record, bytes(content)
        else:
            yield record, {"recipe": recipe.steps, "shape": list(recipe.shape),
                           "dtype": _name(recipe.dtype)}


def _recorded(source, dtype):
    """All that a template holds of a dtype."""
    recorder = Recorder()
    networks = {name: list(_records(module, recorder))
                for name, module in source.read(dtype, recorder).items()}
    return {"networks": networks, "weights": recorder.weights, "unused": recorder.unused,
            "model": source.model, "conditions": source.conditions, "copied": source.copied}


def _recorded_alone(source, dtype):
    """In a process of its own: TorchScript's names tell what a process has compiled before."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_recorded, (source, dtype))


class _Blobs:
    """Bytes, once each, by number."""

    def __init__(self):
        self.contents, self._numbers = [], {}

    def entry(self, name, content):
        """What the document says of a record."""
        if isinstance(content, dict):
            return {"name": name, **content}
        if content not in self._numbers:
            self._numbers[content] = len(self.contents)
            self.contents.append(content)
        return {"name": name, "blob": self._numbers[content]}


def write_template(source, title, folder):
    """Into the existing, empty `folder`. @param source a FileTemplate or FolderTemplate."""
    blobs, networks = _Blobs(), {}
    for dtype in DTYPES:
        found = _recorded_alone(source, dtype)
        # The text encoder, which others are made with, comes first.
        for name in sorted(found["networks"], key=lambda name: name != TEXT_ENCODER):
            entries = [blobs.entry(*record) for record in found["networks"][name]]
            networks.setdefault(name, {})[_name(dtype)] = entries
    model = {**found["model"], "files": {}}
    del model["dtype"]
    _pack(folder / FILE, blobs.contents, {
        "format_version": FORMAT_VERSION, "title": title, "model": model,
        "default_dtype": "float16" if model["kind"] == gemdepth.KIND else None,
        **{key: found[key] for key in ("conditions", "copied", "unused", "weights")},
        "networks": networks, "left_out": [TEXT_ENCODER],
    })


def _pack(path, blobs, document):
    """Does not depend on when and where."""
    with lzma.open(path, "wb", preset=9 | lzma.PRESET_EXTREME) as packed, \
            tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
        files = {"template.json": text.encode("utf-8"),
                 **{str(number): content for number, content in enumerate(blobs)}}
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))


def contents_of(path):
    """What a template holds, by name; packed it may differ from machine to machine."""
    with tarfile.open(path) as archive:
        return {entry.name: archive.extractfile(entry).read() for entry in archive}


def _name(dtype):
    return str(dtype).replace("torch.", "")
