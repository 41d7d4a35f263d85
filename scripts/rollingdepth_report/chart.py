"""Draws charts with matplotlib as inline SVG that takes its colours and font from the page."""

import io
import logging
import re
import warnings
from dataclasses import dataclass

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt  # noqa: E402

# The page brings its own fonts: what matplotlib says about its own is of no use to anybody.
logging.getLogger("matplotlib").setLevel(logging.ERROR)
warnings.filterwarnings("ignore", message="Glyph .* missing from font")

# Stand-ins that only this file knows; style.css says what each looks like, light and dark.
INK, MUTED, GRID, GROUND, REST = "#0a0b01", "#0a0b02", "#0a0b03", "#0a0b04", "#0a0b05"
SERIES = tuple(f"#0a0c{index:02x}" for index in range(16))
VARIABLES = {INK: "var(--ink)", MUTED: "var(--muted)", GRID: "var(--grid)",
             GROUND: "var(--surface)", REST: "var(--rest)",
             **{color: f"var(--series-{index})" for index, color in enumerate(SERIES)}}

# Drawn once for each width of the box that a chart may stand in; style.css shows the one that fits.
WIDTHS_PX = {"small": 294, "medium": 560, "large": 1040}
LETTER_EM = 0.64  # Of a font's size: how wide a letter or digit is at most, as a rule.
FONT_PX = {"small": 14, "medium": 15, "large": 15}


@dataclass(frozen=True)
class Chart:
    alt: str
    drawings: dict  # Key of WIDTHS_PX to SVG.


@dataclass(frozen=True)
class Key:
    """One entry of a legend."""
    label: str
    color: str      # CSS.


def series_color(index):
    return SERIES[index % len(SERIES)]


def key(label, index):
    return Key(label, VARIABLES[series_color(index)])


def chart(alt, draw, height_px, sizes=tuple(WIDTHS_PX)):
    """A Chart of which `draw(figure, width_px, font_px)` draws each size.

    @param height_px a number, or a function of the size's name.
    """
    drawings = {}
    for size in sizes:
        height = height_px(size) if callable(height_px) else height_px
        drawings[size] = drawn(draw, WIDTHS_PX[size], height, FONT_PX[size], salt=alt + size)
    return Chart(alt, drawings)


def drawn(draw, width_px, height_px, font_px, salt):
    settings = {"svg.fonttype": "none", "svg.hashsalt": salt, "font.size": font_px,
                "text.parse_math": False, "text.color": INK, "axes.labelcolor": MUTED,
                "axes.edgecolor": GRID, "xtick.color": GRID, "ytick.color": GRID,
                "xtick.labelcolor": MUTED, "ytick.labelcolor": MUTED, "axes.facecolor": "none",
                "figure.facecolor": "none", "axes.spines.top": False, "axes.spines.right": False,
                "grid.color": GRID, "grid.linewidth": 1, "path.simplify": True}
    with matplotlib.rc_context(settings):
        # An SVG has 72 units to the inch: figures are measured in pixels of the page.
        figure = plt.figure(figsize=(width_px / 72, height_px / 72))
        try:
            draw(figure, width_px, font_px)
            written = io.StringIO()
            figure.savefig(written, format="svg", metadata={"Date": None, "Creator": None,
                                                            "Format": None, "Type": None})
        finally:
            plt.close(figure)
    return inline(written.getvalue(), width_px, height_px)


def inline(svg, width_px, height_px):
    """The SVG without what a page has no use for, and with the page's colours and font."""
    svg = svg[svg.index("<svg"):]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<svg [^>]*>", f'<svg xmlns="http://www.w3.org/2000/svg" '
                 f'xmlns:xlink="http://www.w3.org/1999/xlink" '
                 f'viewBox="0 0 {width_px} {height_px}" aria-hidden="true">', svg, count=1)
    svg = re.sub(r'<g id="[^"]*"', "<g", svg)
    svg = re.sub(r"<!--.*?-->\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r"(font: [^'\";]*px) [^;\"]*", r"\1 var(--font)", svg)
    for color, variable in VARIABLES.items():
        svg = svg.replace(color, variable)
    return re.sub(r"\n\s*", "\n", svg)


def shortened(text, width_px, font_px):
    """`text` cut to what certainly fits."""
    letters = max(1, int(width_px / (LETTER_EM * font_px)))
    return text if len(text) <= letters else text[:letters - 1] + "…"


def widest_px(texts, font_px):
    """The room that the longest of `texts` certainly fits in."""
    return LETTER_EM * font_px * max(map(len, texts), default=0)


def axes(figure, left_px, bottom_px, right_px, top_px, **options):
    """Axes with the given margins to the figure's edges."""
    width, height = figure.get_size_inches() * 72
    return figure.add_axes((left_px / width, bottom_px / height,
                            (width - left_px - right_px) / width,
                            (height - bottom_px - top_px) / height), **options)
