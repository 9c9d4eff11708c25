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

ANSWER_SECONDS = 0.15
"""What a reader waits for takes so long at most, and as a rule much less."""


class Handle:
    """What can still be cancelled. `run` is what the loop calls; it stays in its place, so that no step is shorter."""

    __slots__ = ("_loop", "run", "timer", "when_seconds")

    def __init__(self, loop: SimLoop, run: Callable[[], object], when_seconds: float = 0.0) -> None:
        self._loop = loop
        self.run = run
        self.when_seconds = when_seconds
        self.timer: Timer | None = None

    def cancel(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
        else:
            self._loop.skip(self.run)
        self.run = _cancelled

    def cancelled(self) -> bool:
        return self.run is _cancelled

    def when(self) -> float:
        return self.when_seconds


def _cancelled() -> None:
    return


class SimLoop(Entity):
    """The loop of one process: what asyncio asks of a loop on which nothing but tasks, futures and timers live."""

    def __init__(self, scheduler: Scheduler, process: Process) -> None:
        super().__init__(process)
        self._lives_in = process
        self._as_loop: Any = self
        self._scheduler = scheduler
        self._callbacks: deque[Callable[[], object]] = deque()
        self._serial: dict[Any, deque[SimThread]] = {}
        self._tasks: list[asyncio.Task[Any]] = []
        self._readers: dict[int, Callable[[], object]] = {}
        self.failures = scheduler.failures

    def step(self) -> None:
        callbacks, process = self._callbacks, self._lives_in
        count = len(callbacks) if self._scheduler.rng.random() < ALL_AT_ONCE else 1
        asyncio._set_running_loop(self._as_loop)
        while count and callbacks and process.is_alive:  # one of them may end the process
            count -= 1
            call = callbacks.popleft()
            try:
                call()
            except Exception as error:
                self.failures.append({"exception": error, "callback": call})
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
    ) -> Handle | None:
        """With a context it is a task or a future that calls, in C: it drops the handle, so there is none."""
        call = partial((copy_context() if context is None else context).run, callback, *args)
        self._callbacks.append(call)
        if self.place < 0:
            self._scheduler.wake(self)
        return Handle(self, call) if context is None else None

    def call_soon_threadsafe(
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> Handle | None:
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
        call = partial((copy_context() if context is None else context).run, callback, *args)
        handle = Handle(self, call, when)
        handle.timer = self._scheduler.at(int(when * SECOND) + 1, partial(self._due, handle))
        return handle

    def _due(self, handle: Handle) -> None:
        handle.timer = None
        self._callbacks.append(handle.run)
        self._scheduler.wake(self)

    def add_reader(self, descriptor: int, callback: Callable[..., object], *args: Any) -> None:
        """An answer comes after a while; who has not read all of it is called again."""
        self._readers[descriptor] = reader = partial(callback, *args)
        self._await(descriptor, reader)

    def remove_reader(self, descriptor: int) -> None:
        self._readers.pop(descriptor, None)

    def _await(self, descriptor: int, reader: Callable[[], object]) -> None:
        self.call_later(ANSWER_SECONDS * self._scheduler.rng.random() ** 3, self._read, descriptor, reader)

    def _read(self, descriptor: int, reader: Callable[[], object]) -> None:
        if self._readers.get(descriptor) is reader:
            reader()
        if self._readers.get(descriptor) is reader:
            self._await(descriptor, reader)

    def skip(self, call: Callable[[], object]) -> None:
        """If it is still to be called, nothing is called in its place."""
        if call in self._callbacks:
            self._callbacks[self._callbacks.index(call)] = _cancelled

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
        self._readers.clear()

    get_debug = staticmethod(bool)
    """False. Every future asks, so it is no call of Python's own."""

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
