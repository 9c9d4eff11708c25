"""The same inputs against the kernel alone and against every writer of the store: same answers, same rows."""

from __future__ import annotations

import os
from collections import Counter
from random import SystemRandom

import pytest

from tests.differential.coverage import EXPECTED, met
from tests.differential.twins import SEEDS_VARIABLE, Twins
from tests.telling import Tell

CORPUS = range(70)
"""Seeds that are always played; what they meet is known."""
FRESH, FRESH_LONG = 20, 2_000
"""Scripts of seeds that nobody has seen."""


def test_all_writers_do_what_the_kernel_says(all_twins: Twins) -> None:
    """Each kind of input through each door, each refusal, and what is told in `coverage`: all of it is met."""
    found: Counter[str] = Counter()
    for seed in _asked_for() or CORPUS:
        found += met(all_twins.check(seed))
    assert _asked_for() or found.keys() >= EXPECTED, EXPECTED - found.keys()


def test_all_writers_do_what_the_kernel_says_of_scripts_that_nobody_has_seen(
    all_twins: Twins, tell: Tell
) -> None:
    """Other scripts with each run of the tests."""
    _check_fresh(all_twins, FRESH, tell)


@pytest.mark.long
def test_all_writers_do_what_the_kernel_says_of_thousands_of_scripts(all_twins: Twins, tell: Tell) -> None:
    """As above, and more."""
    _check_fresh(all_twins, FRESH_LONG, tell)


def _check_fresh(twins: Twins, count: int, tell: Tell) -> None:
    first = SystemRandom().randrange(1_000_000, 2**40)
    tell(f"{count} scripts, seeds from {first}")
    for seed in range(first, first + count):
        twins.check(seed)


def _asked_for() -> list[int]:
    """Seeds of the variable: some, with commas between, or `first-last`."""
    text = os.environ.get(SEEDS_VARIABLE, "")
    first, dash, last = text.partition("-")
    if dash:
        return list(range(int(first), int(last) + 1))
    return [int(seed) for seed in text.split(",") if seed]
