"""Finds the training code; importing this module first is enough."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "scripts" / "train")]
sys.dont_write_bytecode = True
