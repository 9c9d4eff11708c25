"""The laws find faults: each mutant of the kernel breaks one of them soon."""

from random import Random

import pytest

from tests.laws.laws import LawBroken
from tests.laws.mutants import MUTANTS, Mutant
from tests.laws.walk import Walk

SEQUENCES_MAX = 200


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.apply.__name__)
def test_a_mutant_of_the_kernel_is_caught(mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the law that speaks of it, within a bounded number of sequences."""
    mutant.apply(monkeypatch)
    assert _first_broken() == mutant.caught_by


def _first_broken() -> str:
    for seed in range(SEQUENCES_MAX):
        try:
            Walk(Random(seed)).go()
        except LawBroken as broken:
            return broken.law
        except AssertionError:
            continue  # an assertion of the kernel was quicker here; the law has to find it all the same
    raise AssertionError(f"no law was broken in {SEQUENCES_MAX} sequences")
