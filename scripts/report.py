#!/usr/bin/env python3
"""Writes one self-contained HTML page from what rollingdepth measured.

Reads the JSON files of `rollingdepth compare --json`, of `rollingdepth bench --json` and the traces
of `--profile`, tells them apart by what is in them, and draws: the verdict, a table of the metrics,
the error of each frame over time, the worst frames as pictures, what each setting costs, and the
timeline. The page needs nothing beside itself and is made for phones too.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

# Files beside this script, also where it is called through a link.
sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.dont_write_bytecode = True


class Parser(argparse.ArgumentParser):
    """Says in one line what is wrong with the arguments."""

    def error(self, message):
        self.exit(2, f"report.py: {message} (see --help)\n")


def whole_number(text):
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number")
    return int(text)


def parse_arguments(arguments):
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
                    epilog="Pictures are read from the paths that a comparison names, relative to "
                           "its JSON file or to\nthe working directory; colour frames and OpenEXR "
                           "need ffmpeg. Exit codes: 0 written, 1 failed,\n2 wrong usage. See "
                           "docs/report.md.")
    parser.add_argument("inputs", metavar="JSON", nargs="+",
                        help="a file, or NAME=FILE to choose how the page calls it (default: the "
                             "candidate's file name)")
    parser.add_argument("-o", "--output", metavar="HTML", type=Path, required=True,
                        help="the page to write; replaced where it exists")
    parser.add_argument("--title", help="heading of the page (default: from the inputs)")
    parser.add_argument("--video", metavar="CLIP", type=Path,
                        help="video to take colour frames from (default: the comparison's)")
    parser.add_argument("--worst", metavar="N", type=whole_number, default=5,
                        help="frames of each comparison to show as pictures (default: %(default)s)")
    return parser.parse_args(arguments)


def write_whole(path, text):
    """Writes the file so that it has its name only once it is complete."""
    handle, partial = tempfile.mkstemp(prefix=path.name, suffix=".partial", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        # mkstemp keeps others out; a report may be read like any other file.
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(partial, 0o666 & ~mask)
        os.replace(partial, path)
    except BaseException:
        os.unlink(partial)
        raise


def main(arguments=None):
    options = parse_arguments(arguments)
    try:
        from rollingdepth_report.fields import ReportError
        from rollingdepth_report.measurements import read_measurement
        from rollingdepth_report.page import default_title, write_page
    except ModuleNotFoundError as error:
        print(f"report.py: the Python module {error.name} is missing; "
              "pip install -r scripts/requirements-report.txt", file=sys.stderr)
        return 1
    try:
        measurements = [read_measurement(argument) for argument in options.inputs]
        if options.video and not os.path.exists(options.video):
            raise ReportError(f"{options.video}: no such file")
        title = options.title or default_title(measurements)
        page = write_page(measurements, title, options.video, options.worst)
        try:
            options.output.parent.mkdir(parents=True, exist_ok=True)
            write_whole(options.output, page)
        except OSError as error:
            raise ReportError(
                f"{options.output}: cannot be written: {error.strerror}") from None
    except ReportError as error:
        print(f"report.py: {error}", file=sys.stderr)
        return 1
    print(f"{options.output}: {len(page.encode()) / 1e6:.2f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
