"""Threads for code that blocks: made when needed, reused, bounded, and never waited for at the end of the process.

`concurrent.futures` joins its threads when the interpreter ends, so one activity that hangs would keep a drained worker
alive for ever. These are daemon threads: what still runs when the grace is over dies with the process; what is idle can
be waited for.

A job may be for one thread alone: a stack that rests there can go on nowhere else.

One thread at a time is called, and it calls the next when it has found work and there is more. So a hundred jobs that
compute for a moment are done by a thread or two, one after the other, and a hundred that block soon have a thread each.

Values go back to the event loop together: one wake-up serves all that are there by then, so that what they lead to
travels in one message.
"""

import asyncio
import contextvars
import functools
import threading
import time
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, TypeVar

R = TypeVar("R")
Job = Callable[[], None]
Then = Callable[[Any, Exception | None], None]
"""What is called on the event loop with a job's value, or with what it raised."""


class Place:
    """One of the threads: the jobs that are for it alone, and the bell that wakes it."""

    __slots__ = ("bell", "is_called", "jobs")

    def __init__(self) -> None:
        self.jobs: deque[Job] = deque()
        self.bell: SimpleQueue[None] = SimpleQueue()
        self.is_called = False


class DaemonThreads:
    """At most `size` threads for one event loop; jobs beyond that wait in order."""

    def __init__(self, name: str, size: int) -> None:
        self._name = name
        self._size = size
        self._jobs: deque[Job] = deque()
        self._started: list[threading.Thread] = []
        self._idle: dict[Place, None] = {}
        """The one that was busy last is the first to be called."""
        self._calling = False
        """Whether one has been called that has not looked for work yet."""
        self._closed = False
        self._lock = threading.Lock()
        self._here = threading.local()
        self._ended: deque[tuple[Then, object, Exception | None]] = deque()
        self._telling = False
        self._context = contextvars.copy_context()

    async def run(self, function: Callable[..., R], /, *args: Any) -> R:
        """Run a function that raises nothing but `Exception`, and wait for its value without blocking the loop."""
        return await self.begin(function, *args)

    def begin(
        self, function: Callable[..., R], /, *args: Any, at: Place | None = None
    ) -> "asyncio.Future[R]":
        """As `run`, but does not wait. Nobody minds if the future is done by then.

        Args:
            function: What to run.
            *args: Its arguments.
            at: The thread that must run it; None: any.
        """
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self.call(function, *args, at=at, then=functools.partial(_resolve, future))
        return future

    def call(self, function: Callable[..., R], /, *args: Any, then: Then, at: Place | None = None) -> None:
        """As `begin`, for those who need no future: `then` is called on the loop."""
        loop = asyncio.get_running_loop()
        context = contextvars.copy_context()

        def job() -> None:
            try:
                value = context.run(function, *args)
            except Exception as error:
                self._tell(loop, then, None, error)
            else:
                self._tell(loop, then, value, None)

        self._submit(job, at)

    def post(self, function: Callable[[], None], at: Place) -> None:
        """Have a thread run something when it comes to it; nobody waits. Not after `close`."""
        with self._lock:
            if not self._closed:
                self._put_at(at, function)

    def here(self) -> Place:
        """The thread that calls, which is one of these."""
        place: Place = self._here.place
        return place

    def widen(self) -> None:
        """One of the threads is lost to a job that does not end: let another take its place."""
        with self._lock:
            self._size += 1
            self._call_one()

    def close(self) -> None:
        """Let idle threads end; a busy one ends after its job."""
        with self._lock:
            self._closed = True
            self._size = 0
            for place in self._idle:
                place.bell.put(None)
            self._idle.clear()

    async def gone(self, seconds: float) -> None:
        """After `close`, until the threads have ended, or that long. A thread that held greenlets and ends when the
        interpreter is ending already aborts the process."""
        await asyncio.to_thread(self._join, time.monotonic() + seconds)

    def _join(self, deadline: float) -> None:
        for thread in self._started:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _submit(self, job: Job, at: Place | None) -> None:
        with self._lock:
            if at is not None:
                self._put_at(at, job)
            else:
                self._jobs.append(job)
                self._call_one()

    def _put_at(self, place: Place, job: Job) -> None:
        """The caller has the lock."""
        place.jobs.append(job)
        if place in self._idle:
            del self._idle[place]
            place.bell.put(None)

    def _call_one(self) -> None:
        """See to it that somebody comes for what waits. The caller has the lock."""
        if self._calling or not self._jobs:
            return
        if self._idle:
            place, _ = self._idle.popitem()
            place.is_called = self._calling = True
            place.bell.put(None)
        elif len(self._started) < self._size:
            self._start()
            self._calling = True

    def _start(self) -> None:
        name = f"{self._name}-{len(self._started) + 1}"
        thread = threading.Thread(target=self._serve, name=name, daemon=True)
        thread.start()
        self._started.append(thread)

    def _serve(self) -> None:
        place = self._here.place = Place()
        place.is_called = True
        while (job := self._next(place)) is not None:
            job()

    def _next(self, place: Place) -> Job | None:
        """Waits for a job. None once there are no more and none will come."""
        while True:
            with self._lock:
                if place.is_called:
                    place.is_called = self._calling = False
                job = self._taken(place)
                if job is not None or self._closed:
                    return job
                self._idle[place] = None
            place.bell.get()

    def _taken(self, place: Place) -> Job | None:
        """A job for this thread: its own come first, since somebody waits for them who has begun."""
        jobs = place.jobs or self._jobs
        job = jobs.popleft() if jobs else None
        self._call_one()
        return job

    def _tell(
        self, loop: asyncio.AbstractEventLoop, then: Then, value: object, error: Exception | None
    ) -> None:
        self._ended.append((then, value, error))
        if self._telling:
            return
        self._telling = True
        try:
            loop.call_soon_threadsafe(self._settle, loop, context=self._context)
        except RuntimeError:  # the loop is closed: the worker has ended without us
            return

    def _settle(self, loop: asyncio.AbstractEventLoop) -> None:
        # First the flag: whoever adds from here on wakes the loop again.
        self._telling = False
        try:
            while self._ended:
                then, value, error = self._ended.popleft()
                then(value, error)
        finally:
            if (
                self._ended
            ):  # it has raised, which the loop will tell of; the others get their values all the same
                loop.call_soon(self._settle, loop)


def _resolve(future: "asyncio.Future[Any]", value: object, error: Exception | None) -> None:
    if future.done():  # nobody waits any more
        return
    if error is None:
        future.set_result(value)
    else:
        future.set_exception(error)
