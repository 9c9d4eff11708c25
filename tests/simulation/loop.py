"""An event loop in virtual time: asyncio's tasks and futures on it are the real ones.

Callbacks of one loop run in the order of asyncio; when they run, and how many in one go, is the scheduler's choice.
What is given to an executor runs as a simulated thread.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from contextvars import Context, copy_context
from functools import partial
from typing import Any

from tests.simulation.scheduler import SECOND, Entity, Process, Scheduler, Timer
from tests.simulation.threads import SimThread, start_thread

ALL_AT_ONCE = 0.8
"""Share of steps in which everything that is ready runs, as in a real loop; else one callback."""


class Handle:
    """What is to be called, as asyncio's own; that one costs several times as much."""

    __slots__ = ("args", "call", "context", "is_cancelled", "timer", "when_seconds")

    def __init__(
        self,
        call: Callable[..., object],
        args: tuple[Any, ...],
        context: Context | None,
        seconds: float = 0.0,
    ) -> None:
        self.call = call
        self.args = args
        self.context = copy_context() if context is None else context
        self.is_cancelled = False
        self.when_seconds = seconds
        self.timer: Timer | None = None

    def cancel(self) -> None:
        self.is_cancelled = True
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    def cancelled(self) -> bool:
        return self.is_cancelled

    def when(self) -> float:
        return self.when_seconds


class SimLoop(Entity):
    """The loop of one process: what asyncio asks of a loop on which nothing but tasks, futures and timers live."""

    def __init__(self, scheduler: Scheduler, process: Process) -> None:
        super().__init__(process)
        self._as_loop: Any = self
        self._scheduler = scheduler
        self._callbacks: deque[Handle] = deque()
        self._serial: dict[Any, deque[SimThread]] = {}
        self._tasks: list[asyncio.Task[Any]] = []
        self.failures = scheduler.failures

    def step(self) -> None:
        callbacks = self._callbacks
        count = len(callbacks) if self._scheduler.rng.random() < ALL_AT_ONCE else 1
        asyncio._set_running_loop(self._as_loop)
        while count and callbacks and not self.is_closed():  # one of them may end the process
            count -= 1
            handle = callbacks.popleft()
            if not handle.is_cancelled:
                try:
                    handle.context.run(handle.call, *handle.args)
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
    ) -> Handle:
        handle = Handle(callback, args, context)
        self._callbacks.append(handle)
        if self.place < 0:
            self._scheduler.wake(self)
        return handle

    def call_soon_threadsafe(
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> Handle:
        if self.is_closed():
            raise RuntimeError("Event loop is closed")
        return self.call_soon(callback, *args, context=context)

    def call_later(
        self, delay: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> Handle:
        return self.call_at(self.time() + delay, callback, *args, context=context)

    def call_at(
        self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> Handle:
        handle = Handle(callback, args, context, when)
        handle.timer = self._scheduler.at(int(when * SECOND) + 1, partial(self._due, handle))
        return handle

    def _due(self, handle: Handle) -> None:
        handle.timer = None
        self._callbacks.append(handle)
        self._scheduler.wake(self)

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self._as_loop)

    def create_task(self, coro: Any, **options: Any) -> asyncio.Task[Any]:
        task: asyncio.Task[Any] = asyncio.Task(coro, loop=self._as_loop, **options)
        self._tasks.append(task)
        return task

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

    def forget(self) -> None:
        """The run is over: ends what still waits here, so that little is left that only a collector would find."""
        for task in self._tasks:
            if not task.done():
                _end(task)
        self._tasks.clear()
        self._callbacks.clear()
        self._serial.clear()

    def get_debug(self) -> bool:
        return False

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        self.failures.append(context)


def _end(task: Any) -> None:
    task._log_destroy_pending = False
    waits_for = task._fut_waiter
    with suppress(BaseException):  # clean-up code finds its world gone, or would wait
        task.get_coro().close()
    if waits_for is not None:
        waits_for.cancel()  # and so lets go of the task


def _settle(future: asyncio.Future[Any], result: Any, error: Exception | None) -> None:
    if future.done():
        return
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(result)
