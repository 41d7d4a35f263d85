"""Timelines and long lines are thinned without losing what can be seen."""

import unittest

import fixtures
from rollingdepth_report.measurements import Span, read_measurement
from rollingdepth_report.thinning import thinned
from rollingdepth_report.timeline import Bar, Total, bars_of, rows_of, totals_of
from rollingdepth_report.timeline_chart import color_index, span_names


def batch(name, start, end, thread="main", category="batch"):
    return Span(thread, category, name, start, end)


class Bars(unittest.TestCase):
    def test_of_long_spans_are_the_spans_longest_first(self):
        bars = bars_of([batch("a", 0, 1), batch("b", 1, 4)], 0, 1)
        self.assertEqual(bars, [Bar("b", 1, 4, 1), Bar("a", 0, 1, 1)])

    # Columns of one second: [0, 1) holds 0.3 of a and 0.1 of b, [1, 2) 0.2 of a, [5, 6) 0.1 of a.
    def test_of_short_spans_take_what_fills_their_column_and_join(self):
        spans = [batch("a", 0.0, 0.3), batch("b", 0.4, 0.5), batch("a", 1.2, 1.4),
                 batch("a", 5.0, 5.1)]
        self.assertEqual(bars_of(spans, 0, 1), [Bar("a", 0.0, 1.4, 3), Bar("a", 5.0, 5.1, 1)])

    def test_of_different_names_do_not_join(self):
        bars = bars_of([batch("a", 0.0, 0.5), batch("b", 1.0, 1.4)], 0, 1)
        self.assertEqual(bars, [Bar("a", 0.0, 0.5, 1), Bar("b", 1.0, 1.4, 1)])

    # 20,000 spans of 1 ms, names in turn, 100 columns: a bar a column.
    def test_are_few_however_many_spans_there_are(self):
        spans = [batch("ab"[index % 2], 1e-3 * index, 1e-3 * index + 9e-4)
                 for index in range(20000)]
        bars = bars_of(spans, 0, 0.2)
        self.assertLessEqual(len(bars), 100)
        self.assertEqual(sum(bar.spans for bar in bars), 20000)


class Rows(unittest.TestCase):
    def test_put_the_thread_with_stages_first_and_stages_on_top(self):
        rows = rows_of([batch("x", 0, 1, "decode"), batch("y", 0, 1),
                        batch("load", 0, 1, category="read"),
                        batch("encode", 0, 2, category="stage")])
        self.assertEqual([(row.label, len(row.spans)) for row in rows],
                         [("main · stages", 1), ("main", 2), ("decode", 1)])
        self.assertEqual([row.has_one_name() for row in rows], [True, False, True])

    def test_colours_tell_names_apart_where_a_row_has_several(self):
        rows = rows_of([batch("x", 0, 1, "decode"), batch("denoise", 0, 1), batch("encode", 0, 1)])
        names = span_names(rows)
        self.assertEqual(names, ["encode", "denoise"])
        colours = [color_index(name, names) for name in ("encode", "denoise", "x")]
        self.assertEqual(len(set(colours)), 3)


class Totals(fixtures.FolderTest):
    def test_count_and_add_up(self):
        trace = read_measurement(self.write("t.json", fixtures.trace(4)))
        totals = {(total.category, total.name): total for total in totals_of(trace.spans)}
        self.assertEqual(len(totals), 5)
        self.assertEqual(totals["stage", "encode"], Total("main", "stage", "encode", 1, 1.0))
        # Batches 1 and 2 of 0.8 * 0.5 s each.
        self.assertEqual(totals["batch", "unet"].spans, 2)
        self.assertAlmostEqual(totals["batch", "unet"].seconds, 0.8)


class Thinned(unittest.TestCase):
    def test_keeps_short_series(self):
        points = [(x, x) for x in range(8)]
        self.assertEqual(thinned(points, 2), points)

    # Two columns, [0, 5) and [5, 10]; the peak at 3 and the trough at 7 stay.
    def test_keeps_ends_and_extremes_of_each_column(self):
        values = [0, 1, 1, 9, 1, 2, 2, -9, 2, 2]
        kept = thinned(list(enumerate(values)), 2)
        self.assertEqual(kept[:3], [(0, 0), (3, 9), (4, 1)])
        self.assertIn((7, -9), kept)
        self.assertEqual(kept[-1], (9, 2))
        self.assertLess(len(kept), 10)

    def test_keeps_columns_without_value_as_gaps(self):
        kept = thinned([(x, None if 40 <= x < 60 else 1.0) for x in range(100)], 5)
        self.assertIn(None, [y for _, y in kept])


if __name__ == "__main__":
    unittest.main()
