"""Notes of who keeps which run."""

from __future__ import annotations

import pytest

from workflows.service import resting
from workflows.service.resting import Resting


def test_a_note_holds_for_just_that_event() -> None:
    """A later one takes its place, whoever's it is."""
    notes = Resting()
    notes.note("run", "one", 5)
    assert notes.sessions_of([("run", 5), ("run", 6), ("other", 5)]) == ["one", None, None]
    notes.note("run", "two", 8)
    assert notes.sessions_of([("run", 5), ("run", 8)]) == [None, "two"]
    notes.forget("run")
    notes.forget("run")
    assert (notes.sessions_of([("run", 8)]), len(notes)) == ([None], 0)


def test_of_each_worker_the_oldest_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the worker itself does; what was noted again is not old."""
    monkeypatch.setattr(resting, "OF_A_WORKER_MAX", 2)
    notes = Resting()
    for run in ("a", "b", "a", "c"):
        notes.note(run, "one", 1)
    notes.note("d", "two", 1)
    assert notes.sessions_of((run, 1) for run in "abcd") == ["one", None, "one", "two"]


def test_of_all_the_oldest_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many sessions there were."""
    monkeypatch.setattr(resting, "RUNS_MAX", 3)
    notes = Resting()
    for number in range(10):
        notes.note(f"run-{number}", f"session-{number}", 1)
    assert len(notes) == 3
    assert notes.sessions_of([("run-9", 1)]) == ["session-9"]
