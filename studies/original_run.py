#!/usr/bin/env python3
"""Times a whole run of the original program on CPU, float32, preset fast.

Needs a checkout of the original (the folder that holds `rollingdepth`) and its modified diffusers on
PYTHONPATH, and torch. Writes the depth as NPY and prints one JSON object: seconds and peak memory.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy
import torch
from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
from original_networks import print_figures
from rollingdepth.rollingdepth_pipeline import RollingDepthPipeline
from transformers import CLIPTextModel, CLIPTokenizer


def load(checkpoint):
    parts = {"unet": UNet2DConditionModel, "vae": AutoencoderKL, "scheduler": DDIMScheduler,
             "text_encoder": CLIPTextModel, "tokenizer": CLIPTokenizer}
    loaded = {name: kind.from_pretrained(checkpoint / name) for name, kind in parts.items()}
    for name in ("unet", "vae", "text_encoder"):
        loaded[name] = loaded[name].float().eval()
    return RollingDepthPipeline(**loaded)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--checkpoint", type=Path, required=True, help="diffusers folder layout")
    parser.add_argument("-i", "--input", required=True)
    parser.add_argument("-o", "--output", required=True, help="NPY file")
    parser.add_argument("--res", type=int, default=768)
    parser.add_argument("--dilations", type=int, nargs="+", default=[1, 25])
    parser.add_argument("--threads", type=int, default=0, help="0: as torch likes")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    pipeline = load(options.checkpoint)
    start = time.monotonic()
    output = pipeline(input_video_path=options.input, processing_res=options.res,
                      dilations=options.dilations, snippet_lengths=[3],
                      generator=torch.Generator().manual_seed(42), max_vae_bs=4,
                      init_infer_steps=[1], strides=[1])
    numpy.save(options.output, output.depth_pred.cpu().numpy())
    seconds = time.monotonic() - start
    print_figures(seconds=seconds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
