#!/usr/bin/env python3
"""Unpacks what tests/data holds packed, and packs it anew; needs nothing but Python.

    scripts/recordings.py unpack          # prints the folder that the archives were unpacked into
    scripts/recordings.py pack FOLDER     # writes all archives from such a folder; one, if named

The build unpacks for the C++ tests by itself; this is for tests and scripts in Python. An archive
does not depend on when, where and by whom it is packed.
"""

import argparse
import hashlib
import lzma
import os
import shutil
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKED = ROOT / "tests" / "data"
UNPACKED = ROOT / "build" / "recordings"

# Archive: folders. Packages stand behind the checkpoints that they are exported from, because
# the dictionary then holds their weights already.
ARCHIVES = {"align": ["align"], "cases": ["cases"], "picture": ["picture"],
            "networks": ["checkpoints", "models", "templates"], "vda": ["vda"], "gem": ["gem"]}
# Made for values of four bytes; the dictionary takes in the largest archive.
FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "lc": 2, "lp": 2, "pb": 2,
            "dict_size": 16 << 20}]


def archive_of(name, packed=PACKED):
    return packed / f"{name}.tar.xz"


def unpacked(packed=PACKED, place=UNPACKED):
    """The folder with what the archives hold now, unpacked on the first call. Only to be read."""
    archives = [archive_of(name, packed) for name in ARCHIVES]
    digest = hashlib.sha256(b"".join(archive.read_bytes() for archive in archives)).hexdigest()
    folder = place / digest[:16]
    if folder.is_dir():
        return folder
    place.mkdir(parents=True, exist_ok=True)
    stage = Path(tempfile.mkdtemp(prefix="partial-", dir=place))
    try:
        for archive in archives:
            with tarfile.open(archive) as opened:
                opened.extraction_filter = getattr(tarfile, "data_filter", None)
                opened.extractall(stage)
        stage.rename(folder)
    except OSError:
        if not folder.is_dir():  # Else another process was faster.
            raise
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    return folder


def plain(entry):
    """An entry of an archive without what differs from machine to machine."""
    entry.uid = entry.gid = entry.mtime = 0
    entry.uname = entry.gname = ""
    entry.mode = 0o755 if entry.isdir() else 0o644
    return entry


def pack(name, folder, packed=PACKED):
    """Writes one archive from the folders below `folder`."""
    archive = archive_of(name, packed)
    partial = archive.with_name(archive.name + ".partial")
    with lzma.open(partial, "wb", filters=FILTERS) as stream, \
            tarfile.open(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT) as opened:
        for part in ARCHIVES[name]:
            opened.add(folder / part, arcname=part, filter=plain)  # Sorted, folder by folder.
    os.replace(partial, archive)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    ways = parser.add_subparsers(dest="way", required=True)
    ways.add_parser("unpack", help="print the folder that the archives are unpacked into")
    pack_way = ways.add_parser("pack", help="write all archives, or one")
    pack_way.add_argument("folder", type=Path)
    pack_way.add_argument("archive", nargs="?", choices=sorted(ARCHIVES))
    arguments = parser.parse_args()
    if arguments.way == "unpack":
        print(unpacked())
    else:
        for name in [arguments.archive] if arguments.archive else ARCHIVES:
            pack(name, arguments.folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
