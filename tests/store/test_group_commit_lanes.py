"""The lanes in front of a committing thread: fair, bounded, and emptied before they close."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest

from tests.store.driver import start
from workflows.core.commands import StartTimer
from workflows.core.inputs import ActivitySucceeded, TurnCompleted
from workflows.core.keys import TaskKey, TaskKind
from workflows.core.values import Wait
from workflows.store import lanes
from workflows.store.lanes import Drain, Lane, Lanes, Overloaded, Submission


def submission(lane: Lane, *, size: int = 0, queue: str = "", told: list[object] | None = None) -> Submission:
    heard: list[object] = [] if told is None else told
    return Submission(given=Drain("run"), answer=heard.append, lane=lane, size=size, queue=queue)


def many(lane: Lane, count: int, **more: Any) -> list[Submission]:
    return [submission(lane, **more) for _ in range(count)]


def taken(queued: Lanes, limit: int) -> list[Lane]:
    return [each.lane for each in queued.take(limit)]


def test_a_batch_takes_from_every_lane_in_turn() -> None:
    """A flood of requests does not keep the completions of workers waiting, nor the loops."""
    queued = Lanes()
    queued.put(many(Lane.REQUESTS, 1_000))
    queued.put(many(Lane.COMPLETIONS, 3))
    queued.put(many(Lane.LOOPS, 2))
    queued.put(many(Lane.LATE, 2))

    batch = taken(queued, 500)

    assert batch.count(Lane.COMPLETIONS) == 3
    assert batch.count(Lane.LOOPS) == 2
    assert batch.count(Lane.LATE) == 2
    assert len(batch) == 500
    assert set(batch[:6]) == set(Lane)
    assert batch[:6].count(Lane.COMPLETIONS) == 3, "what was begun goes on before more is begun"


def test_small_batches_are_fair_too() -> None:
    """The slow lane takes one at a time."""
    queued = Lanes()
    for lane in Lane:
        queued.put(many(lane, 6))
    for _ in range(2):
        assert sorted(lane for _ in range(6) for lane in taken(queued, 1)) == [
            *[Lane.COMPLETIONS] * 3,
            *[Lane.REQUESTS, Lane.LOOPS, Lane.LATE],
        ]


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


def test_a_flooded_queue_keeps_no_other_waiting() -> None:
    """Within a lane queues are served in turn, each in its own order; what is taken and put back keeps its place."""
    queued = Lanes()
    flood, few = many(Lane.REQUESTS, 1_000, queue="flooded"), many(Lane.REQUESTS, 3, queue="other")
    queued.put(flood)
    queued.put(few)

    batch = queued.take(10)

    assert [each for each in batch if each.queue == "other"] == few
    assert [each for each in batch if each.queue == "flooded"] == flood[:7]
    queued.put_back(batch)
    assert queued.take(10) == batch


@pytest.mark.parametrize(
    ("lane", "most"), [(Lane.LOOPS, lanes.LOOPS_BATCH_MAX), (Lane.LATE, lanes.LATE_BATCH_MAX)]
)
def test_loops_do_not_make_a_transaction_long(lane: Lane, most: int) -> None:
    """However many timers wait; alone or beside others."""
    queued = Lanes()
    queued.put(many(lane, 1_000))
    assert taken(queued, 500) == [lane] * most
    queued.put(many(Lane.REQUESTS, 1_000))
    batch = taken(queued, 500)
    assert (batch.count(lane), len(batch)) == (most, 500)


@pytest.mark.parametrize("limit", [1, 8, lanes.BATCH_MAX])
def test_what_falls_due_has_most_places_and_never_all(limit: int) -> None:
    """Timers by the thousand are on time before the turns that follow from them; those go on meanwhile."""
    queued = Lanes()
    queued.put(many(Lane.LOOPS, 1_000))
    queued.put(many(Lane.COMPLETIONS, 1_000))
    size = lanes.FLOOD_BATCH_MAX if limit == lanes.BATCH_MAX else limit
    reserved = int(lanes.LOOPS_SHARE * size)
    batches = [taken(queued, limit) for _ in range(5)]
    assert all(len(batch) == size for batch in batches)
    if limit == 1:
        assert [lane for (lane,) in batches].count(Lane.LOOPS) == 1
    else:
        assert [batch.count(Lane.LOOPS) for batch in batches] == [reserved] * 5


def test_late_timers_take_less_while_others_commit() -> None:
    """From the transaction after theirs, until they have been away for some time."""
    queued = Lanes()
    queued.put(many(Lane.LATE, 1_000))
    queued.put(many(Lane.REQUESTS, 1))
    assert taken(queued, 500).count(Lane.LATE) == lanes.LATE_BATCH_MAX

    for _ in range(lanes.EXPECTED_FOR):
        assert taken(queued, 500) == [Lane.LATE] * lanes.LATE_SHARE_MAX
    assert taken(queued, 500) == [Lane.LATE] * lanes.LATE_BATCH_MAX


def test_late_timers_give_way_to_what_comes_in_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as others commit, a batch of late timers alone is not begun at once."""
    monkeypatch.setattr(lanes, "GIVE_WAY_SECONDS", 60.0)
    queued = Lanes()
    queued.put(many(Lane.REQUESTS, 1))
    queued.take()
    queued.put(many(Lane.LATE, 1))
    batches: list[list[Submission]] = []
    taker = threading.Thread(target=lambda: batches.append(queued.take()))
    taker.start()
    (one,) = many(Lane.COMPLETIONS, 1)
    queued.put([one])
    taker.join(10)
    assert sorted(each.lane for each in batches[0]) == [Lane.COMPLETIONS, Lane.LATE]


def test_transactions_are_shorter_while_several_queues_commit() -> None:
    """Who has little to do waits less for what shares them; a queue that has nothing for long is forgotten."""
    queued = Lanes()
    queued.put(many(Lane.REQUESTS, 10_000, queue="flooded"))
    assert len(queued.take()) == lanes.BATCH_MAX
    queued.put(many(Lane.COMPLETIONS, 1, queue="other"))
    assert len(queued.take()) == lanes.BATCH_MAX

    for _ in range(lanes.EXPECTED_FOR):
        assert len(queued.take()) == 2 * lanes.SHARE_MAX
    assert len(queued.take()) == lanes.BATCH_MAX


@pytest.mark.parametrize(
    ("lane", "bound"), [(Lane.REQUESTS, "REQUESTS_MAX"), (Lane.LOOPS, "LOOPS_MAX"), (Lane.LATE, "LOOPS_MAX")]
)
def test_what_is_past_the_bound_is_answered_at_once(
    lane: Lane, bound: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That alone: what found room is queued."""
    monkeypatch.setattr(lanes, bound, 10)
    queued, told = Lanes(), list[object]()
    queued.put(many(lane, 12, told=told))
    assert [type(answer) for answer in told] == [Overloaded] * 2
    assert len(queued) == 10
    queued.take()
    queued.put(many(lane, 1, told=told))
    assert len(told) == 2


def test_requests_are_bounded_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few large ones fill the lane as well as many small ones; what is taken makes room."""
    monkeypatch.setattr(lanes, "REQUESTS_BYTES_MAX", 100)
    queued, told = Lanes(), list[object]()
    queued.put(many(Lane.REQUESTS, 3, size=40, told=told))
    assert (len(queued), len(told)) == (2, 1)
    assert len(queued.take()) == 2
    queued.put(many(Lane.REQUESTS, 1, size=1_000, told=told))  # one alone is never too large
    assert (len(queued), len(told)) == (1, 1)


def test_completions_and_what_was_taken_before_are_never_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Completions are bounded by the credits of workers; requests that were accepted stay accepted."""
    monkeypatch.setattr(lanes, "REQUESTS_MAX", 1)
    queued = Lanes()
    queued.put(many(Lane.REQUESTS, 1))
    queued.put(many(Lane.COMPLETIONS, 5))
    queued.put_back(many(Lane.REQUESTS, 5))
    assert len(queued) == 11


def test_a_batch_is_bounded_in_commands() -> None:
    """Six turns of 10,000 commands, which are small, took a transaction longer than it may take; eager ones, too."""
    key = TaskKey("run", TaskKind.WORKFLOW, 1, 1)
    timers = tuple(StartTimer(command=n, duration=timedelta(1)) for n in range(1_000))
    turn = TurnCompleted(key=key, delivery=1, seen_through=1, commands=timers, wait=Wait(anything=True))
    eager = ActivitySucceeded(key=key._replace(kind=TaskKind.ACTIVITY), delivery=1, turn=turn)
    queued = Lanes()
    for given in (turn, eager):
        lot = many(Lane.COMPLETIONS, 20)
        for each in lot:
            each.given = given
        queued.put(lot)
    sizes = []
    while len(queued):
        sizes.append(len(queued.take()))
    assert max(sizes) <= 5


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
