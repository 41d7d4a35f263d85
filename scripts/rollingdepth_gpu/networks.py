"""The networks that gpu_check compares: of Stable Diffusion 2's sizes, or small for a rehearsal."""

import tempfile

import recordings
from rollingdepth_export.random_networks import FULL_SIZE, RandomNetworks, write_configs

SMALL = {file: {} for file in FULL_SIZE}


def random_networks(small, dtype, device):
    """Random weights, made on `device`, which a GPU does in no time."""
    with tempfile.TemporaryDirectory(prefix="rollingdepth-configs-") as configs:
        checkpoint = recordings.unpacked() / "checkpoints" / "a"
        write_configs(checkpoint, configs, SMALL if small else FULL_SIZE)
        return RandomNetworks(configs, checkpoint / "scheduler" / "scheduler_config.json", dtype,
                              device)
