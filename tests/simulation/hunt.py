"""`python -m tests.simulation.hunt`: each mutant against seeds until a law is broken; writes the table of the docs.

Fails if one of them survives `SEEDS_MAX` seeds: then a law or a fault is missing.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.simulation import setup
from tests.simulation.arguments import mutants, seeds

if TYPE_CHECKING:
    from tests.simulation.mutants import Mutant

SEEDS_MAX = 10_000
ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "reliability.md"
BEGIN, END = "<!-- mutants: written by `make mutants` -->", "<!-- end of mutants -->"
BROKEN = re.compile(r"^seed (?P<seed>\d+) breaks a law: (?:law broken: )?(?P<law>[^:\n(]+)", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Catch:
    """What has become of a mutant. Seeds count from the first; none: it survived."""

    mutant: Mutant
    seed: int | None
    law: str


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.hunt", description=__doc__)
    parser.add_argument("names", nargs="*", help="mutants; all unless told, and then the table is written")
    parser.add_argument("--keep-page", action="store_true", help="do not write the table")
    parser.add_argument("--seeds", type=seeds, default=SEEDS_MAX)
    parser.add_argument("--base", type=int, default=0, help="the first seed")
    arguments = parser.parse_args()
    setup.configure()
    wanted = mutants(arguments.names, parser)
    caught = list(_hunted(wanted, arguments.seeds, arguments.base))
    if not (arguments.names or arguments.keep_page):
        _write(caught)
    survivors = [each.mutant.name for each in caught if each.seed is None]
    if survivors:
        print(f"not caught within {arguments.seeds} seeds: {', '.join(survivors)}")
    else:
        print(f"{len(caught)} of {len(caught)} mutants caught")
    return bool(survivors)


def _hunted(wanted: list[Mutant], most: int, base: int) -> Iterator[Catch]:
    """Two at a time."""
    with ThreadPoolExecutor(2) as pool:
        for caught in pool.map(lambda mutant: _hunt(mutant, most, base), wanted):
            print(
                f"{caught.mutant.of:9} {caught.mutant.name:34} seed {caught.seed}: {caught.law}", flush=True
            )
            yield caught


def _hunt(mutant: Mutant, most: int, base: int) -> Catch:
    command = [sys.executable, "-m", "tests.simulation", "--mutant", mutant.name]
    command += ["--seeds", str(most), "--base", str(base)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    found = BROKEN.search(done.stdout)
    if found is None and done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    seed, law = (int(found["seed"]), found["law"].strip()) if found else (None, "")
    return Catch(mutant=mutant, seed=seed, law=law)


def _write(caught: list[Catch]) -> None:
    """Puts the table where the page has its place for it."""
    rows = [
        f"| {each.mutant.of} | `{each.mutant.name}` | {each.mutant.what} | {each.seed} | {each.law} |"
        for each in caught
        if each.seed is not None
    ]
    head = ["| spoilt | name | mutant | first seed | law that it breaks |", "| --- | --- | --- | --- | --- |"]
    page = PAGE.read_text()
    before, rest = page.split(BEGIN)
    after = rest.split(END)[1]
    PAGE.write_text("\n".join([before + BEGIN, "", *head, *rows, "", END]) + after)


if __name__ == "__main__":
    sys.exit(main())
