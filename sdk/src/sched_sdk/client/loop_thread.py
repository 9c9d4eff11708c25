"""A private event loop on a thread of its own: how blocking code drives the asynchronous client.

The thread starts with the first call. It is a daemon: a program that forgets to close its client still ends.
"""

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

from sched_sdk.event_loop import new_event_loop

R = TypeVar("R")
JOIN_SECONDS = 5.0


class LoopThread:
    """Runs coroutines for callers on other threads."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    @property
    def is_running(self) -> bool:
        """Whether the thread has been started."""
        return self._loop is not None

    def run(self, work: Coroutine[Any, Any, R]) -> R:
        """Run a coroutine there and wait for it.

        Raises:
            RuntimeError: Called on that very thread, which would wait for itself.
        """
        if threading.current_thread() is self._thread:
            work.close()
            raise RuntimeError(
                "the blocking client cannot be used on its own event loop; use AsyncClient there"
            )
        future = asyncio.run_coroutine_threadsafe(work, self._started())
        try:
            return future.result()
        except BaseException:
            future.cancel()  # the caller was interrupted; a call that failed is done already
            raise

    def close(self) -> None:
        """Stop the loop and its thread."""
        with self._lock:
            loop, thread = self._loop, self._thread
            self._loop = self._thread = None
        if loop is None or thread is None:
            return
        loop.call_soon_threadsafe(loop.stop)
        thread.join(JOIN_SECONDS)

    def _started(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = new_event_loop()
                self._thread = threading.Thread(
                    target=_serve, args=(self._loop,), name=self._name, daemon=True
                )
                self._thread.start()
            return self._loop


def run_to_end(work: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine on a fresh loop of this thread, without waiting for ever for tasks that refuse to be cancelled.

    `asyncio.run` would: an activity that swallows its cancellation would keep a drained worker alive.
    """
    loop = new_event_loop()
    try:
        loop.run_until_complete(work)
    finally:
        _end(loop)


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        _end(loop)


def _end(loop: asyncio.AbstractEventLoop) -> None:
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    if left:
        loop.run_until_complete(asyncio.wait(left, timeout=1.0))
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()
