"""What every dispatcher must do: a suite that a test class inherits, with a fixture `dispatcher` of its own.

It says nothing of what only some can do (surviving an engine, an outage); those have tests of their own.
"""

import asyncio
import secrets
import uuid
from collections.abc import Awaitable, Callable
from time import monotonic

from dispatch.base import Dispatcher, Offer
from workflows.core.keys import QueueKey, TaskKey, TaskKind, TaskRef

AT_ONCE = 0.0
LONG = 5.0
"""Seconds: a wait that a test expects to end earlier by what it does."""
SHORT = 0.05
"""Seconds: a wait that a test expects to end with nothing."""


def some_queue(kind: TaskKind = TaskKind.ACTIVITY) -> QueueKey:
    """A queue that no other test has."""
    return QueueKey("default", kind, f"conformance-{secrets.token_hex(8)}")


def some_refs(queue: QueueKey, size: int) -> list[TaskRef]:
    """Tasks that wait in a queue."""
    run_id = str(uuid.uuid5(uuid.NAMESPACE_OID, queue.queue))
    return [TaskRef(TaskKey(run_id, queue.kind, number, 1), queue) for number in range(1, size + 1)]


def refs_of(offers: list[Offer]) -> list[TaskRef]:
    return [offer.ref for offer in offers]


async def eventually(holds: Callable[[], Awaitable[bool]], *, within: float = LONG) -> None:
    """Waits until a condition holds."""
    async with asyncio.timeout(within):
        while not await holds():  # noqa: ASYNC110 - what is waited for happens in another process
            await asyncio.sleep(0.005)


class DispatcherConformance:
    """Inherit, and give a fixture `dispatcher`."""

    async def test_hints_come_out_in_the_order_they_went_in(self, dispatcher: Dispatcher) -> None:
        queue = some_queue()
        refs = some_refs(queue, 30)
        await dispatcher.offer(refs[:10])
        await dispatcher.offer(refs[10:])
        assert refs_of(await dispatcher.take(queue, limit=7, timeout=AT_ONCE)) == refs[:7]
        assert refs_of(await dispatcher.take(queue, limit=100, timeout=AT_ONCE)) == refs[7:]

    async def test_a_key_arrives_whole(self, dispatcher: Dispatcher) -> None:
        """Attempts, names with colons and braces, both kinds."""
        for kind in TaskKind:
            queue = QueueKey("default", kind, f"a:b@c+d.{some_queue().queue}")
            ref = TaskRef(TaskKey(str(uuid.UUID(int=7)), kind, 50_000, 12), queue)
            await dispatcher.offer([ref])
            assert refs_of(await dispatcher.take(queue, limit=1, timeout=LONG)) == [ref]

    async def test_an_empty_queue_is_waited_for_and_then_empty(self, dispatcher: Dispatcher) -> None:
        queue = some_queue()
        began = monotonic()
        assert await dispatcher.take(queue, limit=5, timeout=SHORT) == []
        assert SHORT * 0.9 <= monotonic() - began < LONG
        assert await dispatcher.take(queue, limit=5, timeout=AT_ONCE) == []

    async def test_a_taker_that_waits_is_woken(self, dispatcher: Dispatcher) -> None:
        queue = some_queue()
        waiting = asyncio.create_task(dispatcher.take(queue, limit=5, timeout=LONG))
        await dispatcher.take(queue, limit=1, timeout=SHORT)
        began = monotonic()
        await dispatcher.offer(some_refs(queue, 1))
        assert refs_of(await waiting) == some_refs(queue, 1)
        assert monotonic() - began < LONG / 5

    async def test_each_hint_goes_to_one_taker(self, dispatcher: Dispatcher) -> None:
        queue = some_queue()
        refs = some_refs(queue, 200)
        takers = [asyncio.create_task(self._drain(dispatcher, queue)) for _ in range(4)]
        for start in range(0, 200, 20):
            await dispatcher.offer(refs[start : start + 20])
        taken = [ref for one in await asyncio.gather(*takers) for ref in one]
        assert sorted(taken) == sorted(refs)

    async def test_queues_do_not_mix(self, dispatcher: Dispatcher) -> None:
        """Neither names nor kinds: a worker of one queue gets all of it and nothing else."""
        one, other = some_queue(), some_queue()
        twin = QueueKey(one.namespace, TaskKind.WORKFLOW, one.queue)
        mixed = [
            ref for refs in zip(*(some_refs(q, 5) for q in (one, other, twin)), strict=True) for ref in refs
        ]
        await dispatcher.offer(mixed)
        for queue in (twin, other, one):
            assert refs_of(await dispatcher.take(queue, limit=50, timeout=LONG)) == some_refs(queue, 5)

    async def test_depth_counts_what_waits(self, dispatcher: Dispatcher) -> None:
        queue = some_queue()
        assert await dispatcher.depth(queue) == 0
        await dispatcher.offer(some_refs(queue, 5))
        assert await dispatcher.depth(queue) == 5
        offers = await dispatcher.take(queue, limit=2, timeout=LONG)
        await dispatcher.ack(queue, offers)
        assert await dispatcher.depth(queue) == 3

    async def test_what_was_acked_does_not_come_again(self, dispatcher: Dispatcher) -> None:
        queue = some_queue()
        await dispatcher.offer(some_refs(queue, 3))
        offers = await dispatcher.take(queue, limit=3, timeout=LONG)
        await dispatcher.ack(queue, offers)
        await dispatcher.ack(queue, offers)
        assert await dispatcher.take(queue, limit=3, timeout=SHORT) == []
        assert await dispatcher.depth(queue) == 0

    async def test_a_task_may_be_offered_again(self, dispatcher: Dispatcher) -> None:
        """After a hand-back it is the same key."""
        queue = some_queue()
        refs = some_refs(queue, 1)
        for _ in range(3):
            await dispatcher.offer(refs)
            offers = await dispatcher.take(queue, limit=1, timeout=LONG)
            assert refs_of(offers) == refs
            await dispatcher.ack(queue, offers)

    async def test_nothing_is_a_fine_batch(self, dispatcher: Dispatcher) -> None:
        queue = some_queue()
        await dispatcher.offer([])
        await dispatcher.ack(queue, [])
        assert await dispatcher.depth(queue) == 0

    async def test_a_cancelled_taker_leaves_the_others_what_comes(self, dispatcher: Dispatcher) -> None:
        queue = some_queue()
        waiting = asyncio.create_task(dispatcher.take(queue, limit=1, timeout=LONG))
        await dispatcher.take(queue, limit=1, timeout=SHORT)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await dispatcher.offer(some_refs(queue, 1))
        assert refs_of(await dispatcher.take(queue, limit=1, timeout=LONG)) == some_refs(queue, 1)

    async def test_closing_ends_every_wait(self, dispatcher: Dispatcher) -> None:
        queue = some_queue()
        waiting = asyncio.create_task(dispatcher.take(queue, limit=1, timeout=10 * LONG))
        await dispatcher.take(queue, limit=1, timeout=SHORT)
        await dispatcher.close()
        assert await asyncio.wait_for(waiting, timeout=LONG) == []

    async def _drain(self, dispatcher: Dispatcher, queue: QueueKey) -> list[TaskRef]:
        taken: list[TaskRef] = []
        while offers := await dispatcher.take(queue, limit=8, timeout=10 * SHORT):
            await dispatcher.ack(queue, offers)
            taken += refs_of(offers)
        return taken
