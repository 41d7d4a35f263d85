#!/usr/bin/env python3
"""Writes models/templates anew, from which `rollingdepth import` makes packages.

Needs torch, numpy and safetensors (scripts/requirements-export.txt), and 10 GB of memory. Networks
of other sizes: scripts/export_model.py --template.
"""

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.dont_write_bytecode = True

import recordings  # noqa: E402
from rollingdepth_export import published, template  # noqa: E402
from rollingdepth_export.gemdepth import checkpoint as gemdepth  # noqa: E402
from rollingdepth_export.gemdepth import package as gemdepth_package  # noqa: E402
from rollingdepth_export.video_depth_anything import checkpoint as video  # noqa: E402
from rollingdepth_export.video_depth_anything import package as video_package  # noqa: E402

TEMPLATES = Path(__file__).resolve().parent.parent / "models" / "templates"


def rolling_depth(folder):
    published.write_configs_of(recordings.unpacked() / "checkpoints" / "a", folder)
    for file, shapes in published.rolling_depth_shapes(folder).items():
        published.write_safetensors(folder / f"{file}.safetensors", shapes)
    return template.FolderTemplate(folder)


def sources(scratch):
    """(name of the folder, title, what it is made of)."""
    yield "rollingdepth", "RollingDepth", rolling_depth(scratch)
    for size in published.VIDEO_DEPTH_ANYTHING:
        name = f"video-depth-anything-{size}"
        yield name, f"Video-Depth-Anything, {size}", template.FileTemplate(
            video.Networks, video_package.describe, name, published.video_depth_anything(size), {})
    yield "gemdepth", "GemDepth", template.FileTemplate(
        gemdepth.Networks, gemdepth_package.describe, "gemdepth", published.gemdepth(), {})


def write(name, title, source, check):
    """@return whether the template was there as it is."""
    with tempfile.TemporaryDirectory() as folder:
        template.write_template(source, title, Path(folder))
        made = Path(folder) / template.FILE
        known = TEMPLATES / name / template.FILE
        same = known.is_file() and template.contents_of(known) == template.contents_of(made)
        if not check and not same:
            known.parent.mkdir(parents=True, exist_ok=True)
            known.write_bytes(made.read_bytes())
        size = made.stat().st_size
    print(f"{known.parent}: {size / 1e3:.0f} kB, " + ("as it is" if same else "another"),
          flush=True)
    return same


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--check", action="store_true",
                        help="write nothing; exit with 1 where one would be another")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rollingdepth-templates-") as scratch:
        same = [write(*source, options.check) for source in sources(Path(scratch))]
    return 1 if options.check and not all(same) else 0


if __name__ == "__main__":
    sys.exit(main())
