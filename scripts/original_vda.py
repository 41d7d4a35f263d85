#!/usr/bin/env python3
"""Times a whole run of the original Video-Depth-Anything on CPU.

Needs a checkout of the original (the folder that holds `video_depth_anything`) on PYTHONPATH with
what it imports: torch, torchvision, opencv-python, einops, easydict, tqdm. Writes the depth as NPY
and prints one JSON object: seconds and peak memory. Sizes of the network come from the checkpoint;
--random SIZE makes one with random weights, as export_model.py takes it.
"""

import argparse
import json
import resource
import sys
import time
from pathlib import Path

import cv2
import numpy
import torch

SMALL = {"encoder": "vits", "features": 64, "out_channels": [48, 96, 192, 384]}
BASE = {"encoder": "vitb", "features": 128, "out_channels": [96, 192, 384, 768]}
LARGE = {"encoder": "vitl", "features": 256, "out_channels": [256, 512, 1024, 1024]}
BY_NAME = {"small": SMALL, "base": BASE, "large": LARGE}
BY_WIDTH = {384: SMALL, 768: BASE, 1024: LARGE}


def read_frames(video, count):
    """[N, H, W, 3] uint8 RGB."""
    capture = cv2.VideoCapture(str(video))
    frames = []
    while not count or len(frames) < count:
        found, frame = capture.read()
        if not found:
            break
        frames.append(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB))
    if not frames:
        raise SystemExit(f"original_vda.py: {video}: no frame can be read")
    return numpy.stack(frames)


def load(checkpoint, streaming):
    if streaming:
        from video_depth_anything.video_depth_stream import VideoDepthAnything
    else:
        from video_depth_anything.video_depth import VideoDepthAnything
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    model = VideoDepthAnything(**BY_WIDTH[state["pretrained.pos_embed"].shape[2]])
    model.load_state_dict({key: value.float() for key, value in state.items()})
    return model.eval()


def write_random(checkpoint, size):
    from video_depth_anything.video_depth import VideoDepthAnything

    torch.manual_seed(0)
    model = VideoDepthAnything(**BY_NAME[size])
    with torch.no_grad():
        # The last layers of every temporal module begin at 0, which would leave nothing to time or
        # to compare.
        for name, weight in model.named_parameters():
            if name.endswith("proj_out.weight"):
                weight.normal_(std=weight.shape[1] ** -0.5)
    torch.save(model.state_dict(), checkpoint)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--random", choices=BY_NAME, metavar="SIZE",
                        help="small, base or large: write the checkpoint, and no more")
    parser.add_argument("-i", "--input", type=Path)
    parser.add_argument("-o", "--output", type=Path, help="NPY file")
    parser.add_argument("--res", type=int, default=518)
    parser.add_argument("--frames", type=int, default=0, help="0: all")
    parser.add_argument("--streaming", action="store_true")
    parser.add_argument("--threads", type=int, default=0, help="0: as torch likes")
    options = parser.parse_args()
    if options.random:
        write_random(options.checkpoint, options.random)
        return 0
    if options.threads:
        torch.set_num_threads(options.threads)
    frames = read_frames(options.input, options.frames)
    start = time.monotonic()
    with torch.no_grad():
        model = load(options.checkpoint, options.streaming)
        settings = {"input_size": options.res, "device": "cpu", "fp32": True}
        if options.streaming:
            depth = numpy.stack([model.infer_video_depth_one(frame, **settings)
                                 for frame in frames])
        else:
            depth, _ = model.infer_video_depth(frames, 25, **settings)
    if options.output:
        numpy.save(options.output, depth.astype(numpy.float32))
    print(json.dumps({"seconds": round(time.monotonic() - start, 2), "frames": len(frames),
                      "peak_memory_bytes":
                          resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
