"""The networks that gpu_check compares: of Stable Diffusion 2's sizes, or small for a rehearsal."""

import tempfile
from pathlib import Path

from rollingdepth_export.random_networks import FULL_SIZE, RandomNetworks, write_configs

CHECKPOINT = Path(__file__).resolve().parents[2] / "tests" / "data" / "checkpoints" / "a"
SMALL = {file: {} for file in FULL_SIZE}


def random_networks(small, dtype, device):
    """Random weights, made on `device`, which a GPU does in no time."""
    with tempfile.TemporaryDirectory(prefix="rollingdepth-configs-") as configs:
        write_configs(CHECKPOINT, configs, SMALL if small else FULL_SIZE)
        return RandomNetworks(configs, CHECKPOINT / "scheduler" / "scheduler_config.json", dtype,
                              device)
