"""Threads for code that blocks: idle ones can be waited for, one that hangs is left behind."""

from __future__ import annotations

import asyncio
import threading
import time

from sched_sdk.worker.threads import DaemonThreads


def alive(name: str) -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith(f"{name}-")]


def test_idle_threads_are_gone() -> None:
    """What they held cannot be torn down by an interpreter that is ending."""

    async def serve() -> None:
        threads = DaemonThreads("idle", 3)
        await asyncio.gather(*(threads.run(time.sleep, 0.01) for _ in range(3)))
        assert len(alive("idle")) == 3
        threads.close()
        await threads.gone(10)

    asyncio.run(serve())
    assert not alive("idle")


def test_a_thread_that_hangs_is_not_waited_for_long() -> None:
    """The worker ends without it."""
    told, held = threading.Event(), threading.Event()

    def hang() -> None:
        told.set()
        held.wait()

    async def serve() -> None:
        threads = DaemonThreads("hung", 2)
        hung = threads.begin(hang)
        await threads.run(told.wait)
        threads.close()
        await threads.gone(0.1)
        hung.cancel()

    asyncio.run(serve())
    assert len(alive("hung")) == 1
    held.set()


async def test_values_arrive_though_one_of_their_takers_fails() -> None:
    """The loop tells of that one; the others get theirs."""
    loop, told, last = asyncio.get_running_loop(), list[str](), asyncio.Event()
    loop.set_exception_handler(lambda _, about: told.append(str(about["exception"])))
    threads, gate = DaemonThreads("takers", 1), threading.Event()

    def fail(_value: object, _error: Exception | None) -> None:
        raise ValueError("a taker")

    def take(value: object, error: Exception | None) -> None:
        told.append(f"{value}, {type(error).__name__}")
        if error is None:
            last.set()

    threads.call(gate.wait, then=fail)
    threads.call(int, "x", then=take)
    threads.call(int, "7", then=take)
    gate.set()
    async with asyncio.timeout(10):
        await last.wait()
    threads.close()
    assert told == ["a taker", "None, ValueError", "7, NoneType"]
