"""Measurements as the program writes them (docs/compare.md, docs/outputs.md), made without it.

The scene: 12 frames of 24x32, a ramp over which a block moves. The candidate is half the reference
and a tenth off, with noise in frames 3 and 9 and the block's edge moved in frame 6.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
sys.dont_write_bytecode = True

FRAMES, HEIGHT, WIDTH = 12, 24, 32
SCALE, SHIFT = 2.0, -0.2  # Bring the candidate to the reference.


class FolderTest(unittest.TestCase):
    """Gives every test an empty folder."""

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="rollingdepth-test-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def write(self, name, content):
        """Writes JSON, or a string as it is. @return the path as text."""
        path = self.folder / name
        text = content if isinstance(content, str) else json.dumps(content)
        path.write_text(text, encoding="utf-8")
        return str(path)


def reference_depth():
    ramp = np.broadcast_to(np.linspace(-1, 0.5, WIDTH, dtype=np.float32),
                           (FRAMES, HEIGHT, WIDTH)).copy()
    for frame in range(FRAMES):
        ramp[frame, 8:16, frame:frame + 8] = 1.0
    return ramp


def candidate_depth():
    noise = np.random.default_rng(7).normal(size=(FRAMES, HEIGHT, WIDTH)).astype(np.float32)
    depth = reference_depth()
    depth[3] += 0.2 * noise[3]
    depth[9] += 0.1 * noise[9]
    depth[6] = np.roll(depth[6], 3, axis=1)
    return ((depth - SHIFT) / SCALE).astype(np.float32)


def comparison(reference="ref.npy", candidate="cand.npy", video=None, mae=None):
    """What `compare --json` writes. @param mae of each frame, in place of the measured ones."""
    difference = np.abs(SCALE * candidate_depth() + SHIFT - reference_depth())
    mae = difference.mean((1, 2)).tolist() if mae is None else mae
    side = {"frames": FRAMES, "height": HEIGHT, "width": WIDTH, "min": -1.0, "max": 1.0,
            "not_finite": 0}
    frames = [{"frame": frame, "valid_pixels": HEIGHT * WIDTH, "mae": value,
               "rmse": None if value is None else 1.5 * value,
               "ssim": None if value is None else 1 - value,
               "temporal_change": None if frame == 0 else 0.01} for frame, value in enumerate(mae)]
    mean = float(np.mean([value for value in mae if value is not None]))
    return {"format": 1, "kind": "comparison", "versions": {"rollingdepth": "0.1.0"},
            "reference": {"path": reference, **side}, "candidate": {"path": candidate, **side},
            "video": video, "mask": None,
            "settings": {"align": "affine", "align_scope": "clip", "fit": "least-squares",
                         "ground_truth": False, "min_depth": None, "max_depth": None,
                         "resized": False, "frames": "same", "png_scale": 1.0,
                         "edge_threshold": 0.05, "video_from": 0},
            "affine": {"scale": SCALE, "shift": SHIFT}, "frames_compared": FRAMES,
            "valid_pixels": FRAMES * HEIGHT * WIDTH,
            "clip": {"mae": mean, "rmse": 1.5 * mean, "max_error": 0.9, "pearson": 0.98,
                     "ssim": 1 - mean, "psnr": "inf", "temporal_change": 0.01,
                     "reference_temporal_change": 0.02, "temporal_difference": -0.01,
                     "coverage": 1.0},
            "frames": frames,
            "bounds": [{"metric": "mae", "kind": "max", "limit": 0.01, "value": mean,
                        "holds": False, "frame": None},
                       {"metric": "ssim", "kind": "min", "limit": 0.5, "value": 1 - mean,
                        "holds": True, "frame": None}],
            "warnings": ["3 values of cand.npy are not finite"], "passed": False}


def bench():
    """What `bench --json` writes; the stages stand in no particular order."""
    def setting(name, seconds, align, error):
        stages = {"write": 0.3, "encode": 0.5, "snippets": 1.5, "align": align, "merge": 0.1}
        run = {"seconds": seconds, "frames_per_second": 41 / seconds,
               "peak_memory_bytes": 377000000, "stages": stages}
        return {"name": name, "arguments": ["--quality", name],
                "frames": 41, "device": "cpu", "threads": 1,
                "runs": [{**run, "seconds": factor * seconds} for factor in (1.1, 1, 0.9)],
                "median": run, "alignment_error": error}
    return {"format": 1, "kind": "bench", "versions": {"rollingdepth": "0.1.0"},
            "processor": "Test CPU", "model": "test 0123",
            "clip": "clip.mp4", "common": ["--dtype", "fp32"],
            "repeats": 3, "reference": "ultra_quality",
            "settings": [setting("fast", 2.6, 0.1, 0.004), setting("平衡 %d", 3.0, 0.5, 0.001),
                         setting("a setting with a name of unusual length, $x_1$ <b>&</b>", 4.0,
                                 1.5, None)]}


def span(tid, category, name, start_us, length_us):
    return {"ph": "X", "pid": 1, "tid": tid, "cat": category, "name": name, "ts": start_us,
            "dur": length_us, "args": {}}


def trace(batches=3000):
    """What `--profile` writes: two stages of a second each and batches in two threads."""
    events = [{"ph": "M", "pid": 1, "tid": tid, "name": "thread_name", "args": {"name": name}}
              for tid, name in ((1, "main"), (2, "decode"))]
    events += [span(1, "stage", "encode", 0.0, 1e6), span(1, "stage", "snippets", 1e6, 1e6)]
    length = 2e6 / batches
    for index in range(batches):
        events.append(span(1, "batch", "unet" if index % 3 else "maps", index * length,
                           0.8 * length))
        events.append(span(2, "batch", "decode", index * length, 0.5 * length))
    events += [{"ph": "C", "pid": 1, "tid": 0, "name": "memory", "ts": index * 2e4,
                "args": {"resident_bytes": 100000000 + 2000000 * index}} for index in range(100)]
    return {"traceEvents": events, "displayTimeUnit": "ms",
            "otherData": {"program": "rollingdepth 0.1.0"}}


def write_clips(folder):
    """ref.npy, cand.npy and clip.mp4, whose frame n has the colour of n."""
    np.save(folder / "ref.npy", reference_depth())
    np.save(folder / "cand.npy", candidate_depth())
    levels = np.arange(FRAMES, dtype=np.uint8) * 20
    frames = np.broadcast_to(levels[:, None, None, None], (FRAMES, HEIGHT, WIDTH, 3))
    subprocess.run(["ffmpeg", "-v", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s",
                    f"{WIDTH}x{HEIGHT}", "-r", "10", "-i", "-", "-crf", "1",
                    str(folder / "clip.mp4")], input=frames.tobytes(), check=True)
