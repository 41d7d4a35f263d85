#!/usr/bin/env python3
"""Writes a model package for rollingdepth from a checkpoint in the diffusers folder layout.

Needs torch, numpy and safetensors (scripts/requirements-export.txt), nothing else. docs/models.md
describes the package and says where the real checkpoint comes from.
"""

import argparse
import sys
from pathlib import Path

# Files beside this script, also where it is called through a link.
sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.dont_write_bytecode = True


def float32_entry(text):
    """("decoder", "fp16") of "decoder=fp16"."""
    network, _, dtype = text.partition("=")
    if network not in ["encoder", "unet", "decoder"] or dtype not in ["bf16", "fp16"]:
        raise argparse.ArgumentTypeError(
            f"'{text}' is not encoder, unet or decoder, '=', and bf16 or fp16")
    return network, dtype


def by_network(entries):
    """{"decoder": ["bf16", "fp16"]} of float32_entry()'s pairs."""
    return {network: sorted({dtype for name, dtype in entries if name == network})
            for network in sorted({name for name, _ in entries})}


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0],
                                     epilog="See docs/models.md for the format of a package.")
    parser.add_argument("checkpoint", metavar="CHECKPOINT", type=Path,
                        help="folder with unet/, vae/, text_encoder/, tokenizer/, scheduler/")
    parser.add_argument("out", metavar="OUT", type=Path,
                        help="folder to make; appears only once it is complete")
    parser.add_argument("--dtype", choices=["fp32", "fp16"],
                        help="of the weights in the package (default: as stored)")
    parser.add_argument("--check", action="store_true",
                        help="compare the package with the checkpoint before it gets its name")
    parser.add_argument("--force", action="store_true", help="replace a package that is there")
    parser.add_argument("--name", help="what the program calls the model (default: the folder's)")
    parser.add_argument("--source", help="where the weights come from (default: the folder's name)")
    parser.add_argument("--license", default="not stated", help="licence of the weights")
    parser.add_argument("--notice", default="", help="one line that every run shows")
    parser.add_argument("--res", type=int, metavar="PIXELS",
                        help="longest edge that the model likes (default: none)")
    parser.add_argument("--float32-in", action="append", default=[], metavar="NETWORK=DTYPE",
                        type=float32_entry,
                        help="keep encoder, unet or decoder in float32 where the program runs the "
                             "others in bf16 or fp16, as in decoder=fp16; repeatable")
    options = parser.parse_args(arguments)
    if options.res is not None and options.res < 8:
        parser.error(f"argument --res: {options.res} is below 8")
    for option in ["name", "source", "license", "notice"]:
        text = getattr(options, option)
        if text is not None and not text.isprintable():
            parser.error(f"argument --{option}: one line of plain text is needed")
    return options


def main(arguments=None):
    options = parse_arguments(arguments)
    try:
        import torch
        import safetensors  # noqa: F401 - only to name what is missing
        from rollingdepth_export import check, package
        from rollingdepth_export.checkpoint import Networks
        from rollingdepth_export.config import ExportError
    except ModuleNotFoundError as error:
        print(f"export_model.py: the Python module {error.name} is missing; "
              "pip install -r scripts/requirements-export.txt", file=sys.stderr)
        return 1
    folder_name = options.checkpoint.resolve().name
    labels = {"name": options.name or folder_name, "source": options.source or folder_name,
              "license": options.license, "notice": options.notice,
              "preferred_res": options.res, "float32_in": by_network(options.float32_in)}
    dtype = {None: None, "fp32": torch.float32, "fp16": torch.float16}[options.dtype]
    try:
        package.check_free(options.out, options.force)
        networks = Networks(options.checkpoint, dtype)
        with package.staged(options.out, options.force) as stage:
            package.write_package(networks, stage, labels)
            if options.check and not check.compare(stage, networks):
                raise ExportError(f"{options.out}: not written: the package computes something "
                                  "else than the checkpoint")
    except (ExportError, OSError) as error:
        print(f"export_model.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    size = sum(file.stat().st_size for file in options.out.iterdir())
    print(f"{options.out}: {size / 1e6:.1f} MB, {str(networks.dtype).replace('torch.', '')}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
