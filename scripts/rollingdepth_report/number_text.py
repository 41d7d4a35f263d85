"""Numbers as people read them."""

import math


def number(value, digits=4):
    """`value` with so many significant digits: 0.01234, 12.34, 123,456, 1.2e-05."""
    if value is None:
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if value == 0:
        return "0"
    size = math.floor(math.log10(abs(value)))
    if size < -4 or size >= 9:
        text = f"{value:.{digits - 1}e}"
    else:
        text = f"{value:,.{max(0, digits - 1 - size)}f}"
    return text.replace("-", "−", 1) if value < 0 else text


def size_text(size_bytes):
    return f"{number(size_bytes / 1e6, 3)} MB" if size_bytes < 1e9 else (
        f"{number(size_bytes / 1e9, 3)} GB")


def seconds_text(seconds):
    return f"{number(seconds, 3)} s" if seconds >= 1 or seconds == 0 else (
        f"{number(seconds * 1e3, 3)} ms")
