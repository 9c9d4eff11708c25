"""The lanes in front of a committing thread: fair, bounded, and emptied before they close."""

from __future__ import annotations

import threading

import pytest

from tests.store.driver import start
from workflows.store import lanes
from workflows.store.lanes import Drain, Lane, Lanes, Overloaded, Submission


def submission(lane: Lane, *, size: int = 0) -> Submission:
    return Submission(given=Drain("run"), answer=lambda reply: None, lane=lane, size=size)


def many(lane: Lane, count: int) -> list[Submission]:
    return [submission(lane) for _ in range(count)]


def taken(queued: Lanes, limit: int) -> list[Lane]:
    return [each.lane for each in queued.take(limit)]


def test_a_batch_takes_from_every_lane_in_turn() -> None:
    """A flood of requests does not keep the completions of workers waiting, nor the loops."""
    queued = Lanes()
    queued.put(many(Lane.REQUESTS, 1_000))
    queued.put(many(Lane.COMPLETIONS, 3))
    queued.put(many(Lane.LOOPS, 2))

    batch = taken(queued, 500)

    assert batch.count(Lane.COMPLETIONS) == 3
    assert batch.count(Lane.LOOPS) == 2
    assert len(batch) == 500
    assert set(batch[:3]) == set(Lane)


def test_small_batches_are_fair_too() -> None:
    """The slow lane takes one at a time."""
    queued = Lanes()
    for lane in Lane:
        queued.put(many(lane, 2))
    assert sorted(lane for _ in range(3) for lane in taken(queued, 1)) == sorted(Lane)
    assert sorted(lane for _ in range(3) for lane in taken(queued, 1)) == sorted(Lane)
    assert len(queued) == 0


def test_a_lane_keeps_its_order() -> None:
    """Over several puts, first in is first out."""
    queued = Lanes()
    submissions = many(Lane.REQUESTS, 5)
    queued.put(submissions[:3])
    queued.put(submissions[3:])
    assert queued.take() == submissions


def test_what_is_put_back_comes_first_and_what_is_put_last_comes_last() -> None:
    """Deferred work keeps its place before or behind what came meanwhile."""
    queued = Lanes()
    first, second, third = submissions = many(Lane.COMPLETIONS, 3)
    queued.put([second])
    queued.put_last([third])
    queued.put_back([first])
    assert queued.take() == submissions


def test_requests_past_the_bound_are_refused_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """No part of them is queued."""
    monkeypatch.setattr(lanes, "REQUESTS_MAX", 10)
    queued = Lanes()
    queued.put(many(Lane.REQUESTS, 9))
    with pytest.raises(Overloaded):
        queued.put(many(Lane.REQUESTS, 2))
    assert len(queued) == 9


def test_completions_and_what_was_taken_before_are_never_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Completions are bounded by the credits of workers; requests that were accepted stay accepted."""
    monkeypatch.setattr(lanes, "REQUESTS_MAX", 1)
    queued = Lanes()
    queued.put(many(Lane.REQUESTS, 1))
    queued.put(many(Lane.COMPLETIONS, 5))
    queued.put_back(many(Lane.REQUESTS, 5))
    assert len(queued) == 11


def test_a_batch_is_bounded_in_bytes() -> None:
    """Large inputs share a batch only as far as they fit."""
    queued = Lanes()
    large = [submission(Lane.REQUESTS, size=lanes.BATCH_BYTES_MAX // 2) for _ in range(5)]
    queued.put(large)
    assert queued.take() == large[:2]


def test_take_waits_for_something() -> None:
    """An empty queue blocks its taker until the next put."""
    queued = Lanes()
    batches: list[list[Submission]] = []
    taker = threading.Thread(target=lambda: batches.append(queued.take()))
    taker.start()
    (one,) = many(Lane.LOOPS, 1)
    queued.put([one])
    taker.join(10)
    assert batches == [[one]]


def test_take_ends_in_time() -> None:
    """Without anything to take it returns an empty batch."""
    assert Lanes().take(timeout=0.001) == []


def test_closed_lanes_give_what_is_left_and_take_nothing_new() -> None:
    """Taking from them ends with an empty batch instead of a wait."""
    queued = Lanes()
    (left,) = many(Lane.REQUESTS, 1)
    queued.put([left])
    queued.close()
    assert not queued.put(many(Lane.REQUESTS, 1))
    assert queued.take() == [left]
    assert queued.take() == []


def test_a_submission_is_told_apart_from_its_equal() -> None:
    """Two callers may ask for the same; each is answered."""
    given = start("a")
    one, two = (Submission(given=given, answer=print, lane=Lane.REQUESTS) for _ in range(2))
    assert one != two
    assert len({one, two}) == 2
