"""The page in a real browser: headless Chromium, as phone, tablet and desktop, light and dark."""

import json
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

import fixtures

SIZES = {"phone": (360, 780), "tablet": (768, 1024), "desktop": (1440, 900)}

# Smallest text on the screen, in CSS pixels; text in a drawing is scaled with it.
SMALLEST_TEXT = """
  const sizes = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility()) continue;
    const drawing = element.closest("svg");
    const scale = drawing ? drawing.getScreenCTM().a : 1;
    sizes.push([scale * parseFloat(getComputedStyle(element).fontSize),
                walker.currentNode.data.trim()]);
  }
  return sizes.sort((a, b) => a[0] - b[0])[0];
"""

# The text with the least contrast to the nearest background that is not transparent.
LEAST_CONTRAST = """
  const parts = color => color.match(/[\\d.]+/g).map(Number);
  const light = color => {
    const [r, g, b] = parts(color).map(v => v / 255)
        .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const background = element => {
    for (let e = element; e; e = e.parentElement) {
      const color = getComputedStyle(e).backgroundColor;
      if ((parts(color)[3] ?? 1) > 0) return color;
    }
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility()) continue;
    const style = getComputedStyle(element);
    const pair = [light(element.closest("svg") ? style.fill : style.color),
                  light(background(element))];
    found.push([(Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05),
                walker.currentNode.data.trim()]);
  }
  return found.sort((a, b) => a[0] - b[0])[0];
"""

# What a drawing's box would cut off, and then labels that run into each other.
CUT_TEXT = """
  return [...document.querySelectorAll("svg text")].filter(text => {
    if (!text.checkVisibility()) return false;
    const box = text.getBoundingClientRect(), svg = text.closest("svg").getBoundingClientRect();
    return box.left < svg.left - 1 || box.right > svg.right + 1 ||
           box.top < svg.top - 1 || box.bottom > svg.bottom + 1;
  }).map(text => text.textContent);
"""
TOUCHING_TEXT = """
  const found = [];
  for (const svg of document.querySelectorAll("svg")) {
    if (!svg.checkVisibility()) continue;
    const texts = [...svg.querySelectorAll("text")].map(text => [
        text.textContent, text.getBoundingClientRect()]);
    for (const [index, [text, box]] of texts.entries())
      for (const [other, second] of texts.slice(index + 1))
        // Boxes are higher than letters: lines may overlap by some pixels.
        if (box.left < second.right && second.left < box.right &&
            box.top < second.bottom - 5 && second.top < box.bottom - 5) found.push([text, other]);
  }
  return found;
"""


def start_browser():
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    # The page is ours, and CI runs as root, where Chromium's sandbox does not start.
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    return webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))


class Browser(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp(prefix="rollingdepth-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        fixtures.write_clips(cls.folder)
        gone = fixtures.comparison(candidate="gone.npy", mae=[0.1] * fixtures.FRAMES)
        inputs = {"a.json": fixtures.comparison(video="clip.mp4"), "b.json": gone,
                  "bench.json": fixtures.bench(), "trace.json": fixtures.trace()}
        for name, content in inputs.items():
            (cls.folder / name).write_text(json.dumps(content))
        subprocess.run([sys.executable, str(fixtures.ROOT / "scripts" / "report.py"), "a.json",
                        "a-candidate-with-a-rather-long-name-and-no-space=b.json", "bench.json",
                        "trace.json", "-o", "report.html"], cwd=cls.folder, check=True,
                       stdout=subprocess.DEVNULL)
        # Clips that are nearly equal, in units of 1, of 1e6, and for long; and equal ones.
        alike = {"rounding.json": ([(7.6 + 0.01 * frame) * 1e-6 for frame in range(12)], 1 - 1e-9),
                 "same.json": ([1e-6] * 12, 1 - 1e-9), "equal.json": ([0.0] * 12, 1.0),
                 "large.json": ([1e6 + 1e5 * (frame % 5) for frame in range(80001)], 0.5)}
        for name, (mae, ssim) in alike.items():
            content = fixtures.comparison(candidate="gone.npy", mae=mae)
            for frame in content["frames"]:
                frame["ssim"] = ssim
            (cls.folder / name).write_text(json.dumps(content))
            subprocess.run([sys.executable, str(fixtures.ROOT / "scripts" / "report.py"), name,
                            "-o", Path(name).with_suffix(".html")], cwd=cls.folder, check=True,
                           stdout=subprocess.DEVNULL)
        cls.alike = [Path(name).with_suffix(".html") for name in alike]
        cls.browser = start_browser()
        cls.addClassCleanup(cls.browser.quit)

    def open(self, size, scheme="light", page="report.html"):
        width, height = SIZES[size]
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": size == "phone"})
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": scheme}]})
        self.browser.get((self.folder / page).as_uri())
        self.browser.execute_script(
            "for (const part of document.querySelectorAll('details')) part.open = true;")

    def run_script(self, script):
        return self.browser.execute_script(script)

    def test_fits_the_width_of_the_screen(self):
        for size in SIZES:
            with self.subTest(size=size):
                self.open(size)
                # A phone widens its window to what overflows: innerWidth too has to stay.
                widths = self.run_script("return [document.scrollingElement.scrollWidth, "
                                         "innerWidth]")
                self.assertLessEqual(max(widths), SIZES[size][0])

    def test_shows_every_picture(self):
        for size in SIZES:
            with self.subTest(size=size):
                self.open(size)
                pictures = self.run_script(
                    "return Promise.all([...document.images].map(i => i.decode().then(() => "
                    "[i.complete, i.naturalWidth, i.alt, i.src.slice(0, 5)])))")
                self.assertEqual(len(pictures), 4 * 5)
                for complete, width, alt, source in pictures:
                    self.assertTrue(complete)
                    self.assertEqual(width, fixtures.WIDTH)
                    self.assertRegex(alt, r"^Frame \d+")
                    self.assertEqual(source, "data:")

    def test_says_why_pictures_are_missing(self):
        self.open("phone")
        texts = self.run_script("return [...document.querySelectorAll('.picture .missing')]"
                                ".map(text => text.innerText)")
        self.assertEqual(texts, ["Not shown: gone.npy is not there."] * 3 * 5)

    def test_shows_one_drawing_of_each_chart(self):
        for size in SIZES:
            with self.subTest(size=size):
                self.open(size)
                shown = self.run_script(
                    "return [...document.querySelectorAll('.chart')].map(chart => [...chart."
                    "querySelectorAll('svg')].filter(svg => svg.checkVisibility()).length)")
                # Three metrics, four of the bench, one timeline.
                self.assertEqual(shown, [1] * 8)

    def test_text_is_large_enough(self):
        for size in SIZES:
            with self.subTest(size=size):
                self.open(size)
                pixels, text = self.run_script(SMALLEST_TEXT)
                self.assertGreaterEqual(pixels, 13.9 if size == "phone" else 12, text)

    def test_charts_cut_no_text(self):
        for size in SIZES:
            for page in ("report.html", *self.alike):
                with self.subTest(size=size, page=page):
                    self.open(size, page=page)
                    self.assertEqual(self.run_script(CUT_TEXT), [])
                    self.assertEqual(self.run_script(TOUCHING_TEXT), [])

    def test_text_stands_out(self):
        for scheme in ("light", "dark"):
            with self.subTest(scheme=scheme):
                self.open("phone", scheme)
                contrast, text = self.run_script(LEAST_CONTRAST)
                self.assertGreaterEqual(contrast, 4.5, text)

    def test_has_headings_in_order(self):
        self.open("desktop")
        levels = self.run_script("return [...document.querySelectorAll('h1,h2,h3,h4')]"
                                 ".map(heading => Number(heading.tagName[1]))")
        self.assertEqual(levels.count(1), 1)
        self.assertEqual(levels.count(2), 5)
        self.assertTrue(all(below <= above + 1 for above, below in zip(levels, levels[1:])), levels)
        for link in self.run_script("return [...document.links].map(l => l.getAttribute('href'))"):
            self.assertTrue(self.run_script(f"return !!document.querySelector('{link}')"), link)

    def test_asks_for_nothing_and_complains_of_nothing(self):
        self.browser.get_log("performance")
        self.browser.get_log("browser")
        self.open("phone")
        self.run_script("return Promise.all([...document.images].map(i => i.decode()))")
        events = [json.loads(entry["message"])["message"]
                  for entry in self.browser.get_log("performance")]
        asked = {event["params"]["request"]["url"] for event in events
                 if event["method"] == "Network.requestWillBeSent"}
        page = (self.folder / "report.html").as_uri()
        self.assertIn(page, asked)
        self.assertEqual([url for url in asked if url != page and not url.startswith("data:")], [])
        self.assertEqual(self.browser.get_log("browser"), [])


if __name__ == "__main__":
    unittest.main()
