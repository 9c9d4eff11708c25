"""What only the memory dispatcher does: threads, sharing, overflow."""

from __future__ import annotations

import asyncio
import threading

import pytest

from dispatch import memory
from dispatch.memory import MemoryDispatcher
from dispatch.testing import AT_ONCE, LONG, SHORT, refs_of, some_queue, some_refs


async def test_a_key_waits_once() -> None:
    """What is offered twice is taken once."""
    dispatcher, queue = MemoryDispatcher(), some_queue()
    await dispatcher.offer(some_refs(queue, 3))
    await dispatcher.offer(some_refs(queue, 4))
    assert refs_of(await dispatcher.take(queue, limit=9, timeout=AT_ONCE)) == some_refs(queue, 4)


async def test_threads_offer_to_an_event_loop() -> None:
    """A taker that waits is woken from another thread."""
    dispatcher, queue = MemoryDispatcher(), some_queue()
    waiting = asyncio.create_task(dispatcher.take(queue, limit=1, timeout=LONG))
    await dispatcher.take(queue, limit=1, timeout=SHORT)
    thread = threading.Thread(target=dispatcher.announcer().offer, args=(some_refs(queue, 1),))
    thread.start()
    assert refs_of(await waiting) == some_refs(queue, 1)
    thread.join()


async def test_takers_that_wait_share_what_comes() -> None:
    """The first does not carry all away, however much it asked for."""
    dispatcher, queue = MemoryDispatcher(), some_queue()
    waiting = [asyncio.create_task(dispatcher.take(queue, limit=100, timeout=LONG)) for _ in range(3)]
    await dispatcher.take(some_queue(), limit=1, timeout=SHORT)
    await dispatcher.offer(some_refs(queue, 9))
    assert [len(offers) for offers in await asyncio.gather(*waiting)] == [3, 3, 3]


async def test_what_a_cancelled_taker_was_just_given_goes_back() -> None:
    """Given and cancelled in the same turn of the event loop."""
    dispatcher, queue = MemoryDispatcher(), some_queue()
    waiting = asyncio.create_task(dispatcher.take(queue, limit=2, timeout=LONG))
    await dispatcher.take(some_queue(), limit=1, timeout=SHORT)
    dispatcher.put(some_refs(queue, 3))
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert refs_of(await dispatcher.take(queue, limit=9, timeout=AT_ONCE)) == some_refs(queue, 3)


async def test_past_its_bound_a_queue_asks_for_a_sweep_when_it_runs_low() -> None:
    """What did not fit is counted; the sweep is asked for once."""
    asked: list[int] = []
    dispatcher = MemoryDispatcher(ids_max=4, on_low=lambda: asked.append(1))
    queue = some_queue()
    await dispatcher.offer(some_refs(queue, 6))
    assert (await dispatcher.depth(queue), dispatcher.dropped) == (4, 2)
    await dispatcher.take(queue, limit=1, timeout=AT_ONCE)
    assert asked == []
    await dispatcher.take(queue, limit=1, timeout=AT_ONCE)
    await dispatcher.take(queue, limit=1, timeout=AT_ONCE)
    assert asked == [1]


async def test_queues_that_nobody_uses_any_more_are_forgotten() -> None:
    """Callers make names up; a million of them must not stay for ever. A taker that waits keeps its queue."""
    dispatcher = MemoryDispatcher()
    for _ in range(10):
        queue = some_queue()
        await dispatcher.offer(some_refs(queue, 2))
        await dispatcher.take(queue, limit=2, timeout=AT_ONCE)
        await dispatcher.take(queue, limit=2, timeout=AT_ONCE)
        await dispatcher.depth(queue)
    assert dispatcher._lanes == {}
    waiting = asyncio.create_task(dispatcher.take(queue, limit=1, timeout=LONG))
    await asyncio.sleep(0)
    await dispatcher.take(queue, limit=1, timeout=AT_ONCE)
    await dispatcher.offer(some_refs(queue, 1))
    assert refs_of(await waiting) == some_refs(queue, 1)
    assert dispatcher._lanes == {}


async def test_keys_are_bounded_over_all_queues(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is dropped is counted, and what is taken makes room again, for any queue."""
    monkeypatch.setattr(memory, "IDS_ALL_MAX", 10)
    dispatcher = MemoryDispatcher()
    queues = [some_queue() for _ in range(4)]
    for queue in queues:
        await dispatcher.offer(some_refs(queue, 4))
    assert dispatcher.dropped == 6
    for queue in queues:
        await dispatcher.take(queue, limit=4, timeout=AT_ONCE)
    await dispatcher.offer(some_refs(queues[3], 10))
    assert (dispatcher.dropped, await dispatcher.depth(queues[3])) == (6, 10)
