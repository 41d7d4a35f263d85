"""The command: what it writes, and one line and the right exit code where it cannot."""

import re
import subprocess
import sys
import unittest
from html.parser import HTMLParser

import numpy as np

import fixtures


class Program(fixtures.FolderTest):
    def setUp(self):
        super().setUp()
        self.page = self.folder / "report.html"

    def run_report(self, *arguments):
        return subprocess.run([sys.executable, str(fixtures.ROOT / "scripts" / "report.py"),
                               *map(str, arguments)], cwd=self.folder, capture_output=True,
                              text=True)

    def write_report(self, *arguments):
        run = self.run_report(*arguments, "-o", self.page)
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        return self.page.read_text(encoding="utf-8")

    def refuse(self, code, message, *arguments):
        run = self.run_report(*arguments)
        self.assertEqual((run.returncode, run.stderr, run.stdout), (code, message + "\n", ""))
        self.assertFalse(self.page.exists())
        self.assertEqual(list(self.folder.glob("*.partial")), [])

    def test_each_kind_alone_makes_a_page_with_its_sections(self):
        kinds = [(fixtures.comparison(), ["metrics", "over-time", "worst"]),
                 (fixtures.bench(), ["bench"]), (fixtures.trace(), ["timeline"])]
        for content, sections in kinds:
            with self.subTest(sections=sections):
                page = self.write_report(self.write("in.json", content))
                self.assertEqual(re.findall(r'<section id="([^"]*)"', page), sections)

    def test_names_broken_bounds(self):
        path = self.write("c.json", fixtures.comparison(mae=[0.5] * 12))
        page = self.write_report(f"small={path}")
        self.assertIn("small: MAE is 0.5000; at most 0.01 is allowed", page)
        self.assertIn("1 of 2 bounds hold", page)

    def test_broken_bounds_do_not_contradict_themselves(self):
        for bound, text in [
                (("coverage", "min", 1.0, 0.99999), "Coverage is 0.99999; at least 1 is required"),
                (("coverage", "min", 0.99999999, 0.99999998),
                 "Coverage is 0.99999998; at least 0.99999999 is required"),
                (("mae", "max", 0.01, 0.010000001), "MAE is 0.010000001; at most 0.01 is allowed"),
                (("mae", "max", 1e-5, None), "MAE is not defined; at most 1e-05 is allowed"),
                (("temporal_difference", "max", 0.1, -0.5),
                 "Added change has size 0.5000; at most 0.1 is allowed")]:
            with self.subTest(text=text):
                keys = dict(zip(("metric", "kind", "limit", "value"), bound))
                content = {**fixtures.comparison(), "bounds": [{**keys, "holds": False}]}
                page = self.write_report("c=" + self.write("c.json", content))
                self.assertIn(f"<li>c: {text}</li>", page)

    def test_cards_say_which_candidate_they_are_about(self):
        page = self.write_report(self.write("a.json", fixtures.comparison(candidate="x/a.npy")),
                                 "mine=" + self.write("b.json", fixtures.comparison()))
        self.assertEqual(re.findall(r'<div class="card">\s*<h4>(.*)</h4>', page),
                         ["a.npy", "mine"])

    def test_shows_ground_truth_and_its_range(self):
        content = fixtures.comparison()
        content["settings"].update(align="affine-inverse", ground_truth=True, min_depth=0.5,
                                   max_depth=80)
        page = self.write_report(self.write("c.json", content))
        self.assertIn("1 / (2.000 × candidate − 0.2000)", page)
        self.assertIn("depth from 0.5000 to 80.00 counts", page)
        page = self.write_report(self.write("c.json", fixtures.comparison()))
        self.assertNotIn("Ground truth", page)

    def test_same_file_names_get_headings_of_their_own(self):
        for content in (fixtures.bench(), fixtures.trace(3)):
            for folder in ("fast", "full"):
                (self.folder / folder).mkdir(exist_ok=True)
                self.write(f"{folder}/x.json", content)
            page = self.write_report("fast/x.json", "full/x.json")
            self.assertEqual(re.findall("<h3>(fast|full|x.json)</h3>", page), ["fast", "full"])

    def test_bench_has_one_unit_and_names_what_all_runs_had(self):
        page = self.write_report(self.write("b.json", fixtures.bench()))
        self.assertIn('data-label="Alignment error">0.400 %</td>', page)
        self.assertIn(">0.400 %</text>", page)
        self.assertIn("Every run had <code>--dtype fp32</code>.", page)

    # 0.2 s of the first setting are outside the stages (0.3 + 0.5 + 1.5 + 0.1 + 0.1 s of 2.6 s).
    def test_legend_names_time_outside_the_stages(self):
        content = fixtures.bench()
        content["settings"] = content["settings"][:1]
        page = self.write_report(self.write("b.json", content))
        self.assertIn('style="background: var(--rest)"></span>outside the stages</li>', page)
        content["settings"][0]["median"]["seconds"] = 2.5
        page = self.write_report(self.write("b.json", content))
        self.assertNotIn("outside the stages", page)

    def test_names_the_first_of_many_broken_bounds(self):
        content = fixtures.comparison()
        content["bounds"] = [{**content["bounds"][0], "frame": frame} for frame in range(12)]
        page = self.write_report(self.write("c.json", content))
        self.assertEqual(page.count(" is allowed</li>"), 10)
        self.assertIn("in frame 9; at most", page)
        self.assertIn("<li>and 2 more</li>", page)

    def test_says_passed_only_where_bounds_hold(self):
        content = fixtures.comparison()
        content["bounds"][0]["holds"] = True
        page = self.write_report(self.write("c.json", content))
        self.assertIn('<p class="result">Passed</p>', page)
        page = self.write_report(self.write("c.json", {**content, "bounds": []}))
        self.assertNotIn('class="result"', page)

    def test_loads_nothing(self):
        fixtures.write_clips(self.folder)
        page = self.write_report(self.write("c.json", fixtures.comparison(video="clip.mp4")))
        sources = re.findall(r'(?:src|href)="([^"#]+)', page)
        pictures = [source for source in sources if source.startswith("data:image/webp")]
        self.assertEqual(len(pictures), 4 * 5)
        self.assertEqual([source for source in sources if not source.startswith("data:")], [])
        self.assertNotIn("<script", page)
        self.assertNotIn("url(http", page)
        self.assertNotIn("@import", page)

    def test_shows_names_as_text(self):
        name = '<b>"bold" & $x_1$</b>'
        page = self.write_report(self.write("b.json", fixtures.bench()), "--title", name)
        self.assertIn("<h1>&lt;b&gt;&#34;bold&#34; &amp; $x_1$&lt;/b&gt;</h1>", page)
        self.assertNotIn("<b>&</b>", page)

    def test_ranks_only_candidates_of_one_reference(self):
        good = self.write("good.json", fixtures.comparison(mae=[0.1] * 12))
        bad = self.write("bad.json", fixtures.comparison(mae=[0.2] * 12))
        other = self.write("other.json", fixtures.comparison(reference="other.npy"))
        page = self.write_report(good, bad)
        self.assertIn('"value best" data-label="cand.npy (1)">0.1000', page)
        self.assertIn("<h1>2 candidates against ref.npy</h1>", page)
        page = self.write_report(good, other)
        self.assertNotIn('"value best"', page)
        self.assertIn("<h1>2 candidates against their references</h1>", page)

    def test_equal_references_of_different_folders_are_one(self):
        paths = []
        for folder, reference in [("a", "../ref.npy"), ("b", str(self.folder / "ref.npy")),
                                  ("c", "ref.npy")]:
            (self.folder / folder).mkdir()
            paths.append(self.write(f"{folder}/c.json", fixtures.comparison(reference=reference)))
        np.save(self.folder / "ref.npy", fixtures.reference_depth())
        title = "<h1>{}</h1>".format
        self.assertIn(title("3 candidates against ref.npy"), self.write_report(*paths))
        np.save(self.folder / "c" / "ref.npy", fixtures.reference_depth())
        self.assertIn(title("3 candidates against their references"), self.write_report(*paths))

    def test_equal_clips_have_no_worst_frames(self):
        fixtures.write_clips(self.folder)
        page = self.write_report(self.write("c.json", fixtures.comparison(mae=[0.0] * 12)))
        self.assertIn("No frame differs from the reference.", page)
        self.assertNotIn("<article", page)
        self.assertNotIn("Dots mark", page)

    def test_without_frames_to_show_has_no_such_section(self):
        path = self.write("c.json", fixtures.comparison())
        self.assertNotIn("Worst frames", self.write_report(path, "--worst", "0"))

    def test_best_of_nearly_equal_values_looks_different(self):
        paths = []
        for name, pearson in (("a", 0.9999999), ("b", 1.0)):
            content = fixtures.comparison()
            content["clip"]["pearson"] = pearson
            paths.append(f"{name}=" + self.write(f"{name}.json", content))
        page = self.write_report(*paths)
        self.assertIn('"value" data-label="a">0.9999999<', page)
        self.assertIn('"value best" data-label="b">1.000000<', page)

    def test_says_what_is_not_there(self):
        content = {**fixtures.comparison(), "frames": []}
        page = self.write_report(self.write("c.json", content),
                                 self.write("t.json", {"traceEvents": []}))
        self.assertIn("No frame has an error by which to rank it.", page)
        self.assertIn("The trace holds no spans.", page)

    def test_stays_light_with_many_spans_and_frames(self):
        content = fixtures.comparison(mae=[0.01 * (index % 7) for index in range(10000)])
        page = self.write_report(self.write("c.json", content),
                                 self.write("t.json", fixtures.trace(50000)))
        self.assertLess(len(page), 1500000)

    def test_is_well_formed(self):
        page = self.write_report(*(self.write(name, content) for name, content in (
            ("c.json", fixtures.comparison()), ("b.json", fixtures.bench()),
            ("t.json", fixtures.trace()))))
        checker = Nesting()
        checker.feed(page)
        self.assertEqual(checker.open, [])

    def test_same_input_makes_the_same_page(self):
        path = self.write("b.json", fixtures.bench())
        self.assertEqual(self.write_report(path), self.write_report(path))

    def test_failures_are_one_line(self):
        bad = self.write("bad.json", "{")
        poem = self.write("poem.json", {"kind": "poem"})
        good = self.write("good.json", fixtures.bench())
        out = ("-o", self.page)
        self.refuse(1, "report.py: none.json: no such file", good, "none.json", *out)
        self.refuse(1, f"report.py: {bad}: not JSON: Expecting property name enclosed in double "
                       "quotes: line 1 column 2 (char 1)", bad, *out)
        self.refuse(1, f"report.py: {poem}: neither a comparison, a bench nor a trace but 'poem'",
                    poem, *out)
        self.refuse(1, "report.py: no.mp4: no such file", good, "--video", "no.mp4", *out)
        self.refuse(1, "report.py: good.json/r.html: cannot be written: File exists", good,
                    "-o", "good.json/r.html")

    def test_makes_missing_folders(self):
        self.page = self.folder / "new" / "folder" / "r.html"
        self.write_report(self.write("b.json", fixtures.bench()))

    # What is wrong with a file of pictures stands in the pictures' place.
    def test_damaged_clip_leaves_the_page(self):
        fixtures.write_clips(self.folder)
        np.savez_compressed(self.folder / "cand.npz", depth=fixtures.candidate_depth())
        content = bytearray((self.folder / "cand.npz").read_bytes())
        content[200:600] = bytes(400)
        (self.folder / "cand.npz").write_bytes(content)
        page = self.write_report(self.write("c.json", fixtures.comparison(candidate="cand.npz")))
        self.assertIn("Not shown: cand.npz: cannot read frame 3 (", page)

    def test_wrong_usage_is_one_line(self):
        self.refuse(2, "report.py: the following arguments are required: JSON (see --help)", "-o",
                    self.page)
        self.refuse(2, "report.py: the following arguments are required: -o/--output (see --help)",
                    "a.json")
        self.refuse(2, "report.py: argument --worst: '-1' is not a whole number (see --help)",
                    "a.json", "-o", self.page, "--worst", "-1")

    def test_earlier_page_stays_where_a_new_one_fails(self):
        self.page.write_text("earlier")
        run = self.run_report("none.json", "-o", self.page)
        self.assertEqual(run.returncode, 1)
        self.assertEqual(self.page.read_text(), "earlier")


class Nesting(HTMLParser):
    """Every element is closed where it should be."""
    VOID = {"meta", "link", "img", "br"}

    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, attributes):
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        opened = self.open.pop()
        assert opened == tag, f"{opened} closed by {tag} at {self.getpos()}"


if __name__ == "__main__":
    unittest.main()
