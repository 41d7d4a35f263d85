"""Times the exporter's networks in eager PyTorch, which is how the original program runs them.

Prints one JSON object: seconds and memory of each call by network and batch, and the floating-point
operations of a frame or snippet.
"""

import argparse
import json
import sys
import time

import torch
from torch.utils.flop_counter import FlopCounterMode

from .networks import random_networks

VIEWS = 3
TIMESTEP = 999
SECONDS = 0.5  # That a figure is taken over at least.


def inputs(network, batch, size, dtype, device):
    """The arguments of a call. Its batch counts frames, for the UNet snippets."""
    width, height = size
    cells = (height // 8, width // 8)
    if network == "encode":
        shape = (batch, 3, height, width)
    elif network == "decode":
        shape = (batch, 4, *cells)
    else:
        shape = (batch * VIEWS, 8, *cells)
    tensor = torch.empty(shape, dtype=dtype, device=device)
    if tensor.device.type != "meta":
        tensor.normal_().clamp_(-1, 1)
    return (tensor, TIMESTEP, VIEWS) if network == "denoise" else (tensor,)


def modules(networks):
    return {"encode": networks.encoder, "denoise": networks.unet, "decode": networks.decoder}


def operations(small, size):
    """Floating-point operations of a call with one frame or snippet: {network: number}."""
    counts = {}
    for name, module in modules(random_networks(small, torch.float16, "meta")).items():
        with FlopCounterMode(display=False) as counter, torch.inference_mode():
            module(*inputs(name, 1, size, torch.float16, "meta"))
        counts[name] = counter.get_total_flops()
    return counts


def time_calls(module, arguments, device):
    """Seconds of a call, its result brought to the processor; the first is not timed."""
    module(*arguments).cpu()
    if device != "cpu":
        torch.cuda.reset_peak_memory_stats()
    start, calls = time.monotonic(), 0
    while calls == 0 or time.monotonic() - start < SECONDS:
        module(*arguments).cpu()
        calls += 1
    seconds = (time.monotonic() - start) / calls
    return {"seconds": seconds,
            "peak_memory_bytes": None if device == "cpu" else torch.cuda.max_memory_allocated()}


@torch.inference_mode()
def measure(options):
    dtype = torch.float32 if options.device == "cpu" else torch.float16
    networks = modules(random_networks(options.small, dtype, options.device))
    figures = {name: {} for name in networks}
    for batch in options.batches:
        for name, module in networks.items():
            try:
                arguments = inputs(name, batch, options.size, dtype, options.device)
                figures[name][batch] = time_calls(module, arguments, options.device)
            except torch.OutOfMemoryError:
                figures[name][batch] = {"seconds": None, "peak_memory_bytes": None}
                torch.cuda.empty_cache()
    return {"dtype": str(dtype).replace("torch.", ""), "calls": figures}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--small", action="store_true", help="not Stable Diffusion 2's sizes")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--size", default=(768, 432),
                        type=lambda text: tuple(int(edge) for edge in text.split("x")))
    parser.add_argument("--batches", default=[1],
                        type=lambda text: [int(batch) for batch in text.split(",")])
    options = parser.parse_args()
    json.dump({"operations": operations(options.small, options.size), **measure(options)},
              sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
