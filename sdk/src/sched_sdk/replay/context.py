"""The contexts of the function style: what a workflow function is given, plain or async.

Guarantees: every value it hands out comes from the history, so that replay hands out the same; a call with a bad
argument raises an error that names field, value and rule, and issues no command.
"""

# ruff: noqa: SLF001 - contexts and handles are two halves of one thing
# ruff: noqa: A002, ASYNC109 - `input` and `timeout` are the words of the contract

import datetime as dt
import functools
import random
import uuid
from collections.abc import Callable, Generator, Iterable
from typing import Any, Generic, TypeVar, Unpack

from sched_sdk import converter
from sched_sdk.durations import Duration, as_microseconds
from sched_sdk.errors import ArgumentError, PayloadTooLarge
from sched_sdk.registry import Registry
from sched_sdk.replay.calls import ActivityOptions, check_handles, check_signal_name, schedule_command
from sched_sdk.replay.coroutine import CoroutineMachine
from sched_sdk.replay.info import ReplayLogger, Signal, Started, WorkflowInfo
from sched_sdk.replay.ledger import Ledger
from sched_sdk.replay.stack import StackMachine
from sched_sdk.replay.things import Activity, Thing, Waiter

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
ContextT = TypeVar("ContextT", bound="BaseContext")
HandleT = TypeVar("HandleT", bound="Handle[Any]")


class Handle(Generic[ContextT]):
    """An activity or a timer of the workflow."""

    __slots__ = ("_context", "_thing")

    def __init__(self, context: ContextT, thing: Thing) -> None:
        self._context = context
        self._thing = thing

    def done(self) -> bool:
        """Whether `result()` would return, or raise, at once."""
        return self._thing.done

    def cancel(self) -> None:
        """Asks it to stop; nothing where it is done. A timer is done by that; an activity when it answers."""
        self._context._ledger.cancel(self._thing)


class WorkflowHandle(Handle["WorkflowContext"]):
    """A handle in a plain function."""

    __slots__ = ()

    def result(self) -> Any:
        """Waits until it is done: the activity's value, None for a timer.

        Raises:
            ActivityError: The activity failed or was cancelled; `cause` says which.
            CanceledError: The timer was cancelled.
            Cancelled: The workflow is asked to stop; that cancels what this handle stands for.
        """
        self._context._wait([self._thing])
        return self._thing.value()


class AsyncWorkflowHandle(Handle["AsyncWorkflowContext"]):
    """A handle in an async function; to await it is to await `result()`."""

    __slots__ = ()

    async def result(self) -> Any:
        """As WorkflowHandle.result."""
        await self._context._wait([self._thing])
        return self._thing.value()

    def __await__(self) -> Generator[Any, None, Any]:
        return self.result().__await__()


class BaseContext:
    """What both contexts have in common: all that never waits."""

    def __init__(self, ledger: Ledger, registry: Registry, run: Started) -> None:
        self._ledger = ledger
        self._registry = registry
        self._run = run

    @functools.cached_property
    def logger(self) -> ReplayLogger:
        """Silent on replay."""
        return ReplayLogger(self._run.event, self._ledger)

    def now(self) -> dt.datetime:
        """The time of the last event that the current turn was given; aware, UTC."""
        return _EPOCH + dt.timedelta(microseconds=self._ledger.now_us)

    def random(self) -> random.Random:
        """A generator of its own for this run, seeded by the run id."""
        return self._ledger.random

    def uuid4(self) -> uuid.UUID:
        """A random UUID, the same on replay."""
        return uuid.UUID(int=self._ledger.random.getrandbits(128), version=4)

    def info(self) -> WorkflowInfo:
        """Who and what this run is."""
        return self._run.info

    def is_replaying(self) -> bool:
        """Whether the current turn repeats one that history holds."""
        return self._ledger.replaying

    def _schedule(
        self,
        activity: str | Callable[..., Any],
        value: object,
        options: ActivityOptions,
        location: str,
        *,
        detached: bool,
    ) -> Activity:
        self._ledger.guard()
        try:
            command = schedule_command(
                self._registry,
                activity,
                value,
                detached=detached,
                headers=self._run.event.headers,
                options=options,
            )
        except PayloadTooLarge as error:
            # The remedy is an operator's or a deployment's, and the run is not lost for want of it.
            raise self._ledger.park(str(error)) from error
        return self._ledger.schedule(command, location)

    def _start_timer(self, duration: Duration) -> Thing:
        return self._ledger.start_timer(as_microseconds(duration, field="duration"))

    def _signal_waiter(self, name: str | None, timeout: Duration | None) -> Waiter | None:
        """The wait for a signal, with its timer where it really begins; None: no waiting, and there is none."""
        wanted = check_signal_name(name)
        timeout_us = None if timeout is None else as_microseconds(timeout, field="timeout")
        things: list[Thing] = []
        if timeout_us is not None and not self._ledger.has_signal(wanted):
            if timeout_us == 0:
                return None
            things.append(self._ledger.start_timer(timeout_us, signal_wait=True))
        return Waiter(things, takes_signal=True, signal_name=wanted, location=self._ledger.locate())

    def _taken(self, waiter: Waiter) -> Signal | None:
        """The signal that ended a wait; its timer ends with it."""
        event = waiter.collect()
        if event is None:
            return None
        for timer in waiter.things:
            self._ledger.cancel(timer)
        got = event.signal_received
        payload = converter.decode(
            got.payload if got.HasField("payload") else None, field=f"signal {got.name}"
        )
        return Signal(name=got.name, payload=payload)


def _checked(
    handles: Iterable[HandleT], kind: type[HandleT], owner: BaseContext, *, empty: bool
) -> list[HandleT]:
    found = check_handles(handles, kind, owner, field="handles")
    if not found and not empty:
        raise ArgumentError("handles", found, "must hold at least one: nothing is never done")
    return found


def _values(waiter: Waiter, handles: Iterable[Handle[Any]]) -> list[Any]:
    failed = waiter.first_failed()
    if failed is not None:
        failed.value()
    return [handle._thing.value() for handle in handles]


class WorkflowContext(BaseContext):
    """The context of a plain function. Its waits block the function, and nothing else."""

    def __init__(self, machine: StackMachine, ledger: Ledger, registry: Registry, run: Started) -> None:
        super().__init__(ledger, registry, run)
        self._machine = machine

    def queue_activity(
        self, name: str | Callable[..., Any], input: Any = None, **options: Unpack[ActivityOptions]
    ) -> WorkflowHandle:
        """Schedules an activity and goes on. Left alone it runs on its own, past a normal end of the workflow too.

        Args:
            name: The activity's name, or its function where that is registered here.
            input: Any JSON value.
            **options: queue, retry, start_to_close, schedule_to_start, schedule_to_close, heartbeat_timeout; durations
                are timedelta or seconds.

        Raises:
            ArgumentError: A bad argument.
            PayloadError: `input` is no JSON value.
        """
        return WorkflowHandle(
            self, self._schedule(name, input, options, self._ledger.locate(), detached=True)
        )

    def execute_activity(
        self, name: str | Callable[..., Any], input: Any = None, **options: Unpack[ActivityOptions]
    ) -> Any:
        """Runs an activity and returns its value; as `queue_activity`, but it ends with the workflow.

        Raises:
            ActivityError: It failed; `cause` says how.
            Cancelled: The workflow is asked to stop; that cancels the activity.
        """
        location = self._ledger.locate()
        activity = self._schedule(name, input, options, location, detached=False)
        self._machine.wait(Waiter([activity], location=location))
        return activity.value()

    def sleep(self, duration: Duration) -> None:
        """Waits, durably, as long as need be. Of 0: does nothing."""
        if as_microseconds(duration, field="duration"):
            self._wait([self._start_timer(duration)])

    def start_timer(self, duration: Duration) -> WorkflowHandle:
        """Starts a durable timer and goes on."""
        return WorkflowHandle(self, self._start_timer(duration))

    def wait_for_signal(self, name: str | None = None, timeout: Duration | None = None) -> Signal | None:
        """The next signal of that name, or of any; others stay, in order. None when `timeout` has passed first."""
        waiter = self._signal_waiter(name, timeout)
        if waiter is None:
            return None
        self._machine.wait(waiter)
        return self._taken(waiter)

    def wait_any(self, handles: Iterable[WorkflowHandle]) -> WorkflowHandle:
        """Waits for the first that is done, and returns it."""
        found = _checked(handles, WorkflowHandle, self, empty=False)
        first = self._wait([handle._thing for handle in found]).first_done()
        return found[[handle._thing for handle in found].index(first)]

    def wait_all(self, handles: Iterable[WorkflowHandle]) -> list[Any]:
        """Waits until all are done, and returns their results in order; the first that fails is raised at once."""
        found = _checked(handles, WorkflowHandle, self, empty=True)
        return _values(self._wait([handle._thing for handle in found], every=True), found)

    def _wait(self, things: list[Thing], *, every: bool = False) -> Waiter:
        waiter = Waiter(things, every=every, location=self._ledger.locate())
        self._machine.wait(waiter)
        return waiter


class AsyncWorkflowContext(BaseContext):
    """The context of an async function: the same names; what waits is awaited."""

    def __init__(self, machine: CoroutineMachine, ledger: Ledger, registry: Registry, run: Started) -> None:
        super().__init__(ledger, registry, run)
        self._machine = machine

    def queue_activity(
        self, name: str | Callable[..., Any], input: Any = None, **options: Unpack[ActivityOptions]
    ) -> AsyncWorkflowHandle:
        """As WorkflowContext.queue_activity: scheduled at once; the handle can be awaited."""
        return AsyncWorkflowHandle(
            self, self._schedule(name, input, options, self._ledger.locate(), detached=True)
        )

    async def execute_activity(
        self, name: str | Callable[..., Any], input: Any = None, **options: Unpack[ActivityOptions]
    ) -> Any:
        """As WorkflowContext.execute_activity."""
        location = self._ledger.locate()
        activity = self._schedule(name, input, options, location, detached=False)
        await self._machine.wait(Waiter([activity], location=location))
        return activity.value()

    async def sleep(self, duration: Duration) -> None:
        """As WorkflowContext.sleep; `asyncio.sleep` does the same."""
        if as_microseconds(duration, field="duration"):
            await self._wait([self._start_timer(duration)])

    def start_timer(self, duration: Duration) -> AsyncWorkflowHandle:
        """Starts a durable timer and goes on; the handle can be awaited."""
        return AsyncWorkflowHandle(self, self._start_timer(duration))

    async def wait_for_signal(
        self, name: str | None = None, timeout: Duration | None = None
    ) -> Signal | None:
        """As WorkflowContext.wait_for_signal. Of two waits that want a signal, the older takes it."""
        waiter = self._signal_waiter(name, timeout)
        if waiter is None:
            return None
        await self._machine.wait(waiter)
        return self._taken(waiter)

    async def wait_any(self, handles: Iterable[AsyncWorkflowHandle]) -> AsyncWorkflowHandle:
        """Waits for the first that is done, and returns it."""
        found = _checked(handles, AsyncWorkflowHandle, self, empty=False)
        first = (await self._wait([handle._thing for handle in found])).first_done()
        return found[[handle._thing for handle in found].index(first)]

    async def wait_all(self, handles: Iterable[AsyncWorkflowHandle]) -> list[Any]:
        """As WorkflowContext.wait_all. One turn for all, where `asyncio.gather` takes one for each."""
        found = _checked(handles, AsyncWorkflowHandle, self, empty=True)
        return _values(await self._wait([handle._thing for handle in found], every=True), found)

    async def _wait(self, things: list[Thing], *, every: bool = False) -> Waiter:
        waiter = Waiter(things, every=every, location=self._ledger.locate())
        await self._machine.wait(waiter)
        return waiter
