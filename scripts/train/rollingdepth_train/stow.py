"""Sets tests/data aside while files travel to a machine with a GPU, and puts it back.

It waits inside git's own folder, which does not travel. Meanwhile git status names its files as
deleted, and .ci/run fails.
"""

import subprocess
from pathlib import Path

STOWED = "stowed-tests-data"  # .ci/run has the same name.


class StowError(Exception):
    pass


def _git(root: Path, *arguments: str) -> str:
    return subprocess.run(["git", "-C", str(root), *arguments], check=True, text=True,
                          capture_output=True).stdout


def _places(root: Path) -> tuple[Path, Path]:
    folder = Path(_git(root, "rev-parse", "--absolute-git-dir").strip())
    return root / "tests" / "data", folder / STOWED


def stow(root: Path) -> None:
    """Moves tests/data of the checkout `root` aside; a second call changes nothing.

    @throws StowError where there is a tests/data beside one that is set aside.
    """
    data, aside = _places(root)
    if aside.exists():
        if data.exists():
            raise StowError(f"both {data} and {aside} are there; compare them and remove one")
        return
    data.rename(aside)


def unstow(root: Path) -> bool:
    """Puts tests/data back, if it was set aside; returns whether it was.

    What is missing without having been set aside is taken from git. @throws StowError as stow.
    """
    data, aside = _places(root)
    if aside.exists():
        if data.exists():
            raise StowError(f"both {data} and {aside} are there; compare them and remove one")
        aside.rename(data)
        return True
    if not data.exists():
        _git(root, "checkout", "--", "tests/data")
    return False


def travelling_bytes(root: Path, folder: Path) -> dict[str, int]:
    """What a copy of the checkout and `folder` weigh, with tests/data set aside."""
    listed = _git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    paths = [root / name for name in set(listed.split("\0")) if name]
    checkout = sum(path.lstat().st_size for path in paths
                   if path.is_file() and not path.is_relative_to(root / "tests" / "data"))
    shared = sum(path.stat().st_size for path in (root / "shared").rglob("*") if path.is_file())
    kit = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return {"checkout": checkout, "shared": shared, folder.name: kit}
