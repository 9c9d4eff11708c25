"""The net under the dispatcher, on every kind of cursor."""

from __future__ import annotations

from datetime import datetime, timedelta

from dispatch.base import DispatcherUnavailable
from dispatch.memory import MemoryDispatcher
from dispatch.sweep import SweepCounts, TaskSweep
from dispatch.testing import AT_ONCE, refs_of
from dispatch.waiting import Backlog, Waiting, backlogs, unclaimed
from tests.dispatch.tables import NOON, QUEUE, Tables, activity
from workflows.core.keys import QueueKey, TaskKey, TaskKind, TaskRef

SECOND = timedelta(seconds=1)
GRACE = 2 * SECOND
OTHER = QueueKey("default", TaskKind.WORKFLOW, "payments")


def put_aged(tables: Tables, *ages: int) -> list[TaskKey]:
    return [tables.put_task(activity(), at=NOON - age * SECOND) for age in ages]


def sweep_at(tables: Tables, dispatcher: MemoryDispatcher, now: datetime = NOON) -> TaskSweep:
    return TaskSweep(tables.connect, dispatcher, now=lambda: now)


async def taken(dispatcher: MemoryDispatcher, queue: QueueKey = QUEUE) -> list[TaskKey]:
    return [ref.key for ref in refs_of(await dispatcher.take(queue, limit=10_000, timeout=AT_ONCE))]


def test_backlogs_count_what_is_visible_and_nobody_holds(tables: Tables) -> None:
    """By queue and kind; overdue is what has waited longer than the grace. What waits for its back-off comes later."""
    put_aged(tables, 9, 3, 1)
    tables.put_task(activity(), at=NOON - 9 * SECOND, owner="worker-1")
    tables.put_task(activity(), at=NOON - 9 * SECOND, visible_at=NOON + SECOND)
    tables.put_task(activity()._replace(kind=TaskKind.WORKFLOW), OTHER)
    with tables.connect() as cursor:
        found = backlogs(cursor, older_than=GRACE, now=NOON)
    assert sorted(found, key=lambda one: one.queue.queue) == [
        Backlog(queue=QUEUE, waiting=3, overdue=2, later=1, oldest=9 * SECOND),
        Backlog(queue=OTHER, waiting=1, overdue=0),
    ]


def test_the_unclaimed_come_in_chunks_oldest_first(tables: Tables) -> None:
    """Many of one age, so that the place between two chunks lies among equals."""
    keys = set(put_aged(tables, *([5] * 7), 4, 1))
    seen: list[TaskKey] = []
    after: Waiting | None = None
    with tables.connect() as cursor:
        while rows := unclaimed(cursor, QUEUE, older_than=GRACE, limit=3, after=after, now=NOON):
            seen += [row.ref.key for row in rows]
            after = rows[-1]
    assert len(seen) == 8
    assert set(seen) < keys


async def test_what_the_dispatcher_lost_is_offered_again_oldest_first(tables: Tables) -> None:
    """Only what has waited longer than the grace."""
    keys = put_aged(tables, 3, 5, 4, 1)
    dispatcher = MemoryDispatcher()
    counts = await sweep_at(tables, dispatcher).run_once()
    assert counts == SweepCounts(queues=1, waiting=4, offered=3)
    assert await taken(dispatcher) == [keys[1], keys[2], keys[0]]


async def test_what_the_dispatcher_holds_is_not_sent_again(tables: Tables) -> None:
    """A backlog that it knows of is only waiting for workers."""
    keys = put_aged(tables, 5, 4)
    dispatcher = MemoryDispatcher()
    await dispatcher.offer([TaskRef(key, QUEUE) for key in keys])
    counts = await sweep_at(tables, dispatcher).run_once()
    assert counts.offered == 0


async def test_only_as_many_as_are_lost_are_sent(tables: Tables) -> None:
    """The difference between the table and the dispatcher; they are the oldest."""
    keys = put_aged(tables, *range(30, 10, -1))
    dispatcher = MemoryDispatcher()
    await dispatcher.offer([TaskRef(key, QUEUE) for key in keys[3:]])
    assert (await sweep_at(tables, dispatcher).run_once()).offered == 3
    assert set(await taken(dispatcher)) == set(keys)


async def test_a_great_loss_is_restored_in_passes(on_postgres: Tables) -> None:
    """Each goes on where the last one stopped."""
    on_postgres.run(
        """INSERT INTO sched_tasks (run_id, kind, number, attempt, namespace, shard, queue, workflow_id, created_at,
           visible_at) SELECT gen_random_uuid(), 2, n, 1, 'default', 0, 'default', 'w', %s, %s
           FROM generate_series(1, 7000) n""",
        NOON - 9 * SECOND,
        NOON - 9 * SECOND,
    )
    dispatcher = MemoryDispatcher()
    sweep = sweep_at(on_postgres, dispatcher)
    assert await sweep.run_once() == SweepCounts(queues=1, waiting=7000, offered=5000, more=True)
    assert await sweep.run_once() == SweepCounts(queues=1, waiting=7000, offered=2000)
    assert len(set(await taken(dispatcher))) == 7000


async def test_the_sweep_does_not_rest_while_a_task_waits_for_its_back_off(tables: Tables) -> None:
    """Nobody but the sweep offers it when that is over."""
    sweep = sweep_at(tables, MemoryDispatcher())
    assert (await sweep.run_once()).rests
    tables.put_task(activity(), at=NOON - 9 * SECOND, visible_at=NOON + SECOND)
    counts = await sweep.run_once()
    assert (counts.rests, counts.waiting, counts.offered) == (False, 0, 0)


async def test_a_full_dispatcher_is_not_pressed(tables: Tables) -> None:
    """It gets what fits, and the pass does not ask to be repeated at once."""
    put_aged(tables, *range(20, 10, -1))
    dispatcher = MemoryDispatcher(ids_max=4)
    counts = await sweep_at(tables, dispatcher).run_once()
    assert (counts.offered, counts.more) == (0, False)
    assert len(await taken(dispatcher)) == 4


async def test_a_dispatcher_that_is_away_is_left_alone(tables: Tables) -> None:
    """The pass counts it as unavailable, offers nothing and does not fail."""

    class Away(MemoryDispatcher):
        async def depth(self, queue: QueueKey) -> int:
            raise DispatcherUnavailable(queue.queue)

    put_aged(tables, 5)
    counts = await sweep_at(tables, Away()).run_once()
    assert counts == SweepCounts(queues=1, waiting=1, unavailable=1)
