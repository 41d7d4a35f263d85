"""Numbers as people read them."""

import math

MOST_DIGITS = 17  # Of a double.


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


def told_apart(values, digits):
    """`number` of each, with as many more digits as it takes for different values to differ."""
    known = {value for value in values if value is not None}
    while digits < MOST_DIGITS and len({rounded(value, digits) for value in known}) < len(known):
        digits += 1
    return [number(value, digits) for value in values]


def rounded(value, digits):
    """The value of `number`'s text, or near it where that has more digits."""
    return float(f"{value:.{digits - 1}e}")


def tick_texts(ticks):
    """Evenly spaced `ticks`, all with the decimals that the finest of them needs."""
    largest = max(map(abs, ticks), default=0)
    step = min((right - left for left, right in zip(ticks, ticks[1:])), default=largest)
    scientific = largest != 0 and not 1e-4 <= largest < 1e7
    for decimals in range(MOST_DIGITS):
        kind = f".{decimals}e" if scientific else f",.{decimals}f"
        texts = [format(tick, kind) if tick else "0" for tick in ticks]
        if all(abs(float(text.replace(",", "")) - tick) <= 0.01 * step
               for text, tick in zip(texts, ticks)):
            break
    return [text.replace("-", "−", 1) if tick < 0 else text for text, tick in zip(texts, ticks)]


def percent_text(share):
    return "–" if share is None else f"{number(100 * share, 3)} %"


def size_text(size_bytes):
    return f"{number(size_bytes / 1e6, 3)} MB" if size_bytes < 1e9 else (
        f"{number(size_bytes / 1e9, 3)} GB")


def seconds_text(seconds):
    return f"{number(seconds, 3)} s" if seconds >= 1 or seconds == 0 else (
        f"{number(seconds * 1e3, 3)} ms")
