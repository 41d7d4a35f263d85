"""Prints one JSON object: what is known of the machine, its GPU and its PyTorch."""

import json
import os
import platform
import subprocess
import sys

import torch


def processor():
    """The processor's name as Linux tells it, else its architecture."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            for line in lines:
                if line.startswith("model name"):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.machine()


def driver():
    """The version of NVIDIA's driver, or nothing."""
    command = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True,
                              timeout=20).stdout.split("\n")[0].strip()
    except (OSError, subprocess.SubprocessError):
        return None


def facts(device):
    found = {"device": device, "processor": processor(), "cores": len(os.sched_getaffinity(0)),
             "python": platform.python_version(), "glibc": platform.libc_ver()[1],
             "torch": torch.__version__, "cuda": torch.version.cuda}
    if device == "cpu":
        return {**found, "name": processor()}
    properties = torch.cuda.get_device_properties(device)
    return {**found, "name": properties.name, "driver": driver(),
            "capability": f"{properties.major}.{properties.minor}",
            "memory_bytes": properties.total_memory, "cudnn": torch.backends.cudnn.version()}


if __name__ == "__main__":
    json.dump(facts(sys.argv[1]), sys.stdout, indent=1)
    print()
