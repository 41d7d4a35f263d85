"""Renders while the training runs: the renderer fills a ring of slots that the training reads."""

import ctypes
import json
import os
import signal
import subprocess
import threading
import time
from pathlib import Path

import numpy as np

from .scenes import POSE

PATIENCE_SECONDS = 15
PR_SET_PDEATHSIG = 1


def _end_with_parent() -> None:
    """The renderer's process ends when the training is killed, and not by the terminal's Ctrl-C."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    os.setpgid(0, 0)


class Renderer:
    """render_scenes as a process that goes on until `close`; used by one thread at a time."""

    def __init__(self, program: Path, assets: Path, output: Path, ring: int, seed: int,
                 threads: int, options: list[str]):
        output.mkdir(parents=True, exist_ok=True)
        for name in ("scenes.json", "scenes.bin", "rgb.bin", "disparity.bin"):
            (output / name).unlink(missing_ok=True)
        self.folder = output
        command = [program, "--assets", assets, "--output", output, "--scenes", 0, "--ring", ring,
                   "--seed", seed, "--threads", threads, *options]
        with (output / "renderer.log").open("w") as log:
            self._process = subprocess.Popen([str(part) for part in command], stdout=log,
                                             stderr=subprocess.STDOUT,
                                             preexec_fn=_end_with_parent)
        self._paused = False

    def rendered(self) -> int:
        """How many scenes have been made so far. @throws RuntimeError where the renderer ended."""
        if self._process.poll() is not None:
            message = (self.folder / "renderer.log").read_text().strip()[-400:]
            raise RuntimeError(f"the renderer ended: {message}")
        try:
            views = json.loads((self.folder / "scenes.json").read_text())["views"]
            records = np.fromfile(self.folder / "scenes.bin", np.float32)
        except (FileNotFoundError, json.JSONDecodeError):
            return 0
        floats = POSE + 12 * views
        serials = records[: len(records) // floats * floats].reshape(-1, floats)[:, 0]
        return int(serials.max(initial=0))

    def wait_for(self, scenes: int, stopped) -> None:
        """Lets it go on until it has made `scenes` scenes, or `stopped()`."""
        self.resume()
        while self.rendered() < scenes and not stopped():
            time.sleep(0.2)

    def pause(self) -> None:
        if not self._paused:
            self._process.send_signal(signal.SIGSTOP)
        self._paused = True

    def resume(self) -> None:
        if self._paused:
            self._process.send_signal(signal.SIGCONT)
        self._paused = False

    def close(self) -> None:
        """Ends the process, cleanly where it listens."""
        self.resume()
        self._process.terminate()
        try:
            self._process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Turns:
    """Whose turn it is, training or rendering; shared by all processes of a run."""

    def __init__(self, context):
        """`context` is one of multiprocessing."""
        self.stop = context.Event()   # Set where the run is to end early.
        self._train = context.Event()
        self._train.set()
        self._uses = context.Value("q", 0)

    def use(self, snippets: int) -> None:
        """Counts uses of scenes by a process that trains, which then waits for its turn."""
        with self._uses.get_lock():
            self._uses.value += snippets
        self._train.wait()

    def end(self) -> None:
        """Ends the run: nobody waits any more."""
        self.stop.set()
        self._train.set()

    def hold(self, renderer: Renderer, reuse: float, burst: int, ended: threading.Event) -> None:
        """Until `ended`, lets a scene be used `reuse` times on average.

        On a few cores renderer and training are both slower beside each other. So the renderer
        rests while there are scenes left to be used, and the training while it makes `burst` more.
        """
        rendered = renderer.rendered()
        renderer.pause()
        while not ended.wait(0.05):
            uses = self._uses.value
            if uses <= reuse * rendered:
                continue
            self._train.clear()
            renderer.wait_for(int(uses / reuse) + burst,
                              lambda: ended.is_set() or self.stop.is_set())
            rendered = renderer.rendered()
            renderer.pause()
            self._train.set()
