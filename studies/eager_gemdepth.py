#!/usr/bin/env python3
"""Times one window of GemDepth in PyTorch: the exporter's modules, eager, and a package of theirs.

Stands for the original, of which it has the modules but for what no result needs: the global block
answers for the camera tokens alone. Attention is PyTorch's own, as in the original. Needs
scripts/requirements-export.txt; prints one JSON object. Frames are noise: times do not depend on
them. tests/export/gemdepth_full_size.py --keep FOLDER makes a checkpoint with random weights.
"""

import argparse
import json
import resource
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "scripts"))
sys.dont_write_bytecode = True

import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402

from rollingdepth_export.check import load_network  # noqa: E402
from rollingdepth_export.gemdepth import blocks  # noqa: E402
from rollingdepth_export.gemdepth.checkpoint import Networks  # noqa: E402
from rollingdepth_export.gemdepth.package import FLOAT32_IN  # noqa: E402
from rollingdepth_export.gemdepth.window import run_window  # noqa: E402
from rollingdepth_export.state_file import read_sizes  # noqa: E402
from rollingdepth_export.video_depth_anything import encoder  # noqa: E402


def eager_networks(options):
    """Their attention becomes PyTorch's. @return networks by name, float32."""
    blocks.attend_in_blocks = encoder.attend_in_blocks = F.scaled_dot_product_attention
    given = read_sizes(options.sizes) if options.sizes else {}
    return Networks(options.checkpoint, torch.float32, given).by_name


def scripted_networks(options):
    """As the program loads them. @return networks by name, in the wanted dtype."""
    found = {}
    for path in sorted(options.checkpoint.glob("*.ts")):
        network = converted(path.stem, load_network(options.checkpoint, path.stem), options.dtype)
        if hasattr(network, "prepare"):
            network.prepare()
        found[path.stem] = network
    return found


def converted(name, network, dtype):
    keeps_float32 = dtype == "bf16" and "bf16" in FLOAT32_IN.get(name, [])
    return network.to(torch.bfloat16 if dtype == "bf16" and not keeps_float32 else torch.float32)


class Clock:
    """Seconds that each network takes, by its name."""

    def __init__(self, networks):
        self.seconds = dict.fromkeys(networks, 0.0)
        self.networks = {name: self.timed(name, network) for name, network in networks.items()}

    def timed(self, name, network):
        class Timed:
            def __call__(_, *arguments):
                start = time.monotonic()
                result = network(*arguments)
                self.seconds[name] += time.monotonic() - start
                return result

            def __getattr__(_, key):
                return getattr(network, key)
        return Timed()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("checkpoint", type=Path, help=".pth of GemDepth, or a package")
    parser.add_argument("--sizes", metavar="FILE.json", type=Path, help="as for export_model.py")
    parser.add_argument("--dtype", choices=["fp32", "bf16"], default="fp32")
    parser.add_argument("--frames", type=int, default=8)
    parser.add_argument("--width", type=int, default=504, help="a multiple of 14")
    parser.add_argument("--height", type=int, default=280, help="a multiple of 14")
    parser.add_argument("--no-pose", action="store_true")
    parser.add_argument("--calls", type=int, default=2, help="the fastest counts")
    parser.add_argument("--threads", type=int, default=0, help="0: as torch likes")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    generator = torch.Generator().manual_seed(0)
    frames = torch.randn(options.frames, 3, options.height, options.width, generator=generator)
    best = None
    with torch.inference_mode():
        if options.checkpoint.is_dir():
            torch._C._set_graph_executor_optimize(False)
            networks = scripted_networks(options)
        else:
            networks = {name: converted(name, network, options.dtype)
                        for name, network in eager_networks(options).items()}
        for _ in range(options.calls):
            clock = Clock(networks)
            start = time.monotonic()
            run_window(clock.networks, frames, not options.no_pose)
            seconds = time.monotonic() - start
            if best is None or seconds < best["seconds"]:
                best = {"seconds": round(seconds, 2), "networks": {
                    name: round(value, 2) for name, value in clock.seconds.items()}}
    print(json.dumps({"dtype": options.dtype, "frames": options.frames, **best,
                      "peak_memory_bytes":
                          resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
