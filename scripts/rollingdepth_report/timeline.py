"""Lays out the spans of a trace as rows of bars: few, however many spans there are."""

from collections import defaultdict
from dataclasses import dataclass


@dataclass(frozen=True)
class Bar:
    name: str
    start: float
    end: float
    spans: int      # How many it stands for.


@dataclass(frozen=True)
class Row:
    label: str
    spans: list

    def has_one_name(self):
        """Whether the label says all, so that no colour has to."""
        return len({span.name for span in self.spans}) == 1


def rows_of(spans):
    """A row for the stages and one for each thread, as they first appear, its own stages' above."""
    found = defaultdict(list)
    for span in spans:
        found[span.thread, span.category == "stage"].append(span)
    order = list(dict.fromkeys(span.thread for span in spans))
    keys = sorted(found, key=lambda key: ((key[0], True) not in found, order.index(key[0]),
                                          not key[1]))
    return [Row(f"{thread} · stages" if stages else thread, found[thread, stages])
            for thread, stages in keys]


def bars_of(spans, start, column):
    """Bars for the spans of one row, longest first so that short ones are drawn on top.

    A span of at least one `column` (a pixel's worth of time) is a bar of its own. Shorter ones are
    put together: each column that holds some takes the name that fills most of it, and equal
    neighbours join. So there are at most two bars a column.
    """
    bars, short = [], defaultdict(list)
    for span in spans:
        if span.end_seconds - span.start_seconds >= column:
            bars.append(Bar(span.name, span.start_seconds, span.end_seconds, 1))
        else:
            short[int((span.start_seconds - start) / column)].append(span)
    bars += joined([column_bar(short[index]) for index in sorted(short)], column)
    return sorted(bars, key=lambda bar: bar.start - bar.end)


def column_bar(spans):
    filled = defaultdict(float)
    for span in spans:
        filled[span.name] += span.end_seconds - span.start_seconds
    name = max(filled, key=filled.get)
    return Bar(name, min(span.start_seconds for span in spans),
               max(span.end_seconds for span in spans), len(spans))


def joined(bars, column):
    """Neighbours of one name with less than a column between them become one."""
    result = []
    for bar in bars:
        last = result[-1] if result else None
        if last and last.name == bar.name and bar.start - last.end < column:
            result[-1] = Bar(bar.name, last.start, max(last.end, bar.end), last.spans + bar.spans)
        else:
            result.append(bar)
    return result


@dataclass(frozen=True)
class Total:
    thread: str
    category: str
    name: str
    spans: int
    seconds: float


def totals_of(spans):
    """For each thread, category and name how often it ran and how long, longest first."""
    found = defaultdict(lambda: [0, 0.0])
    for span in spans:
        entry = found[span.thread, span.category, span.name]
        entry[0] += 1
        entry[1] += span.end_seconds - span.start_seconds
    totals = [Total(*key, count, seconds) for key, (count, seconds) in found.items()]
    return sorted(totals, key=lambda total: (total.category != "stage", -total.seconds))
