#!/usr/bin/env python3
"""Writes a model package for rollingdepth from a checkpoint.

That is a folder in the diffusers layout (RollingDepth), or a .pth of Video-Depth-Anything or
GemDepth, which are told apart by their weights.

Needs torch, numpy and safetensors (scripts/requirements-export.txt), nothing else. docs/models.md
describes the package and says where the real checkpoint comes from.
"""

import argparse
import os
import signal
import sys
from pathlib import Path

if __name__ == "__main__":
    # Nothing is begun while modules are read, which takes seconds.
    signal.signal(signal.SIGINT, lambda *_: os._exit(130))

# Files beside this script, also where it is called through a link.
sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.dont_write_bytecode = True


NETWORKS = {"folder": ["encoder", "unet", "decoder"],
            "file": ["encoder", "frame_block", "global_block", "camera", "astt", "levels", "level4",
                     "temporal", "decoder", "output"]}


def float32_entry(text):
    """("decoder", "fp16") of "decoder=fp16"."""
    network, _, dtype = text.partition("=")
    if network not in sum(NETWORKS.values(), []) or dtype not in ["bf16", "fp16"]:
        raise argparse.ArgumentTypeError(
            f"'{text}' is not a network such as decoder, '=', and bf16 or fp16")
    return network, dtype


def by_network(entries):
    """{"decoder": ["bf16", "fp16"]} of float32_entry()'s pairs."""
    return {network: sorted({dtype for name, dtype in entries if name == network})
            for network in sorted({name for name, _ in entries})}


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0],
                                     epilog="See docs/models.md for the format of a package.")
    parser.add_argument("checkpoint", metavar="CHECKPOINT", type=Path,
                        help="folder with unet/, vae/, text_encoder/, tokenizer/, scheduler/, or "
                             "a .pth of Video-Depth-Anything or GemDepth")
    parser.add_argument("out", metavar="OUT", type=Path,
                        help="folder to make; appears only once it is complete")
    parser.add_argument("--dtype", choices=["fp32", "fp16"],
                        help="of the weights in the package (default: as stored; GemDepth: fp16)")
    parser.add_argument("--template", action="store_true",
                        help="write a template instead: a package without weights, from which "
                             "`rollingdepth import --template OUT` makes packages of checkpoints "
                             "of the same sizes")
    parser.add_argument("--check", action="store_true",
                        help="compare the package with the checkpoint before it gets its name")
    parser.add_argument("--force", action="store_true", help="replace a package that is there")
    parser.add_argument("--name", help="what the program calls the model (default: the folder's)")
    parser.add_argument("--source", help="where the weights come from (default: the folder's name)")
    parser.add_argument("--license", help="licence of the weights (default: not stated; GemDepth: "
                                          "unknown, treat as non-commercial)")
    parser.add_argument("--notice", help="one line that every run shows (default: none; GemDepth: "
                                         "that the licence is unknown)")
    parser.add_argument("--res", type=int, metavar="PIXELS",
                        help="longest edge that the model likes (default: none); of "
                             "Video-Depth-Anything and GemDepth the shortest (default: 518)")
    parser.add_argument("--float32-in", action="append", default=[], metavar="NETWORK=DTYPE",
                        type=float32_entry,
                        help="keep a network (encoder, unet, temporal, decoder; docs/models.md "
                             "names all) in float32 where the program runs the others in bf16 or "
                             "fp16, as in decoder=fp16; repeatable")
    video_depth_anything = parser.add_argument_group("Video-Depth-Anything and GemDepth")
    video_depth_anything.add_argument(
        "--metric", action=argparse.BooleanOptionalAction, default=None,
        help="the checkpoint gives metres (default: where 'metric' is in the file's name); of "
             "Video-Depth-Anything only")
    video_depth_anything.add_argument(
        "--sizes", metavar="FILE.json", type=Path,
        help="numbers of heads and taps of a network of unusual size, bare or below \"config\"")
    options = parser.parse_args(arguments)
    kind = "folder" if options.checkpoint.is_dir() else "file"
    for network, _ in options.float32_in:
        if network not in NETWORKS[kind]:
            parser.error(f"argument --float32-in: this checkpoint has no network '{network}'")
    if kind == "folder":
        for option in ["metric", "sizes"]:
            if getattr(options, option) is not None:
                parser.error(f"argument --{option}: belongs to a .pth")
    if options.template:
        refuse_beside_template(parser, options)
    if options.res is not None and options.res < 8:
        parser.error(f"argument --res: {options.res} is below 8")
    for option in ["name", "source", "license", "notice"]:
        text = getattr(options, option)
        if text is not None and not text.isprintable():
            parser.error(f"argument --{option}: one line of plain text is needed")
    return options


def refuse_beside_template(parser, options):
    """What a package says of itself is asked for when it is made."""
    for option in ["dtype", "check", "source", "license", "notice", "res", "float32_in", "metric"]:
        if getattr(options, option) not in (None, False, []):
            parser.error(f"argument --{option.replace('_', '-')}: does not belong to a template")


def exporter(options, dtype):
    """(the checkpoint's networks, what describes their package, what compares it with them)."""
    if options.checkpoint.is_file():
        return file_exporter(options, dtype)
    from rollingdepth_export import check, package
    from rollingdepth_export.checkpoint import Networks
    return Networks(options.checkpoint, dtype), package.describe, check.compare


def file_method(options):
    """(tensors of a .pth by key, its sizes, the modules that read and describe its kind)."""
    from rollingdepth_export import state_file
    from rollingdepth_export.gemdepth import checkpoint, package
    given = state_file.read_sizes(options.sizes) if options.sizes else {}
    state = state_file.read_state(options.checkpoint)
    if not checkpoint.is_gemdepth(state):
        from rollingdepth_export.video_depth_anything import checkpoint, package
    return state, given, checkpoint, package


def file_exporter(options, dtype):
    from rollingdepth_export.config import UsageError
    state, given, checkpoint, package = file_method(options)
    own = []
    if checkpoint.CAN_BE_METRIC:
        named = "metric" in options.checkpoint.name.lower()
        own = [named if options.metric is None else options.metric]
    elif options.metric is not None:
        raise UsageError("argument --metric: belongs to Video-Depth-Anything; GemDepth gives "
                         "relative depth only")
    networks = checkpoint.Networks(options.checkpoint, dtype, given, state)
    for network, _ in options.float32_in:
        if network not in networks.by_name:
            raise UsageError(f"argument --float32-in: this checkpoint has no network '{network}'")

    def describe(networks, labels, files):
        return package.describe(networks, labels, files, *own)
    return networks, describe, package.compare


def template_source(options):
    from rollingdepth_export import template
    if options.checkpoint.is_dir():
        return template.FolderTemplate(options.checkpoint)
    state, given, checkpoint, package = file_method(options)
    return template.FileTemplate(checkpoint.Networks, package.describe, options.checkpoint, state,
                                 given)


def write_template(options, title):
    from rollingdepth_export import package, template
    source = template_source(options)
    with package.staged(options.out, options.force, template.FILE) as stage:
        template.write_template(source, title, stage)
    size = (options.out / template.FILE).stat().st_size
    print(f"{options.out}: {size / 1e3:.0f} kB")


def missing_module(error):
    print(f"export_model.py: the Python module {error.name} is missing; "
          "pip install -r scripts/requirements-export.txt", file=sys.stderr)
    return 1


def stop_by_exception():
    """Signals unwind from here on, so that what is half made goes."""
    def stop(number, _frame):
        raise SystemExit(128 + number)
    for number in [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, stop)


def main(arguments=None):
    options = parse_arguments(arguments)
    try:
        import torch
        from rollingdepth_export import package
        from rollingdepth_export.config import ExportError, UsageError
        from rollingdepth_export.template import FILE
    except ModuleNotFoundError as error:
        return missing_module(error)
    checkpoint = options.checkpoint.resolve()
    called = checkpoint.stem if checkpoint.is_file() else checkpoint.name
    labels = {"name": options.name or called, "source": options.source or checkpoint.name,
              "license": options.license, "notice": options.notice,
              "preferred_res": options.res, "float32_in": by_network(options.float32_in)}
    dtype = {None: None, "fp32": torch.float32, "fp16": torch.float16}[options.dtype]
    stop_by_exception()
    try:
        mark = FILE if options.template else "model.json"
        package.check_free(options.out, options.force, mark)
        if not options.checkpoint.exists():
            raise ExportError(f"{options.checkpoint}: no such file or folder")
        if options.template:
            write_template(options, options.name or called)
            return 0
        networks, describe, compare = exporter(options, dtype)
        with package.staged(options.out, options.force) as stage:
            package.write_package(networks, stage, labels, describe)
            if options.check and not compare(stage, networks):
                raise ExportError(f"{options.out}: not written: the package computes something "
                                  "else than the checkpoint")
    except ModuleNotFoundError as error:
        return missing_module(error)
    except (ExportError, OSError) as error:
        print(f"export_model.py: {error}", file=sys.stderr)
        return 2 if isinstance(error, UsageError) else 1
    size = sum(file.stat().st_size for file in options.out.iterdir())
    print(f"{options.out}: {size / 1e6:.1f} MB, {str(networks.dtype).replace('torch.', '')}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
