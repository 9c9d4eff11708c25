"""Scenario 36, a short one: `make chaos` is the whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.faults import Fired
from tests.chaos.kinds import BY_NAME
from tests.chaos.progress import longest_stalls
from tests.chaos.report import report
from tests.chaos.run import run


@pytest.mark.long
@pytest.mark.redis
def test_36_nothing_is_lost_while_everything_is_killed_in_turn(tmp_path: Path) -> None:
    """Every kind of fault fires three times; all ends as it would have without, and fsck finds nothing."""
    outcome = run(seed=36, seconds=90, workflows=600, folder=tmp_path)
    assert outcome.is_good, report(outcome)


@pytest.mark.parametrize(
    ("kind", "history", "fits"),
    [
        ("hello", "WS Y AS WC AC", True),
        ("hello", "WS Y AS WC", False),
        ("hello", "WS Y AS WC AC AC", False),
        ("report", "WS Y AS TS AC TF Y AS TS TF Y AC AS TS TF Y WC AC", True),
        ("report", "WS Y AS TS AC TF Y AS TS TF Y AS TS TF Y WC AC", False),
        ("retry", "WS Y AS AR AR AC Y WC", True),
        ("retry", "WS Y AS AR AC Y WC", False),
        ("signal", "WS SR Y SR Y WC", True),
        ("signal", "WS SR Y SR Y AS WC", False),
        ("cancel", "WS WCR Y WX", True),
        ("cancel", "WS Y WCR Y WCR Y WX", False),
    ],
)
def test_a_history_fits_its_kind_or_not(kind: str, history: str, fits: bool) -> None:
    """What chaos would not see it could not promise."""
    assert BY_NAME[kind].fits(history.split()) is fits


def test_a_stall_is_counted_for_the_fault_it_began_after() -> None:
    """The longest, of all times that the kind has fired."""
    fired = [Fired(name="a", at=10), Fired(name="b", at=20), Fired(name="a", at=30)]
    stalls = longest_stalls(fired, 40, [9, 11, 14, 19, 29, 32, 41])
    assert stalls == {"a": 10, "b": 9}
    assert longest_stalls(fired[:1], 20, []) == {"a": 10}
