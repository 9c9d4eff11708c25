"""`python -m tests.chaos`: one run; its report is printed, and written to a file if one is named."""

from __future__ import annotations

import argparse
import secrets
import shutil
import sys
import tempfile
from pathlib import Path

from tests.chaos.report import report
from tests.chaos.run import run


def main() -> int:
    arguments = parsed()
    folder = Path(arguments.folder or tempfile.mkdtemp(prefix="sched-chaos-"))
    folder.mkdir(parents=True, exist_ok=True)
    outcome = run(
        seed=arguments.seed, seconds=arguments.seconds, workflows=arguments.workflows, folder=folder, say=say
    )
    text = report(outcome)
    sys.stdout.write("\n" + text)
    if arguments.report:
        Path(arguments.report).write_text(text)
    if outcome.is_good and not arguments.folder:
        shutil.rmtree(folder)
    else:
        say(f"ledger, journal and logs are in {folder}")
    return 0 if outcome.is_good else 1


def say(text: str) -> None:
    sys.stderr.write(text + "\n")


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seconds", type=float, default=180.0, help="that faults fire for")
    parser.add_argument("--workflows", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=secrets.randbits(24), help="of the order of the faults")
    parser.add_argument("--report", help="a file that the report is written to as well")
    parser.add_argument("--folder", help="where ledger, journal and logs are kept")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
