"""All laws of the kernel at each step of random sequences; each cell of (status, input) is met."""

from collections import Counter
from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.laws.moves import KINDS
from tests.laws.walk import Cell, Walk
from tests.telling import Tell
from workflows.core import state
from workflows.core.values import Status

SEQUENCES = 10_000
ACCEPTED_ON_AVERAGE = 15


def walks(count: int) -> Iterator[Walk]:
    """Walks from the seeds 0, 1, 2 …; one that breaks a law tells its seed and its last inputs."""
    for seed in range(count):
        walk = Walk(Random(seed))
        try:
            walk.go()
        except Exception as broken:
            broken.add_note(f"seed {seed}, input {len(walk.given)}; Walk(Random({seed})).go() repeats it")
            broken.add_note("\n".join(f"  {each}" for each in walk.given))
            raise
        yield walk


def test_every_law_holds_at_each_step_of_ten_thousand_sequences(tell: Tell) -> None:
    """One property, all laws; and the sequences are long, and reach every cell of (status, input)."""
    cells: Counter[Cell] = Counter()
    accepted = given_ = 0
    for walk in walks(SEQUENCES):
        cells += walk.cells
        accepted += walk.accepted
        given_ += len(walk.given)
    rarest, hits = min(cells.items(), key=lambda cell: cell[1])
    tell(
        f"{SEQUENCES} sequences; on average {given_ / SEQUENCES:.1f} inputs, {accepted / SEQUENCES:.1f} accepted;"
        f" {len(cells)} cells, the rarest {rarest[0]}/{rarest[1].__name__} met {hits} times"
    )
    assert accepted / SEQUENCES >= ACCEPTED_ON_AVERAGE
    assert set(cells) == {(status, kind) for status in (None, *Status) for kind in KINDS}


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(rng=st.randoms(use_true_random=False))
def test_every_law_holds_where_hypothesis_chooses(rng: Random) -> None:
    """The same property with Hypothesis making every choice: what it finds, it shrinks."""
    Walk(rng).go()


def test_every_law_holds_for_runs_that_reach_the_limit_of_their_history(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing about the limit depends on children that an input does not load."""
    monkeypatch.setattr(state, "HISTORY_LIMIT", 8)
    for walk in walks(400):
        assert walk.given
