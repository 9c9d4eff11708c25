"""An event loop in virtual time: asyncio's tasks and futures on it are the real ones.

Callbacks of one loop run in the order of asyncio; when they run, and how many in one go, is the scheduler's choice.
What is given to an executor runs as a simulated thread.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextvars import Context
from typing import Any

from tests.simulation.scheduler import SECOND, Entity, Process, Scheduler
from tests.simulation.threads import SimThread, start_thread

ALL_AT_ONCE = 0.8
"""Share of steps in which everything that is ready runs, as in a real loop; else one callback."""


class SimLoop(Entity):
    """The loop of one process: what asyncio asks of a loop on which nothing but tasks, futures and timers live."""

    def __init__(self, scheduler: Scheduler, process: Process) -> None:
        super().__init__(process)
        self._as_loop: Any = self
        self._scheduler = scheduler
        self._callbacks: deque[asyncio.Handle] = deque()
        self._serial: dict[Any, deque[SimThread]] = {}
        self.failures: list[dict[str, Any]] = []

    def step(self) -> None:
        callbacks = self._callbacks
        count = len(callbacks) if self._scheduler.rng.random() < ALL_AT_ONCE else 1
        asyncio._set_running_loop(self._as_loop)
        while count and callbacks:
            count -= 1
            handle: Any = callbacks.popleft()
            if not handle._cancelled:
                try:
                    handle._context.run(handle._callback, *handle._args)
                except Exception as error:
                    self.failures.append({"exception": error, "handle": handle})
        asyncio._set_running_loop(None)
        if not callbacks:
            self._scheduler.rest(self)

    def within[T](self, call: Callable[[], T]) -> T:
        """Calls something that wants to find this loop running."""
        outer = asyncio._get_running_loop()
        asyncio._set_running_loop(self._as_loop)
        try:
            return call()
        finally:
            asyncio._set_running_loop(outer)

    def time(self) -> float:
        return self._scheduler.clock.us / SECOND

    def call_soon(
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        handle = asyncio.Handle(callback, args, self._as_loop, context)
        self._callbacks.append(handle)
        self._scheduler.wake(self)
        return handle

    def call_soon_threadsafe(
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        if self.is_closed():
            raise RuntimeError("Event loop is closed")
        return self.call_soon(callback, *args, context=context)

    def call_later(
        self, delay: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        return self.call_at(self.time() + delay, callback, *args, context=context)

    def call_at(
        self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        handle = asyncio.TimerHandle(when, callback, args, self._as_loop, context)
        self._scheduler.at(int(when * SECOND) + 1, lambda: self._due(handle))
        return handle

    def _due(self, handle: asyncio.TimerHandle) -> None:
        if not handle._cancelled:
            self._callbacks.append(handle)
            self._scheduler.wake(self)

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """What was cancelled is passed over when its moment comes."""

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self._as_loop)

    def create_task(self, coro: Any, **options: Any) -> asyncio.Task[Any]:
        return asyncio.Task(coro, loop=self._as_loop, **options)

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:
        """An executor of one thread works in order; others have as many threads as are asked for."""
        future = self.create_future()
        thread = start_thread(self._scheduler, self.process, lambda: self._job(executor, future, func, args))
        in_order = executor is not None and executor._max_workers == 1
        waiting = self._serial.setdefault(executor, deque()) if in_order else None
        if waiting is not None:
            waiting.append(thread)
        if waiting is None or len(waiting) == 1:
            thread.start()
        return future

    def _job(self, executor: Any, future: asyncio.Future[Any], func: Any, args: tuple[Any, ...]) -> None:
        result, error = None, None
        try:
            self._scheduler.before_job(func)
            result = func(*args)
        except Exception as raised:
            error = raised
        if not self.is_closed():
            self.call_soon_threadsafe(_settle, future, result, error)
        waiting = self._serial.get(executor)
        if waiting:
            waiting.popleft()
            if waiting:
                waiting[0].start()

    def is_running(self) -> bool:
        return True

    def is_closed(self) -> bool:
        return self.process is not None and not self.process.is_alive

    def get_debug(self) -> bool:
        return False

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        self.failures.append(context)


def _settle(future: asyncio.Future[Any], result: Any, error: Exception | None) -> None:
    if future.done():
        return
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(result)
