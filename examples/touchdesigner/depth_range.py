"""Script TOP of TouchDesigner: depth in the units of `rollingdepth live`, from its picture and statistics.

As a program it prints the last range of a statistics file: python3 depth_range.py stats.ndjson
"""

import json
import os
import sys

TAIL_BYTES = 8192  # Some dozens of lines.


def last_range(path):
    """Returns (far, near) of the newest frame in a statistics file; None where there is none yet."""
    with open(path, "rb") as file:
        file.seek(0, os.SEEK_END)
        file.seek(max(0, file.tell() - TAIL_BYTES))
        lines = file.read().split(b"\n")
    for line in reversed(lines[:-1]):  # What follows the last line break is not complete.
        try:
            record = json.loads(line)
        except ValueError:  # The first one may be cut.
            continue
        if record.get("event") == "frame":
            return float(record["far"]), float(record["near"])
    return None


def depth_of(shown, far, near):
    """Returns the depth of picture values, 0 to 1. Of metres, far is the larger; they are shown inverted."""
    if far > near > 0:
        return 1 / (1 / far + shown * (1 / near - 1 / far))
    return far + shown * (near - far)


def onSetupParameters(scriptOp):
    page = scriptOp.appendCustomPage("Depth")
    page.appendFile("Statsfile", label="Statistics File")
    page.appendFloat("Far", label="Far")
    page.appendFloat("Near", label="Near")


def onCook(scriptOp):
    path = scriptOp.par.Statsfile.eval()
    found = last_range(path) if path and os.path.exists(path) else None
    far, near = found or (0.0, 1.0)
    scriptOp.par.Far, scriptOp.par.Near = far, near
    picture = scriptOp.inputs[0].numpyArray(delayed=True)
    if picture is None:  # The first frame with `delayed`.
        return
    depth = picture.astype("float32")
    depth[:, :, :3] = depth_of(depth[:, :, :1], far, near)
    scriptOp.copyNumpyArray(depth)


if __name__ == "__main__":
    known = last_range(sys.argv[1])
    print("no frame yet" if known is None else "far %g near %g" % known)
