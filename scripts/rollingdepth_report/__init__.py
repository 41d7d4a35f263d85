"""The parts of scripts/report.py, each with one job."""
