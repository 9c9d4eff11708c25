"""What a workflow can wait for: activities, timers, signals; and the waits themselves.

Guarantees: what is done stays done, with the outcome that history gave it first. No command is issued here.
"""

from collections.abc import Callable, Sequence
from typing import Any

from sched_sdk import converter
from sched_sdk.errors import ActivityError, CanceledError
from sched_sdk.failures import from_failure
from sched_sdk.proto.v1 import history_pb2


class Thing:
    """An activity or a timer of the run. `order` says which of two was done first."""

    __slots__ = ("cancel_requested", "done", "failed", "index", "order", "waiters")

    def __init__(self, index: int) -> None:
        self.index = index
        self.done = False
        self.failed = False
        self.order = 0
        self.cancel_requested = False
        self.waiters: dict[Waiter, None] = {}

    def value(self) -> Any:
        """The outcome: a value, or the exception that it is, raised."""
        raise NotImplementedError


class Timer(Thing):
    """A timer: fired, or cancelled."""

    __slots__ = ()

    def value(self) -> None:
        if self.failed:
            raise CanceledError("the timer was cancelled")


class Activity(Thing):
    """An activity: its outcome is the event that ended it."""

    __slots__ = ("activity_type", "outcome")

    def __init__(self, index: int, activity_type: str) -> None:
        super().__init__(index)
        self.activity_type = activity_type
        self.outcome: history_pb2.HistoryEvent | None = None

    def value(self) -> Any:
        assert self.outcome is not None
        kind = self.outcome.WhichOneof("attributes")
        if kind == "activity_task_completed":
            done = self.outcome.activity_task_completed
            if not done.HasField("result"):
                return None
            return converter.decode(done.result, field=f"result of {self.activity_type}")
        if kind == "activity_task_canceled":
            raise self._canceled(self.outcome.activity_task_canceled)
        if kind == "activity_task_timed_out":
            raise self._failed(self.outcome.activity_task_timed_out)
        raise self._failed(self.outcome.activity_task_failed)

    def _failed(
        self, event: history_pb2.ActivityTaskFailed | history_pb2.ActivityTaskTimedOut
    ) -> ActivityError:
        cause = from_failure(event.failure)
        told = (
            f"{event.failure.type}: {event.failure.message}" if event.failure.type else event.failure.message
        )
        error = ActivityError(
            f"activity {self.activity_type} failed: {told}",
            activity_type=self.activity_type,
            scheduled=event.scheduled,
            attempt=event.attempt,
        )
        error.__cause__ = cause
        return error

    def _canceled(self, event: history_pb2.ActivityTaskCanceled) -> ActivityError:
        details = converter.decode(event.details if event.HasField("details") else None, field="details")
        error = ActivityError(
            f"activity {self.activity_type} was cancelled",
            activity_type=self.activity_type,
            scheduled=event.scheduled,
        )
        error.__cause__ = CanceledError("the activity was cancelled", details=details)
        return error


class Waiter:
    """One wait of workflow code: for any or all of some things, for a signal, or for both.

    Attributes:
        every: True: for all of `things`, or the first that fails; False: for any of them.
        takes_signal: A signal ends it too: one named `signal_name`, or any where that is None.
        settled: What it waits for has come. `signal` is what it took, until `collect` hands it out.
        location: Where in workflow code it stands.
    """

    __slots__ = (
        "every",
        "location",
        "on_settle",
        "remaining",
        "settled",
        "signal",
        "signal_name",
        "takes_signal",
        "things",
    )

    def __init__(
        self,
        things: Sequence[Thing] = (),
        *,
        every: bool = False,
        takes_signal: bool = False,
        signal_name: str | None = None,
        location: str = "",
    ) -> None:
        self.things = tuple(dict.fromkeys(things))
        self.every = every
        self.takes_signal = takes_signal
        self.signal_name = signal_name
        self.location = location
        self.remaining = len([thing for thing in self.things if not thing.done])
        self.settled = self._settled_already()
        self.signal: history_pb2.HistoryEvent | None = None
        self.on_settle: Callable[[], None] | None = None

    def _settled_already(self) -> bool:
        if self.every:
            return self.remaining == 0 or any(thing.failed for thing in self.things)
        return self.remaining < len(self.things)

    def wants(self, name: str) -> bool:
        """Whether a signal of that name ends the wait."""
        return self.takes_signal and (self.signal_name is None or self.signal_name == name)

    def arrived(self, thing: Thing) -> bool:
        """Takes note of a thing that is done now; True: that settles the wait."""
        self.remaining -= 1
        return not self.every or thing.failed or self.remaining == 0

    def collect(self) -> history_pb2.HistoryEvent | None:
        """The signal that was taken, if any; from here on it cannot be put back."""
        signal, self.signal = self.signal, None
        return signal

    def first_failed(self) -> Thing | None:
        """Of a wait for all: the thing that failed first."""
        return min((t for t in self.things if t.done and t.failed), key=lambda t: t.order, default=None)

    def first_done(self) -> Thing:
        """Of a settled wait for any: the thing that was done first."""
        return min((t for t in self.things if t.done), key=lambda t: t.order)
