"""Claims, leases, heartbeats and hand-backs, on every kind of cursor; the time is given."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from dispatch.claims import Claimed, claim, claim_oldest, heartbeat, lapsed, release, renew
from dispatch.dialect import instant_of
from tests.dispatch.tables import NOON, QUEUE, Tables, activity
from workflows.core.keys import QueueKey, TaskKey, TaskKind, TaskRef, shard_of

SECOND = timedelta(seconds=1)
US = 1_000_000


def take(tables: Tables, *keys: TaskKey, now: datetime = NOON, queue: QueueKey = QUEUE) -> list[Claimed]:
    with tables.connect() as cursor:
        return claim(cursor, queue, keys, owner="worker-1", session="s-1", engine="e-1", now=now)


def lease_of(tables: Tables, key: TaskKey) -> datetime:
    return instant_of(tables.task(key)["lease_until"])


def test_a_claim_returns_all_that_a_worker_needs(tables: Tables) -> None:
    """Its limits, its details and its delivery; the row knows who holds it."""
    key = tables.put_task(
        activity(), start_to_close_us=600 * US, heartbeat_timeout_us=40 * US, heartbeat_details=b"\x00step 1"
    )
    [task] = take(tables, key, now=NOON + SECOND)
    assert task == Claimed(
        key=key,
        queue=QUEUE,
        workflow_id="order-1",
        shard=shard_of("order-1"),
        delivery=1,
        lost=0,
        created_at=NOON,
        visible_at=NOON,
        claimed_at=NOON + SECOND,
        lease_until=NOON + 31 * SECOND,
        start_to_close=600 * SECOND,
        heartbeat_timeout=40 * SECOND,
        heartbeat_details=b"\x00step 1",
        cancel_requested=False,
    )
    row = tables.task(key)
    assert (row["owner"], row["session"], row["engine"]) == ("worker-1", "s-1", "e-1")


def test_a_batch_is_claimed_in_the_order_asked(tables: Tables) -> None:
    """Whatever the order of the rows; an empty batch is no error."""
    keys = [tables.put_task(activity()) for _ in range(300)]
    keys.reverse()
    assert [task.key for task in take(tables, *keys)] == keys
    assert take(tables) == []


def test_what_is_gone_taken_not_yet_visible_or_elsewhere_is_not_claimed(tables: Tables) -> None:
    """A key alone gives no right to a task; once visible it can be had."""
    taken, later, elsewhere = activity(), activity(), activity()
    tables.put_task(taken, owner="worker-2", delivery=1)
    tables.put_task(later, visible_at=NOON + SECOND)
    tables.put_task(elsewhere, QueueKey("default", TaskKind.ACTIVITY, "payments"))
    assert take(tables, taken, later, elsewhere, activity()) == []
    assert [task.key for task in take(tables, later, now=NOON + SECOND)] == [later]


@pytest.mark.parametrize(
    ("limits", "seconds"),
    [
        ({}, 30),
        ({"start_to_close_us": 12 * US}, 12),
        ({"heartbeat_timeout_us": 5 * US}, 5),
        ({"start_to_close_us": 4 * US, "heartbeat_timeout_us": 5 * US}, 4),
        ({"start_to_close_us": 1}, 0.000001),
    ],
)
def test_the_lease_ends_at_the_nearest_limit(tables: Tables, limits: dict[str, Any], seconds: float) -> None:
    """Thirty seconds, start to close or the heartbeat timeout, whichever comes first."""
    key = tables.put_task(activity(), **limits)
    [task] = take(tables, key)
    assert task.lease_until == NOON + timedelta(seconds=seconds)


def test_instants_keep_their_microseconds(tables: Tables) -> None:
    """No limit is rounded on its way through the database."""
    key = tables.put_task(activity(), start_to_close_us=US + 7)
    [task] = take(tables, key, now=NOON + timedelta(microseconds=999_999))
    assert task.lease_until == NOON + timedelta(seconds=2, microseconds=6)


def test_the_oldest_are_claimed_without_keys(tables: Tables) -> None:
    """By age, and past what others hold."""
    keys = [tables.put_task(activity(), at=NOON - age * SECOND) for age in (1, 3, 2)]
    tables.put_task(activity(), at=NOON - 9 * SECOND, owner="worker-2")
    with tables.connect() as cursor:
        tasks = claim_oldest(cursor, QUEUE, 2, owner="w", session="s", engine="e", now=NOON)
    assert [task.key for task in tasks] == [keys[1], keys[2]]


def test_a_renewal_moves_the_lease_but_not_the_limits(tables: Tables) -> None:
    """Start to close and the heartbeat timeout end a lease, however often it is renewed."""
    free, limited, silent = activity(), activity(), activity()
    tables.put_task(free)
    tables.put_task(limited, start_to_close_us=35 * US)
    tables.put_task(silent, heartbeat_timeout_us=20 * US)
    take(tables, free, limited, silent)
    held = [(free, 1), (limited, 1), (silent, 1)]
    with tables.connect() as cursor:
        assert renew(cursor, held, now=NOON + 10 * SECOND) == []
    ends = [lease_of(tables, key) - NOON for key in (free, limited, silent)]
    assert ends == [40 * SECOND, 35 * SECOND, 20 * SECOND]


def test_a_renewal_tells_what_is_no_longer_held(tables: Tables) -> None:
    """Another delivery, a task handed back, a task that ended."""
    kept, again, back, ended = (activity() for _ in range(4))
    tables.put_task(kept)
    tables.put_task(again, delivery=1)
    tables.put_task(back)
    take(tables, kept, again)
    held = [(ended, 1), (kept, 1), (again, 1), (back, 1)]
    with tables.connect() as cursor:
        assert renew(cursor, held, now=NOON) == [(ended, 1), (again, 1), (back, 1)]
        assert renew(cursor, [], now=NOON) == []


def test_a_heartbeat_keeps_details_and_tells_of_cancellation(tables: Tables) -> None:
    """Without details the last stay; the answers come in order; an old delivery is not held."""
    plain, asked, ended = activity(), activity(), activity()
    tables.put_task(plain, heartbeat_timeout_us=20 * US, heartbeat_details=b"old")
    tables.put_task(asked, heartbeat_timeout_us=20 * US, cancel_requested=True)
    take(tables, plain, asked)
    beats = [(plain, 1, None), (asked, 1, b"\xff\x00"), (ended, 1, b"x"), (plain, 2, b"x")]
    with tables.connect() as cursor:
        answers = heartbeat(cursor, beats, now=NOON + 15 * SECOND)
    assert [(a.held, a.recorded, a.cancel_requested) for a in answers] == [
        (True, True, False),
        (True, True, True),
        (False, False, False),
        (False, False, False),
    ]
    assert [(a.key, a.delivery) for a in answers] == [(key, delivery) for key, delivery, _ in beats]
    assert bytes(tables.task(plain)["heartbeat_details"]) == b"old"
    assert bytes(tables.task(asked)["heartbeat_details"]) == b"\xff\x00"
    assert lease_of(tables, plain) == NOON + 35 * SECOND
    assert instant_of(tables.task(plain)["heartbeat_at"]) == NOON + 15 * SECOND


def test_of_two_beats_in_one_batch_the_last_counts(tables: Tables) -> None:
    """Both are answered as recorded; the later details stay."""
    key = tables.put_task(activity())
    take(tables, key)
    with tables.connect() as cursor:
        answers = heartbeat(cursor, [(key, 1, b"1"), (key, 1, b"2")], now=NOON)
    assert [answer.recorded for answer in answers] == [True, True]
    assert bytes(tables.task(key)["heartbeat_details"]) == b"2"


def test_a_task_handed_back_is_there_for_others_with_its_next_delivery(tables: Tables) -> None:
    """After the delay that was asked, with its problem, and not counted as lost."""
    key = tables.put_task(activity(), lost=2)
    take(tables, key)
    with tables.connect() as cursor:
        back = release(
            cursor, [(key, 1), (activity(), 1)], visible_in=2 * SECOND, problem="unknown type", now=NOON
        )
    assert back == [TaskRef(key, QUEUE)]
    assert take(tables, key, now=NOON + SECOND) == []
    [task] = take(tables, key, now=NOON + 2 * SECOND)
    assert (task.delivery, task.lost) == (2, 2)
    assert tables.task(key)["problem"] == "unknown type"


def test_a_hand_back_of_an_old_delivery_changes_nothing(tables: Tables) -> None:
    """Only the holder gives back, and once."""
    key = tables.put_task(activity(), delivery=3)
    take(tables, key)
    with tables.connect() as cursor:
        assert release(cursor, [(key, 3)], now=NOON) == []
        assert release(cursor, [], now=NOON) == []
        assert release(cursor, [(key, 4)], now=NOON) == [TaskRef(key, QUEUE)]
        assert release(cursor, [(key, 4)], now=NOON) == []


def test_lapsed_leases_come_longest_first(tables: Tables) -> None:
    """From the instant on which a lease ends, bounded by the limit."""
    first, second, third = (tables.put_task(activity(), at=NOON - SECOND) for _ in range(3))
    take(tables, second, now=NOON)
    take(tables, first, now=NOON - SECOND)
    take(tables, third, now=NOON + 10 * SECOND)
    with tables.connect() as cursor:
        assert lapsed(cursor, 10, now=NOON + 30 * SECOND)[0] == [(first, 1)]
        assert lapsed(cursor, 10, now=NOON + 31 * SECOND)[0] == [(first, 1), (second, 1)]
        assert lapsed(cursor, 1, now=NOON + 60 * SECOND)[0] == [(first, 1)]


def test_who_looks_for_lapsed_leases_hears_whether_there_are_any(tables: Tables) -> None:
    """None is held; one is held, and not over; it is given back."""
    key = tables.put_task(activity(), at=NOON - SECOND)
    with tables.connect() as cursor:
        assert lapsed(cursor, 10, now=NOON) == ([], False)
        take(tables, key, now=NOON)
        assert lapsed(cursor, 10, now=NOON + SECOND) == ([], True)
        release(cursor, [(key, 1)], now=NOON + SECOND)
        assert lapsed(cursor, 10, now=NOON + SECOND) == ([], False)
