"""Threads for code that blocks: made when needed, reused, bounded, and never waited for at the end of the process.

`concurrent.futures` joins its threads when the interpreter ends, so one activity that hangs would keep a drained worker
alive for ever. These are daemon threads: what still runs when the grace is over dies with the process.

Values go back to the event loop together: one wake-up serves all that are there by then, so that what they lead to
travels in one message.
"""

import asyncio
import contextvars
import queue
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

R = TypeVar("R")
Job = Callable[[], None]


class DaemonThreads:
    """At most `size` threads for one event loop; jobs beyond that wait in order."""

    def __init__(self, name: str, size: int) -> None:
        self._name = name
        self._size = size
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._started = 0
        self._busy = 0
        self._lock = threading.Lock()
        self._ended: deque[tuple[asyncio.Future[Any], object, Exception | None]] = deque()
        self._telling = False

    async def run(self, function: Callable[..., R], /, *args: Any) -> R:
        """Run a function that raises nothing but `Exception`, and wait for its value without blocking the loop."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[R] = loop.create_future()
        context = contextvars.copy_context()

        def job() -> None:
            try:
                value = context.run(function, *args)
            except Exception as error:
                self._tell(loop, future, None, error)
            else:
                self._tell(loop, future, value, None)

        self._submit(job)
        return await future

    def widen(self) -> None:
        """One of the threads is lost to a job that does not end: let another take its place."""
        with self._lock:
            self._size += 1
            self._start_if_needed()

    def close(self) -> None:
        """Let idle threads end; a busy one ends after its job."""
        with self._lock:
            for _ in range(self._started):
                self._jobs.put(None)
            self._size = 0

    def _submit(self, job: Job) -> None:
        with self._lock:
            self._busy += 1
            self._start_if_needed()
        self._jobs.put(job)

    def _start_if_needed(self) -> None:
        if self._busy > self._started and self._started < self._size:
            self._started += 1
            name = f"{self._name}-{self._started}"
            threading.Thread(target=self._serve, name=name, daemon=True).start()

    def _serve(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()
            with self._lock:
                self._busy -= 1

    def _tell(
        self,
        loop: asyncio.AbstractEventLoop,
        future: "asyncio.Future[Any]",
        value: object,
        error: Exception | None,
    ) -> None:
        self._ended.append((future, value, error))
        if self._telling:
            return
        self._telling = True
        try:
            loop.call_soon_threadsafe(self._settle)
        except RuntimeError:  # the loop is closed: the worker has ended without us
            return

    def _settle(self) -> None:
        # First the flag: whoever adds from here on wakes the loop again.
        self._telling = False
        while self._ended:
            future, value, error = self._ended.popleft()
            if future.done():  # nobody waits any more
                continue
            if error is None:
                future.set_result(value)
            else:
                future.set_exception(error)
