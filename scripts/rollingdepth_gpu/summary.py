"""Turns what the steps of gpu_check left behind into a table and gpu_check.json.

Its exit code is 0 where every step that was run has passed, and the programs were among them.
"""

import json
import re
import sys
from pathlib import Path

NETWORKS = ("encode", "denoise", "decode")
GOAL = 1.5  # Times as fast as eager PyTorch in half precision, at the same batch.
NO_GPU = 77  # The exit code of gpu_test without one.
TIMED_OUT = (124, 137)
PARITY = re.compile(r"^\[  PARITY  \] (.*) \| (.*) \| (\S+) \| (\S+)$", re.MULTILINE)


def read_json(path):
    """The object in a file; nothing where the step that writes it did not get so far."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def read_steps(work):
    """[{name, result, passed, seconds}] in the order in which the steps ran."""
    steps = []
    for line in (work / "steps.tsv").read_text(encoding="utf-8").splitlines():
        name, status, seconds = line.split("\t")
        code = int(status) if status.isdigit() else None
        result = {0: "passed", NO_GPU: "FAILED: no GPU"}.get(code, f"FAILED, exit code {code}")
        if code is None:
            result = f"not run: {status}"
        elif code in TIMED_OUT:
            result = "FAILED: out of time"
        steps.append({"name": name, "result": result, "seconds": int(seconds),
                      "passed": None if code is None else code == 0})
    return steps


def parity(log):
    """[{stage, which, measured, bound}] of all measurements that the tests print."""
    return [{"stage": stage, "which": which, "measured": float(value), "bound": float(bound)}
            for stage, which, value, bound in PARITY.findall(log)]


def calls(benchmark):
    """{network: {batch: {seconds, peak_memory_bytes}}} of network_benchmark's file."""
    found = {}
    for entry in (benchmark or {}).get("benchmarks", []):
        network, batch = entry["name"].split("/")[:2]
        found.setdefault(network, {})[batch] = {
            "seconds": entry["real_time"] / 1e3,
            "peak_memory_bytes": entry.get("peak_memory_bytes")}
    return found


def compared(ours, eager):
    """One row for each network and batch: ours beside eager's, where that is known."""
    rows = []
    for network, batches in ours.items():
        for batch, call in batches.items():
            other = eager["calls"].get(network, {}).get(batch, {}) if eager else {}
            operations = eager["operations"].get(network, 0) * int(batch) if eager else 0
            rows.append({
                "network": network, "batch": int(batch), "seconds": call["seconds"],
                "a_second": int(batch) / call["seconds"],
                "gflop_a_second": operations / call["seconds"] / 1e9 if operations else None,
                "peak_memory_bytes": call["peak_memory_bytes"],
                "eager_seconds": other.get("seconds"),
                "eager_peak_memory_bytes": other.get("peak_memory_bytes"),
                "times_as_fast": other["seconds"] / call["seconds"] if other.get("seconds")
                else None})
    return rows


def waiting_share(run):
    """The share of the networks' stages in which the device computes nothing."""
    profiled = (run or {}).get("profiled")
    if not profiled or not profiled["network_stage_seconds"]:
        return None
    return max(0.0, 1 - profiled["device_busy_seconds"] / profiled["network_stage_seconds"])


def run_words(run):
    share = waiting_share(run)
    words = [f"{run['frames']} frames of {run['size'][0]}x{run['size'][1]}, {run['dtype']}",
             f"{run['frames_a_second']:.1f} frames/s",
             f"{run['seconds']:.2f} s (the first run {run['first_seconds']:.2f} s)"]
    if share is not None:
        words.append(f"the device waits {100 * share:.0f} % of the networks' time")
    if run.get("peak_memory_bytes"):
        words.append(f"{run['peak_memory_bytes'] / 1e9:.1f} GB")
    return "; ".join(words)


def key_figures(step, log, found):
    """What the table says beside a step, one line."""
    name, facts = step["name"], found["facts"] or {}
    if name == "facts" and facts:
        known = [facts["name"], facts.get("capability") and f"sm {facts['capability']}",
                 facts.get("memory_bytes") and f"{facts['memory_bytes'] / 1e9:.0f} GB",
                 facts.get("driver") and f"driver {facts['driver']}", f"torch {facts['torch']}"]
        return ", ".join(word for word in known if word)
    if name in ("run", "default_run") and found[name]:
        return run_words(found[name])
    failed = sorted(set(re.findall(r"^\[  FAILED  \] (\S+\.\S+)", log, re.MULTILINE)))
    if failed:
        return "failed: " + ", ".join(test.rstrip(",") for test in failed)
    measured = parity(log)
    if measured:
        worst = max(measured, key=lambda one: one["measured"] / one["bound"])
        return (f"{len(measured)} measurements; nearest to its bound: {worst['stage']}, "
                f"{worst['which']}: {worst['measured']:g} of {worst['bound']:g}")
    lines = [line for line in log.splitlines() if line.strip()]
    if name == "start" and step["passed"]:
        return "; ".join(line for line in lines if line.startswith("device "))
    tests = re.search(r"\[  PASSED  \] (\d+ tests?)", log)
    if tests:
        return tests.group(1)
    if name in (*NETWORKS, "eager", "default_networks") and step["passed"]:
        return "below"
    return lines[-1].strip()[:160] if lines else ""


def text_table(rows, right=()):
    """Columns as wide as they must be; those in `right` hold numbers."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.rjust(width) if column in right else cell.ljust(width)
                       for column, (cell, width) in enumerate(zip(row, widths))).rstrip()
             for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)


def number(value, scale=1.0, digits=1):
    return "–" if value is None else f"{value * scale:,.{digits}f}"


def networks_text(title, rows):
    head = ("network", "batch", "ms", "1/s", "GFLOP/s", "GB", "eager ms", "eager GB", "ratio")
    cells = [(row["network"], str(row["batch"]), number(row["seconds"], 1e3, 2),
              number(row["a_second"]), number(row["gflop_a_second"], 1, 0),
              number(row["peak_memory_bytes"], 1e-9), number(row["eager_seconds"], 1e3, 2),
              number(row["eager_peak_memory_bytes"], 1e-9),
              number(row["times_as_fast"], 1, 2)) for row in rows]
    return title + "\n" + text_table([head, *cells], right=range(1, len(head)))


def summary_text(steps, found):
    where = (found["facts"] or {}).get("name", "an unknown device")
    rows = [("step", "result", "s", f"figures, on {where}")]
    rows += [(step["name"], step["result"], str(step["seconds"]), step["figures"])
             for step in steps]
    parts = [text_table(rows, right=(2,))]
    if found["networks"]:
        with_goal = [row for row in found["networks"] if row["times_as_fast"]]
        met = sum(row["times_as_fast"] >= GOAL for row in with_goal)
        parts.append(networks_text(
            f"Networks of random weights on {where}: {met} of {len(with_goal)} are {GOAL} times "
            "as fast as eager PyTorch, or more", found["networks"]))
    if found["default_networks"]:
        parts.append(networks_text(f"The default model on {where}", found["default_networks"]))
    return "\n\n".join(parts) + "\n"


def main():
    work, results = Path(sys.argv[1]), Path(sys.argv[2])
    steps = read_steps(work)
    eager = read_json(work / "eager.json")
    found = {"facts": read_json(work / "facts.json"),
             "commit": (work / "commit").read_text().strip() if (work / "commit").is_file()
             else None,
             "networks": compared({network: batches for name in NETWORKS for network, batches in
                                   calls(read_json(work / f"networks_{name}.json")).items()},
                                  eager),
             "run": read_json(work / "run.json"),
             "default_networks": compared(calls(read_json(work / "default_networks.json")), None),
             "default_run": read_json(work / "default_run.json"), "parity": []}
    for step in steps:
        log_file = work / f"{step['name']}.log"
        log = log_file.read_text(encoding="utf-8", errors="replace") if log_file.is_file() else ""
        step["figures"] = key_figures(step, log, found)
        found["parity"] += parity(log)
    # Programs that did not start and then were built there have two rows of that name.
    last = {step["name"]: step for step in steps}.values()
    passed = all(step["passed"] is not False for step in last)
    passed = passed and any(step["name"] == "start" for step in steps)
    text = summary_text(steps, found)
    print(text, end="")
    (results / "gpu_check.txt").write_text(text, encoding="utf-8")
    (results / "gpu_check.json").write_text(
        json.dumps({"passed": passed, "steps": steps, **found}, indent=1) + "\n",
        encoding="utf-8")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
