"""Threads as greenlets: each goes on when the scheduler says so, and waits without holding anything up.

`Threading` stands in for the module `threading` where the product makes its committing threads.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from greenlet import GreenletExit, getcurrent, greenlet  # type: ignore[import-untyped]

from tests.simulation.scheduler import SECOND, Entity, Process, Scheduler

UNWINDINGS_MAX = 5
"""Clean-up code may wait again while its thread is ended."""


IDLE: list[Any] = []
"""Stacks whose thread has come to its end, for the next one: a new stack asks the system for memory."""


class SimThread(Entity):
    """A thread of a process."""

    def __init__(self, scheduler: Scheduler, process: Process | None, body: Callable[[], None]) -> None:
        super().__init__(process)
        self._scheduler = scheduler
        self._body = body
        self._stack: Any = None
        """Once it has begun, and until it is done."""
        self._joining: list[SimThread] = []
        self.is_done = False
        self.must_rest = False
        self.failure: BaseException | None = None
        scheduler.at_the_end(self._end)

    def _end(self) -> None:
        """A stack that rests for good holds all that it knows, and no collector finds it."""
        stack, self._stack = self._stack, None
        if stack is None:
            return
        stack.parent = getcurrent()
        for _ in range(UNWINDINGS_MAX):
            if not stack:
                break
            stack.throw(GreenletExit)
        stack.__dict__.clear()

    def start(self) -> None:
        self._scheduler.wake(self)

    def step(self) -> None:
        self.must_rest = False
        if not self.is_done:  # else a time it once waited for has come
            self._go_on()
        if self.failure is not None:
            raise self.failure
        if self.must_rest or self.is_done:
            self._scheduler.rest(self)

    def _go_on(self) -> None:
        stack = self._stack
        if stack is None:
            stack = self._stack = _new_stack()
            stack.sim_thread = self
            stack.gr_context = None
        stack.parent = getcurrent()
        stack.switch()

    def pause(self) -> None:
        """Let others go on; called on this thread."""
        getcurrent().parent.switch()

    def wait(self, until_us: int | None = None) -> None:
        """Rest until `wake`, or that moment; called on this thread. May end early."""
        self.must_rest = True
        if until_us is not None:
            self._scheduler.at(until_us, lambda: self._scheduler.wake(self))
        getcurrent().parent.switch()

    def wake(self) -> None:
        if not self.is_done:
            self.must_rest = False
            self._scheduler.wake(self)

    def join(self, timeout: float | None = None) -> None:
        """Called on another thread."""
        del timeout
        while not self.is_done:
            waiting = current_thread()
            self._joining.append(waiting)
            waiting.wait()

    def live(self) -> None:
        """To its end; called on its stack."""
        try:
            self._body()
        except Exception as error:
            self.failure = error
        self.is_done = True
        self._stack = None
        for thread in self._joining:
            thread.wake()


def _new_stack() -> Any:
    while IDLE:
        stack = IDLE.pop()
        if stack:  # not ended meanwhile, as that of a thread which came to its end while it was unwound
            return stack
    return greenlet(_serve)


def _serve() -> None:
    """One thread after the other, until one of them is ended from outside."""
    stack = getcurrent()
    while True:
        stack.sim_thread.live()
        del stack.sim_thread
        IDLE.append(stack)
        stack.parent.switch()


def current_thread() -> SimThread:
    thread: SimThread = getcurrent().sim_thread
    return thread


def start_thread(scheduler: Scheduler, process: Process | None, body: Callable[[], None]) -> SimThread:
    return SimThread(scheduler, process, body)


class Threading:
    """What `workflows.store` uses of `threading`, for the process that the scheduler has in hand."""

    def __init__(self) -> None:
        self.scheduler: Scheduler | None = None

    def Thread(self, *, target: Callable[[], None], name: str, daemon: bool) -> SimThread:  # noqa: N802
        del name, daemon
        assert self.scheduler is not None
        return SimThread(self.scheduler, self.scheduler.current, target)

    def Event(self) -> SimEvent:  # noqa: N802
        assert self.scheduler is not None
        return SimEvent(self.scheduler)

    def Condition(self) -> SimCondition:  # noqa: N802
        assert self.scheduler is not None
        return SimCondition(self.scheduler)


class _Waiters:
    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._waiting: list[SimThread] = []

    def _wait_for(self, holds: Callable[[], Any], timeout: float | None) -> Any:
        clock = self._scheduler.clock
        until = None if timeout is None else clock.us + int(timeout * SECOND)
        while not (found := holds()) and (until is None or clock.us < until):
            thread = current_thread()
            self._waiting.append(thread)
            thread.wait(until)
        return found

    def _wake_all(self) -> None:
        waiting, self._waiting = self._waiting, []
        for thread in waiting:
            thread.wake()


class SimEvent(_Waiters):
    def __init__(self, scheduler: Scheduler) -> None:
        super().__init__(scheduler)
        self._is_set = False

    def is_set(self) -> bool:
        return self._is_set

    def set(self) -> None:
        self._is_set = True
        self._wake_all()

    def wait(self, timeout: float | None = None) -> bool:
        return bool(self._wait_for(self.is_set, timeout))


class SimCondition(_Waiters):
    """Only one thread goes on at a time, and none is interrupted where the product holds its lock."""

    def __enter__(self) -> SimCondition:
        return self

    def __exit__(self, *raised: object) -> None:
        return

    def wait_for(self, holds: Callable[[], Any], timeout: float | None = None) -> Any:
        return self._wait_for(holds, timeout)

    def notify(self, n: int = 1) -> None:
        self._wake_all()

    def notify_all(self) -> None:
        self._wake_all()
