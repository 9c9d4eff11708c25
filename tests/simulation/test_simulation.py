"""The simulation in CI: fresh seeds, printed; and the proof that a seed is the whole of a run.

Each test runs `python -m tests.simulation` in a process of its own, as `make simulate` does: the simulation takes the
place of the product's threads and clocks for as long as it runs.
"""

from __future__ import annotations

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.telling import Tell

ROOT = Path(__file__).resolve().parents[2]
FRESH_SEEDS = 5_000
PROCESSES = 2


def simulate(*arguments: str, hash_seed: str = "random") -> str:
    """What the command prints; it must succeed."""
    command = [sys.executable, "-m", "tests.simulation", *arguments]
    environment = {"PATH": "/usr/bin:/bin", "PYTHONHASHSEED": hash_seed}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_fresh_seeds_break_no_law(tell: Tell) -> None:
    """Other seeds each time; they are printed, and one that fails tells how to repeat it."""
    with ThreadPoolExecutor(PROCESSES) as pool:
        share = str(FRESH_SEEDS // PROCESSES)
        told = list(pool.map(lambda _: simulate("--seeds", share), range(PROCESSES)))
    tell("\n" + "".join(told).rstrip())
    assert all(f"{share} seeds passed" in each for each in told)


def test_a_seed_is_the_whole_of_a_run() -> None:
    """In another process, and after other runs, the same seeds leave the same traces, line for line."""
    alone = simulate("--seeds", "40", "--base", "1000", "--fingerprints")
    after_others = simulate("--seeds", "60", "--base", "980", "--fingerprints", hash_seed="7")
    found = re.findall(r"^seed (\d+) ([0-9a-f]+)$", alone, re.MULTILINE)
    assert len(found) == 40
    assert found == re.findall(r"^seed (\d+) ([0-9a-f]+)$", after_others, re.MULTILINE)[20:]


def test_a_trace_can_be_read_again() -> None:
    """`--seed` repeats one run and prints what happened in it."""
    told = simulate("--seed", "1000")
    assert "run 0001: WS" in told
    assert "FAULT" in told or "faults stop" in told or "faults=0" in told


@pytest.mark.long
def test_every_mutant_is_found() -> None:
    """Each fault that is put into the product breaks a law soon."""
    command = [sys.executable, "-m", "tests.simulation.hunt", "--keep-page"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
