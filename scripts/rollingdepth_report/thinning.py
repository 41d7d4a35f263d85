"""Thins long series so that a drawn line keeps its peaks."""

import math


def thinned(points, columns):
    """At most four of `points` (x, y) in each of `columns` parts: first, lowest, highest, last.

    A line through them covers the same pixels as one through all. @param points sorted by x; y may
    be None, which breaks the line and is kept.
    """
    if len(points) <= 4 * columns:
        return points
    start, end = points[0][0], points[-1][0]
    width = (end - start) / columns or 1.0
    kept, column = [], []
    for point in points:
        if column and math.floor((point[0] - start) / width) != math.floor(
                (column[0][0] - start) / width):
            kept += extremes(column)
            column = []
        column.append(point)
    return kept + extremes(column)


def extremes(points):
    known = [index for index, point in enumerate(points) if point[1] is not None]
    keep = {0, len(points) - 1}
    if known:
        keep |= {min(known, key=lambda index: points[index][1]),
                 max(known, key=lambda index: points[index][1])}
    return [points[index] for index in sorted(keep)]
