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


CALLERS = {"SCHED_POSTGRES_DSN": "postgresql://u@127.0.0.1:1/x", "SCHED_REDIS_URL": "redis://127.0.0.1:1/0"}
"""As the README has them exported."""


def run(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": "/usr/bin:/bin", **variables}
    command = [sys.executable, "-m", *words]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def simulate(*arguments: str, hash_seed: str = "random", **variables: str) -> str:
    """What the command prints; it must succeed."""
    done = run("tests.simulation", *arguments, PYTHONHASHSEED=hash_seed, **variables)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_caller_s_servers_are_left_alone() -> None:
    """Who has exported them, as the README says, simulates and hunts in the same shell."""
    assert "3 seeds passed" in simulate("--seeds", "3", **CALLERS)
    caught = run("tests.simulation.hunt", "any_delivery_speaks", "--seeds", "1000", **CALLERS)
    assert (caught.returncode, "1 of 1 mutants caught" in caught.stdout) == (0, True), caught.stdout


@pytest.mark.parametrize("command", ["tests.simulation", "tests.simulation.hunt"])
@pytest.mark.parametrize("count", ["-5", "0", "many"])
def test_a_run_of_nothing_is_refused(command: str, count: str) -> None:
    """It would prove nothing, and must not look as if it did."""
    done = run(command, "--seeds", count)
    assert done.returncode == 2
    assert f"{count!r} is no number of seeds; it must be a whole number from 1 on" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    "words", [("tests.simulation.hunt", "nosuch"), ("tests.simulation", "--mutant", "nosuch")]
)
def test_a_mutant_that_is_none_is_refused(words: tuple[str, ...]) -> None:
    """The refusal lists those that there are, by the names of the table in the docs."""
    done = run(*words)
    assert done.returncode == 2
    assert "no mutant is called nosuch; there are:" in done.stderr
    named = re.findall(r"^  ([a-z_]+)$", done.stderr, re.MULTILINE)
    page = (ROOT / "docs" / "reliability.md").read_text()
    assert named == re.findall(r"^\| [a-z]+ \| `([a-z_]+)` \|", page, re.MULTILINE)


APPLY_ALL = """
import os
from tests.simulation import setup
setup.prepare()
from tests.simulation.mutants import MUTANTS
for mutant in MUTANTS:
    child = os.fork()  # one mutant must not meet what another has rewritten
    if not child:
        mutant.apply()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0, mutant.name
"""


def test_every_mutant_still_fits_the_product() -> None:
    """They rewrite pieces of its source, which a change may have moved; to hunt them takes minutes."""
    environment = {"PATH": "/usr/bin:/bin", "PYTHONHASHSEED": "0"}
    command = [sys.executable, "-c", APPLY_ALL]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


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
