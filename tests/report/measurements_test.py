"""Files are told apart by what they hold, and what is wrong with one is said by file and key."""

import json
import math
import unittest

import fixtures
from rollingdepth_report.fields import ReportError
from rollingdepth_report.measurements import (Affine, Bench, Comparison, ComparisonSettings,
                                              Trace, read_measurement, short_labels)


class Measurements(fixtures.FolderTest):
    def refuse(self, content, message):
        path = self.write("in.json", content)
        with self.assertRaises(ReportError) as caught:
            read_measurement(path)
        self.assertEqual(str(caught.exception), f"{path}: {message}")

    def test_tells_kinds_by_content(self):
        kinds = [(fixtures.comparison(), Comparison), (fixtures.bench(), Bench),
                 (fixtures.trace(3), Trace)]
        for content, kind in kinds:
            with self.subTest(kind=kind):
                self.assertIsInstance(read_measurement(self.write("a.txt", content)), kind)

    def test_reads_comparison(self):
        read = read_measurement(self.write("a.json", fixtures.comparison(mae=[0.5] + [None] * 11)))
        self.assertEqual(read.label, "cand.npy")
        self.assertEqual(read.affine, Affine(2.0, -0.2))
        self.assertEqual(read.clip["psnr"], math.inf)
        self.assertNotIn("abs_rel", read.clip)
        self.assertEqual(read.frames[0].values["rmse"], 0.75)
        self.assertIsNone(read.frames[1].values["rmse"])
        self.assertIsNone(read.frames[0].affine)
        self.assertEqual([bound.holds for bound in read.bounds], [False, True])
        self.assertEqual(read.settings, ComparisonSettings(align="affine"))
        self.assertEqual(read.warnings, ["3 values of cand.npy are not finite"])

    def test_reads_affine_of_each_frame(self):
        content = fixtures.comparison()
        content["affine"] = None
        content["frames"][2]["affine"] = {"scale": 3, "shift": 1}
        read = read_measurement(self.write("a.json", content))
        self.assertIsNone(read.affine)
        self.assertEqual(read.frames[2].affine, Affine(3.0, 1.0))

    def test_reads_bench_with_stages_as_they_run(self):
        read = read_measurement(self.write("a.json", fixtures.bench()))
        self.assertEqual(list(read.settings[0].stages),
                         ["encode", "snippets", "align", "merge", "write"])
        self.assertEqual(read.settings[0].seconds, 2.6)
        self.assertIsNone(read.settings[2].alignment_error)

    def test_reads_trace_in_seconds(self):
        content = {"traceEvents": [
            fixtures.span(7, "stage", "encode", 1500000, 250000),
            {"ph": "M", "pid": 1, "tid": 7, "name": "thread_name", "args": {"name": "main"}},
            {"ph": "C", "pid": 1, "tid": 0, "name": "memory", "ts": 5e5,
             "args": {"resident_bytes": 9}}]}
        read = read_measurement(self.write("a.json", content))
        self.assertEqual(read.spans[0].thread, "main")
        self.assertEqual((read.spans[0].start_seconds, read.spans[0].end_seconds), (1.5, 1.75))
        self.assertEqual(read.memory, [(0.5, 9.0)])

    def test_takes_name_before_file(self):
        path = self.write("a.json", fixtures.comparison())
        self.assertEqual(read_measurement(f"new model={path}").label, "new model")

    def test_file_with_equals_sign_needs_no_name(self):
        path = self.write("a=b.json", fixtures.comparison())
        self.assertEqual(read_measurement(path).label, "cand.npy")

    def test_refuses_missing_file(self):
        with self.assertRaisesRegex(ReportError, r"^none\.json: no such file$"):
            read_measurement("none.json")

    def test_refuses_what_is_not_json(self):
        self.refuse('{"kind": ', "not JSON: Expecting value: line 1 column 10 (char 9)")

    def test_refuses_other_json(self):
        self.refuse([1], "not an object")
        self.refuse({"kind": "poem"}, "neither a comparison, a bench nor a trace but 'poem'")
        self.refuse({}, "neither a comparison, a bench nor a trace")

    def test_refuses_bench_of_nothing(self):
        self.refuse({**fixtures.bench(), "settings": []}, "'settings' is empty")

    def test_refuses_other_format(self):
        self.refuse({**fixtures.bench(), "format": 2}, "format 2 is not known, only 1 is")

    def test_refuses_missing_and_wrong_values(self):
        content = fixtures.comparison()
        del content["frames"][4]["frame"]
        self.refuse(content, "frames[4]: 'frame' is missing")
        content = fixtures.comparison()
        content["clip"]["mae"] = "small"
        self.refuse(content, "clip: 'mae' is not a finite number")
        content = fixtures.bench()
        content["settings"][1]["median"]["seconds"] = True
        self.refuse(content, "settings[1]: median: 'seconds' is not a finite number")

    def test_refuses_settings_of_the_wrong_kind(self):
        for key, value, kind in [("video_from", "x", "a whole number of 0 and above"),
                                 ("video_from", -1, "a whole number of 0 and above"),
                                 ("min_depth", "a", "a finite number"),
                                 ("ground_truth", 1, "true or false"), ("align", 3, "text")]:
            with self.subTest(key=key, value=value):
                content = fixtures.comparison()
                content["settings"][key] = value
                self.refuse(content, f"settings: '{key}' is not {kind}")
        self.refuse({**fixtures.comparison(), "warnings": [1]}, "'warnings' is not a list of text")
        self.refuse({**fixtures.bench(), "common": "--dtype"}, "'common' is not a list")
        bench = fixtures.bench()
        bench["settings"][0]["threads"] = "all"
        self.refuse(bench, "settings[0]: 'threads' is not a whole number of 0 and above")

    # Python reads 1e400 as infinity, NaN as itself and whole numbers of any length.
    def test_refuses_numbers_that_are_not_finite_or_too_large(self):
        event = json.dumps(fixtures.span(1, "stage", "encode", 5, 1))
        for ts in ("1e400", "-1e400", "NaN", "Infinity", "1" + "0" * 400):
            with self.subTest(ts=ts):
                self.refuse('{"traceEvents": [' + event.replace('"ts": 5', f'"ts": {ts}') + "]}",
                            "traceEvents[0]: 'ts' is not a finite number")
        self.refuse({**fixtures.bench(), "repeats": 10**30},
                    "'repeats' is not a whole number of 0 and above")
        path = self.write("long.json", "1" + "0" * 5000)
        with self.assertRaisesRegex(ReportError, "long.json: not JSON: "):
            read_measurement(path)

    def test_takes_what_has_no_fit(self):
        content = {**fixtures.comparison(), "affine": {"scale": None, "shift": None}}
        content["frames"][0]["affine"] = {"scale": 1.0}
        read = read_measurement(self.write("a.json", content))
        self.assertEqual((read.affine, read.frames[0].affine), (None, None))

    def test_reads_what_a_bench_ran_on_and_with(self):
        read = read_measurement(self.write("a.json", fixtures.bench()))
        self.assertEqual(read.processor, "Test CPU")
        self.assertEqual(read.run, "41 frames, cpu, 1 thread")
        self.assertEqual(read.common, ["--dtype", "fp32"])


class Labels(unittest.TestCase):
    def test_are_file_names_where_these_differ(self):
        self.assertEqual(short_labels(["out/a.npy", "b.npy"]), ["a.npy", "b.npy"])

    def test_are_folders_where_all_files_are_called_the_same(self):
        self.assertEqual(short_labels(["out/fast/x.npy", "out/full/x.npy"]), ["fast", "full"])

    def test_take_folder_where_some_names_are_the_same(self):
        self.assertEqual(short_labels(["a/x.npy", "b/x.npy", "b/y.npy"]),
                         ["a/x.npy", "b/x.npy", "y.npy"])

    def test_number_what_stays_the_same(self):
        self.assertEqual(short_labels(["a/x.npy", "a/x.npy"]), ["x.npy (1)", "x.npy (2)"])

    def test_of_one_is_its_file_name(self):
        self.assertEqual(short_labels(["./out/x.npy"]), ["x.npy"])


if __name__ == "__main__":
    unittest.main()
