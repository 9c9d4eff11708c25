"""The net of a batch: what its transitions write together, each row once.

One data-modifying statement sees one snapshot and may touch a row once, so what a batch does and undoes cancels out
here: a task that begins and ends within the batch is never written.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from workflows.core.events import Event, WorkflowExecutionStarted
from workflows.core.keys import TaskKey, TimerKey, TimerKind, shard_of
from workflows.core.state import Activity, State
from workflows.core.transition import NewTask, NewTimer, ReleasedTask, StoppingTask, Transition


class Place(NamedTuple):
    """What every row of a run carries."""

    namespace: str
    shard: int
    workflow_id: str


class NewRun(NamedTuple):
    state: State
    start: WorkflowExecutionStarted


@dataclass(slots=True, kw_only=True)
class TaskChange:
    """An update of a task's row: its holder is gone (the one of the delivery that was seen, and no later one), or is
    asked to stop (whoever that is by now: the request is in the history)."""

    delivery: int
    lost: int | None = None
    visible_at: datetime | None = None
    problem: str = ""
    stop: bool = False


@dataclass(slots=True, kw_only=True)
class Net:
    """Rows to be written, by key."""

    places: dict[str, Place] = field(default_factory=dict)
    new_runs: dict[str, NewRun] = field(default_factory=dict)
    headers: dict[str, State] = field(default_factory=dict)
    events: list[tuple[str, Event]] = field(default_factory=list)
    new_tasks: dict[TaskKey, NewTask] = field(default_factory=dict)
    changed_tasks: dict[TaskKey, TaskChange] = field(default_factory=dict)
    ended_tasks: set[TaskKey] = field(default_factory=set)
    timers: dict[TimerKey, NewTimer] = field(default_factory=dict)
    ended_timers: set[TimerKey] = field(default_factory=set)
    activities: dict[tuple[str, int], Activity] = field(default_factory=dict)
    ended_activities: set[tuple[str, int]] = field(default_factory=set)
    requests: dict[tuple[str, str, str], str] = field(default_factory=dict)
    current: dict[tuple[str, str], str] = field(default_factory=dict)
    """Workflow ids that mean another run from now on."""

    @property
    def is_empty(self) -> bool:
        return not (self.headers or self.new_runs or self.requests)


def merge(transitions: Iterable[Transition]) -> Net:
    """The net of transitions in the order they were decided."""
    net = Net()
    touched: set[tuple[str, int]] = set()
    for transition in transitions:
        state = transition.state
        if state is None:
            continue
        run_id = state.run_id
        if run_id not in net.places:
            net.places[run_id] = Place(state.namespace, shard_of(state.workflow_id), state.workflow_id)
        if transition.request is not None:
            request_id, owner = transition.request
            net.requests.setdefault((state.namespace, state.workflow_id, request_id), owner)
        if _changes(transition):
            _merge_one(net, transition, state, touched)
    _merge_activities(net, touched)
    return net


def _changes(transition: Transition) -> bool:
    return bool(transition.events or transition.tasks or transition.timers or transition.activities)


def _merge_one(net: Net, transition: Transition, state: State, touched: set[tuple[str, int]]) -> None:
    run_id = state.run_id
    if transition.is_new_run:
        start = transition.events[0]
        assert isinstance(start, WorkflowExecutionStarted), "a history begins with its start"
        net.new_runs[run_id] = NewRun(state, start)
        net.current[state.namespace, state.workflow_id] = run_id
    elif run_id in net.new_runs:
        net.new_runs[run_id] = NewRun(state, net.new_runs[run_id].start)
    else:
        # Also where no event was written: whoever loads the run at the same moment sees by it that something changed.
        net.headers[run_id] = state
    net.events.extend((run_id, event) for event in transition.events)
    for key, task in transition.tasks.items():
        _merge_task(net, state, key, task)
    for timer_key, timer in transition.timers.items():
        _merge_timer(net, timer_key, timer, is_new=run_id in net.new_runs)
    touched.update((run_id, number) for number in transition.activities)


def _merge_task(
    net: Net, state: State, key: TaskKey, task: NewTask | ReleasedTask | StoppingTask | None
) -> None:
    if isinstance(task, NewTask):
        net.new_tasks[key] = task
    elif task is None:
        net.changed_tasks.pop(key, None)
        if net.new_tasks.pop(key, None) is None:
            net.ended_tasks.add(key)
    else:
        change = net.changed_tasks.get(key)
        if change is None:
            change = net.changed_tasks[key] = TaskChange(delivery=state.tasks[key].delivery)
        if isinstance(task, StoppingTask):
            change.stop = True
        else:
            change.lost, change.visible_at, change.problem = task.lost, task.visible_at, task.problem


def _merge_timer(net: Net, key: TimerKey, timer: NewTimer | None, *, is_new: bool) -> None:
    if timer is not None:
        net.timers[key] = timer
        net.ended_timers.discard(key)
        return
    known = net.timers.pop(key, None)
    if known is not None and (is_new or key.kind is TimerKind.USER):
        return  # begun in this batch: a user timer's key is its event's, so there was none before
    net.ended_timers.add(key)


def _merge_activities(net: Net, touched: set[tuple[str, int]]) -> None:
    """By the runs' last states: present is written, absent is over."""
    for run_id, number in touched:
        run = net.new_runs.get(run_id)
        state = net.headers[run_id] if run is None else run.state
        activity = state.activities.get(number)
        if activity is None:
            net.ended_activities.add((run_id, number))
        else:
            net.activities[run_id, number] = activity
