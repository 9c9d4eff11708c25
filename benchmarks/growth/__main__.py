"""`python -m benchmarks.growth [curve …] [--scale part]`: measures the curves and prints them as Markdown."""

import argparse
import dataclasses
import signal
import sys

from benchmarks.arguments import ArgumentError, chosen, fraction
from benchmarks.growth.curve import drawn
from benchmarks.growth.measured import CURVES
from benchmarks.machine import machine
from benchmarks.results import save
from benchmarks.servers.process import end_in_order


def main() -> int:
    signal.signal(signal.SIGTERM, end_in_order)
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__)
    parser.add_argument("curves", nargs="*", help=f"of {', '.join(CURVES)}; else all")
    parser.add_argument("--scale", default="1", help="a part of each size")
    asked = parser.parse_args()
    try:
        names, scale = chosen("curves", asked.curves or None, list(CURVES)), fraction("scale", asked.scale)
    except ArgumentError as refusal:
        print(f"benchmarks: {refusal}", file=sys.stderr)
        return 2
    found = []
    for name in names:
        curve = CURVES[name](scale)
        found.append(dataclasses.asdict(curve))
        print(drawn(curve), flush=True)
    report = {"machine": machine(), "scale": scale, "curves": found}
    print(f"all points: {save(report, 'growth')}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
