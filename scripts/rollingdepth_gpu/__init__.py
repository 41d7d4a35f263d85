"""The parts of scripts/gpu_check that need Python: facts, networks to compare with, the table."""
