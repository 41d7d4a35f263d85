#!/usr/bin/env python3
"""Writes src/write/colormap_tables.cpp from matplotlib's colour maps.

Needs matplotlib and numpy; run it again only to add maps. Prints the tables to standard output:

    scripts/generate_colormaps.py > src/write/colormap_tables.cpp
"""

import sys

import matplotlib
import numpy as np

# The continuous maps. Every one is also offered reversed, as `<name>_r`.
NAMES = """
    viridis plasma inferno magma cividis turbo twilight twilight_shifted
    Blues BrBG BuGn BuPu GnBu Greens Greys OrRd Oranges PRGn PiYG PuBu PuBuGn PuOr PuRd Purples
    RdBu RdGy RdPu RdYlBu RdYlGn Reds Spectral YlGn YlGnBu YlOrBr YlOrRd
    CMRmap Wistia afmhot autumn binary bone brg bwr cool coolwarm copper cubehelix gist_earth
    gist_gray gist_heat gist_ncar gist_rainbow gist_stern gist_yarg gnuplot gnuplot2 gray hot hsv
    jet nipy_spectral ocean pink rainbow seismic spring summer terrain winter
""".split()

HEAD = """\
// Written by scripts/generate_colormaps.py from matplotlib {version}; do not edit by hand.
//
// RGB entries, matplotlib's values times 255, truncated. matplotlib computes its reversed maps
// anew, so that some values round differently: such a map has a line of its own.
// Sources and licences:
// matplotlib's own maps: copyright the Matplotlib Development Team, matplotlib licence;
// viridis, plasma, inferno, magma: S. van der Walt, N. Smith and E. Firing, CC0;
// cividis: J. Nunez, C. Anderton and R. Renslow, CC0; twilight: B. Westhoff, CC0;
// turbo: A. Mikhailov, Google LLC, Apache-2.0;
// Blues to YlOrRd (ColorBrewer): C. Brewer, M. Harrower and The Pennsylvania State University,
// Apache-2.0.
#include "write/colormap_tables.hpp"

namespace rollingdepth {{

// clang-format off
constexpr ColormapTable kTables[] = {{
"""

FOOT = """\
}};
// clang-format on

std::span<const ColormapTable> colormap_tables() {{ return kTables; }}

}}  // namespace rollingdepth
"""


def table(name):
    """[256, 3] uint8 (twilight: [510, 3]), as `uint8(cmap(x) * 255)` gives it."""
    cmap = matplotlib.colormaps[name]
    return (cmap(np.arange(cmap.N))[:, :3] * 255).astype(np.uint8)


def main():
    out = sys.stdout
    out.write(HEAD.format(version=matplotlib.__version__))
    for name in sorted(NAMES):
        forward, reversed_ = table(name), table(name + "_r")
        out.write(f'    {{"{name}", "{forward.tobytes().hex()}"}},\n')
        if not np.array_equal(reversed_, forward[::-1]):
            out.write(f'    {{"{name}_r", "{reversed_.tobytes().hex()}"}},\n')
    out.write(FOOT.format())


if __name__ == "__main__":
    main()
