"""Stories: histories as text, that drive the kernel and are checked against it step by step.

`Story("WS; Y, AS, TS(2); TF; Y, WC")` gives the kernel one input per step and asserts that the step emits the events it
names, in that order. `;` parts inputs, `,` the events of one input. Words in lower case are operations or inputs that
leave no event:

    claim(0)   a worker takes the task of activity command 0      turn       a worker takes the workflow task
    pass(5)    five seconds go by                                 retry(0)   the back-off of command 0 is over
    lose(0)    the worker that holds command 0 is lost            beat(0)    it heartbeats

A bare number in parentheses is the command that an event is about; an activity or a workflow task that nobody holds is
claimed first. See `play.py` for what each word accepts.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.core.play import play
from workflows.core import events as e
from workflows.core import inputs as i
from workflows.core.decide import decide
from workflows.core.keys import TaskKey
from workflows.core.rejection import Rejected
from workflows.core.state import Activity, State, TaskState
from workflows.core.transition import Transition
from workflows.core.values import Status, Wait

DAWN = datetime(2030, 1, 1, tzinfo=UTC)
LEASE = timedelta(seconds=30)
ANY_SIGNAL = Wait(any_signal=True)


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def names(events: list[e.Event]) -> str:
    """Events as they are written in histories: `WS, Y, AS`."""
    return ", ".join(e.SHORT_NAMES[type(each)] for each in events)


class Story:
    """The runs of one workflow id, the newest in hand, driven input by input."""

    def __init__(self, script: str = "") -> None:
        self.now = DAWN
        self.kept: State | None = None
        self.events: list[e.Event] = []
        self.added: list[e.Event] = []
        self.requests: dict[str, str] = {}
        self.runs = 0
        self.seen: dict[TaskKey, int] = {}
        self.play(script)

    def play(self, script: str) -> "Story":
        """Go on with the steps of `script`."""
        for step in filter(None, (each.strip() for each in script.split(";"))):
            play(self, step)
        return self

    # What there is.

    @property
    def state(self) -> State:
        assert self.kept is not None, "the story has no run yet"
        return self.kept

    @property
    def text(self) -> str:
        return names(self.events)

    @property
    def last(self) -> str:
        """The events of the last input."""
        return names(self.added)

    @property
    def status(self) -> Status:
        return self.state.status

    @property
    def turn_due(self) -> bool:
        return self.state.turn_due

    def event[E: e.Event](self, kind: type[E], nth: int = -1) -> E:
        """The newest event of its kind, or the nth."""
        return [each for each in self.events if isinstance(each, kind)][nth]

    def activity(self, command: int) -> Activity:
        return next(a for a in self.state.activities.values() if a.command == command)

    def number(self, command: int) -> int:
        """The number of the event that created a command's activity or timer."""
        created = (x for x in self.events if isinstance(x, e.ActivityTaskScheduled | e.TimerStarted))
        return next(x.number for x in created if x.command == command)

    def task(self, command: int | None = None) -> TaskState:
        """The task of an activity's current attempt, or the workflow task."""
        state = self.state
        key = state.workflow_task_key if command is None else self.activity(command).task_key(state.run_id)
        return state.tasks[key]

    # What happens.

    def give(self, given: i.Input, requests: Mapping[str, str] | None = None) -> Transition:
        """Decide an input and keep what becomes of it."""
        done = decide(self.kept, given, self.now, requests=self.requests if requests is None else requests)
        if done.is_new_run:
            self.events = []
        self.kept = done.state
        self.added = list(done.events)
        self.events += done.events
        if done.request is not None:
            self.requests[done.request[0]] = done.request[1]
        return done

    def refused(self, given: i.Input) -> Rejected:
        """Decide an input that must be refused, and check that it changed nothing."""
        before = None if self.kept is None else self.kept.fork()
        try:
            self.give(given)
        except Rejected as refusal:
            assert self.kept == before, "a refusal changed the state"
            return refusal
        raise AssertionError(f"{given} was accepted: {self.last or 'no event'}")

    def pass_time(self, duration: float) -> None:
        self.now += seconds(duration)

    def claim(self, command: int | None = None) -> TaskState:
        """A worker takes a task, as dispatch writes it."""
        task = self.task(command)
        activity = None if command is None else self.activity(command)
        limits = [self.now + LEASE]
        if activity is not None and activity.start_to_close is not None:
            limits.append(self.now + activity.start_to_close)
        if activity is not None and activity.heartbeat_timeout is not None:
            limits.append(self.now + activity.heartbeat_timeout)
        held = replace(
            task,
            delivery=task.delivery + 1,
            owner="worker",
            claimed_at=self.now,
            lease_until=min(limits),
            heartbeat_at=None,
        )
        self.state.tasks[task.key] = held
        self.seen[task.key] = self.state.last_event
        return held

    def hold(self, command: int | None = None) -> TaskState:
        """The task in a worker's hands; claimed now if nobody holds it."""
        task = self.task(command)
        return task if task.is_held else self.claim(command)

    def beat(self, command: int) -> None:
        """The holder heartbeats, as dispatch writes it."""
        task, activity = self.task(command), self.activity(command)
        assert activity.heartbeat_timeout is not None, "only an activity with a heartbeat timeout beats"
        lease_until = min(self.now + LEASE, self.now + activity.heartbeat_timeout)
        self.state.tasks[task.key] = replace(task, heartbeat_at=self.now, lease_until=lease_until)

    # Inputs, addressed to the run as it is.

    def turn(self, **fields: Any) -> i.TurnCompleted:
        """A turn by the holder of the workflow task, which saw the history as it was at the claim."""
        task = self.hold()
        known: dict[str, Any] = {
            "key": task.key,
            "delivery": task.delivery,
            "seen_through": self.seen[task.key],
        }
        return i.TurnCompleted(**(known | fields))

    def outcome(self, kind: type[Any], command: int, **fields: Any) -> Any:
        """An input of `kind` about the held task of an activity."""
        task = self.hold(command)
        return kind(**({"key": task.key, "delivery": task.delivery} | fields))
