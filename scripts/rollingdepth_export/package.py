"""Writes a model package: TorchScript files and model.json."""

import contextlib
import hashlib
import io
import itertools
import json
import os
import shutil
import warnings
from pathlib import Path

import torch

from .config import ExportError
from .unet import MAX_VIEWS

FORMAT_VERSION = 1
NETWORKS = ("encoder", "unet", "decoder")


@contextlib.contextmanager
def quiet_torchscript():
    """Silences PyTorch's notice that TorchScript is deprecated, and nothing else."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r".*torch\.jit\.\w+. is deprecated",
                                category=DeprecationWarning)
        yield


class _PatientFile:
    """Takes what is written, also on a full disk, once closed and where a signal says to stop:
    PyTorch ends the process where its file raises anything."""

    def __init__(self, file):
        self.file, self.failure = file, None

    def write(self, data):
        if not self.failure:
            try:
                self.file.write(data)
            except BaseException as error:
                self.failure = error
        return len(data)


def network_records(module):
    """Scripts `module`: (name, bytes) of what its file holds, the same for the same weights."""
    full = io.BytesIO()
    with quiet_torchscript():
        torch.jit.save(torch.jit.script(module), full)
    full.seek(0)
    reader = torch._C.PyTorchFileReader(full)
    for name in reader.get_all_records():
        # Debug records hold the path and the text of our sources: a package would depend on
        # where it was made. The others the writer adds itself.
        if name.endswith(".debug_pkl") or name in ("version", "byteorder") \
                or name.startswith(".data/"):
            continue
        record = reader.get_record(name)
        if name.startswith("code/") and name.endswith(".py"):
            record = _sort_constants(record)
        yield name, record


def write_network(module, path):
    """Writes the network to a file."""
    with open(path, "wb") as file:
        out = _PatientFile(file)
        writer = torch._C.PyTorchFileWriter(out)
        for name, record in network_records(module):
            writer.write_record(name, record, len(record))
        writer.write_end_of_file()
        if out.failure:
            raise out.failure


def _sort_constants(source):
    """Puts each run of `name : Final[type] = value` lines in order.

    torch.jit.script lists a class's constants in the order of a Python set of strings, which
    differs from process to process.
    """
    lines = source.decode("utf-8").splitlines(keepends=True)
    ordered = []
    for constant, run in itertools.groupby(lines, key=lambda line: " : Final[" in line):
        ordered.extend(sorted(run) if constant else run)
    return "".join(ordered).encode("utf-8")


def describe_file(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return {"bytes": path.stat().st_size, "sha256": digest.hexdigest()}


def write_networks(networks, folder):
    """Writes NAME.ts for each of `networks` into `folder`; gives what model.json says of them."""
    files = {}
    for name, network in networks.items():
        path = folder / f"{name}.ts"
        write_network(network, path)
        files[path.name] = describe_file(path)
    return files


def description(kind, networks, labels, own, files):
    """model.json. `own` holds what only packages of this kind have.

    `labels` gives name, notice, source, license and preferred_res. It may name networks that do not
    bear bfloat16 as float32_networks, and say for each in float32_in which of bf16 and fp16 it does
    not bear.
    """
    model = {
        "format_version": FORMAT_VERSION,
        "kind": kind,
        "backend": "torchscript",
        "name": labels["name"],
        "notice": labels["notice"] or "",
        "source": labels["source"],
        "license": "not stated" if labels["license"] is None else labels["license"],
        "dtype": str(networks.dtype).replace("torch.", ""),
        **own,
        "files": files,
    }
    for key in ["float32_networks", "float32_in"]:
        if labels.get(key):
            model[key] = labels[key]
    return model


def describe(networks, labels, files):
    """model.json of a RollingDepth package."""
    own = {
        "latent_channels": networks.latent_channels,
        "downscale": networks.downscale,
        "latent_scale": {"rgb": networks.latent_scale, "depth": networks.latent_scale},
        "snippet_lengths": list(range(1, MAX_VIEWS + 1)),
        "preferred_res": labels["preferred_res"],
        "scheduler": networks.scheduler,
    }
    return description("rollingdepth", networks, labels, own, files)


def write_package(networks, folder, labels, describe=describe):
    """Writes all files into the existing, empty `folder`.

    @param describe gives model.json of networks, labels and files.
    """
    model = describe(networks, labels, write_networks(networks.by_name, folder))
    text = json.dumps(model, indent=2, ensure_ascii=False) + "\n"
    (folder / "model.json").write_text(text, encoding="utf-8")


def check_free(target, force, mark="model.json", keeps=()):
    """Refuses a target that exists, and with `force` one that holds anything but what is to be
    replaced, a package or the file `mark`, and files called as in `keeps`."""
    if not target.exists() and not target.is_symlink():
        return
    if not force:
        raise ExportError(f"{target}: exists already; --force replaces it")
    if not target.is_dir() or target.is_symlink():
        raise ExportError(f"{target}: exists and is not a folder; it is left alone")
    what = "model package" if mark == "model.json" else "template"
    if any(target.iterdir()) and not (target / mark).is_file():
        raise ExportError(f"{target}: holds something that is not a {what}; it is left alone")
    # The checkpoint perhaps, or other packages.
    for entry in sorted(target.iterdir()):
        known = entry.name in (mark, *keeps) or mark == "model.json" and entry.suffix == ".ts"
        if not known or entry.is_dir():
            raise ExportError(f"{target}: holds {entry.name}, which is no part of a {what}; it is "
                              "left alone")


@contextlib.contextmanager
def staged(target, force, mark="model.json", keeps=()):
    """Yields a folder that becomes `target` if all goes well, and vanishes if not. Files called as in
    `keeps` come from the folder that is replaced."""
    target = Path(target)
    check_free(target, force, mark, keeps)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        stage = target.with_name(f".{target.name}.{os.getpid()}.partial")
        stage.mkdir()
    except OSError as error:
        raise ExportError(f"{target}: cannot be made: {error.strerror}") from None
    try:
        for name in keeps:
            if (target / name).is_file():
                shutil.copyfile(target / name, stage / name)
        yield stage
        check_free(target, force, mark, keeps)
        if target.exists():
            old = target.with_name(f".{target.name}.{os.getpid()}.old")
            target.rename(old)
            stage.rename(target)
            shutil.rmtree(old)
        else:
            stage.rename(target)
    finally:
        shutil.rmtree(stage, ignore_errors=True)
