"""The comparison finds faults: each mutant of the store differs soon."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.differential.author import Author
from tests.differential.compare import Differs
from tests.differential.mutants import MUTANTS, Mutant
from tests.differential.twins import Twins
from workflows.store.postgres import parts

SCRIPTS_MAX = 25


@pytest.fixture
def fresh_statements() -> Iterator[None]:
    """Statements are put together once and kept: not those of a mutant."""
    parts.statement.cache_clear()
    yield
    parts.statement.cache_clear()


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.apply.__name__)
def test_a_mutant_of_the_store_is_caught(
    mutant: Mutant, all_twins: Twins, monkeypatch: pytest.MonkeyPatch, fresh_statements: None
) -> None:
    """In the rows or answers that it spoils, within a bounded number of scripts."""
    with monkeypatch.context() as patch:
        mutant.apply(patch)
        found = _first_difference(all_twins)
    assert found in mutant.caught_in


def _first_difference(twins: Twins) -> str:
    for seed in range(SCRIPTS_MAX):
        script = Author(seed).write()
        try:
            twins.compare(script)
        except Differs as differs:
            print(f"seed {seed}: {differs}")
            return differs.where
    raise AssertionError(f"nothing differed in {SCRIPTS_MAX} scripts")
