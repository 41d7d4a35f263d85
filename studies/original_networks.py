#!/usr/bin/env python3
"""Times the networks of the original program, eager, float32, as it runs them.

Needs a checkout of the original with its modified diffusers on PYTHONPATH (the folder that holds
`diffusers`), and torch. Prints one JSON object: seconds of each call.
"""

import argparse
import json
import resource
import sys
import time
from pathlib import Path

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel

VIEWS = 3
TIMESTEP = 999


def calls(options):
    """What is timed, by name: a function without arguments."""
    checkpoint, (width, height) = Path(options.checkpoint), options.size
    generator = torch.Generator().manual_seed(1)
    noise = lambda *shape: torch.randn(shape, generator=generator)  # noqa: E731
    dtype = {"fp32": torch.float32, "bf16": torch.bfloat16}[options.dtype]
    if options.network == "denoise":
        unet = UNet2DConditionModel.from_pretrained(checkpoint / "unet", torch_dtype=dtype).eval()
        sample = noise(VIEWS, 8, height // 8, width // 8).to(dtype)
        prompt = noise(1, 2, unet.config.cross_attention_dim).to(dtype)
        return lambda: unet(sample, TIMESTEP, encoder_hidden_states=prompt, num_view=VIEWS).sample
    vae = AutoencoderKL.from_pretrained(checkpoint / "vae", torch_dtype=dtype).eval()
    if options.network == "encode":
        frames = noise(options.frames, 3, height, width).clamp(-1, 1).to(dtype)
        return lambda: torch.chunk(vae.quant_conv(vae.encoder(frames)), 2, dim=1)[0]
    latents = noise(options.frames, 4, height // 8, width // 8).to(dtype)
    return lambda: vae.decoder(vae.post_quant_conv(latents)).mean(dim=1, keepdim=True)


def print_figures(**figures):
    """One JSON object, with the peak memory of the process."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    json.dump({**figures, "peak_memory_bytes": peak * 1024}, sys.stdout)
    print()


def size_of(text):
    width, height = text.split("x")
    return int(width), int(height)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("network", choices=["encode", "denoise", "decode"])
    parser.add_argument("--checkpoint", required=True, help="diffusers folder layout")
    parser.add_argument("--size", type=size_of, default=(768, 432))
    parser.add_argument("--frames", type=int, default=4, help="of an encoder or decoder call")
    parser.add_argument("--dtype", choices=["fp32", "bf16"], default="fp32")
    parser.add_argument("--threads", type=int, default=0, help="0: as torch likes")
    parser.add_argument("--repeats", type=int, default=1)
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    work = calls(options)
    seconds = []
    with torch.no_grad():
        for _ in range(options.repeats):
            start = time.monotonic()
            work()
            seconds.append(time.monotonic() - start)
    print_figures(seconds=seconds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
