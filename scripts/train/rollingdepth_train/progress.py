"""How far a run has come, by steps or by the clock, and its log."""

import json
import math
import time
from dataclasses import dataclass
from pathlib import Path

WARM_UP_STEPS = 200


def rate_at(step: int, share: float) -> float:
    """The share of the peak learning rate: a linear warm-up by steps, half a cosine by the run."""
    cosine = 0.5 + 0.5 * math.cos(math.pi * min(max(share, 0.0), 1.0))
    return min((step + 1) / WARM_UP_STEPS, 1.0) * cosine


@dataclass
class Plan:
    """When a run ends: after `steps` steps, or after `minutes` where they are given."""

    steps: int
    minutes: float | None

    def share(self, step: int, seconds: float) -> float:
        """How much of the run is done, from 0 to 1 (beyond it is over)."""
        return step / self.steps if self.minutes is None else seconds / (60 * self.minutes)


class Clock:
    """Seconds that a run has taken, those before it was resumed included."""

    def __init__(self, before: float = 0.0):
        self._started = time.monotonic() - before

    def seconds(self) -> float:
        return time.monotonic() - self._started


class Log:
    """log.jsonl: one JSON object per report. What a resumed run will do again is cut off."""

    def __init__(self, path: Path, first: int):
        self.path = path
        lines = path.read_text().splitlines() if path.exists() else []
        kept = [line for line in lines if json.loads(line)["step"] <= first]
        path.write_text("".join(line + "\n" for line in kept))

    def add(self, step: int, seconds: float, record: dict[str, float]) -> None:
        record = {"step": step, "seconds": round(seconds, 1)} | record
        with self.path.open("a") as log:
            log.write(json.dumps(record) + "\n")
        print(json.dumps(record), flush=True)
