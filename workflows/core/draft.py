"""Draft: a transition in the making. Emits events, folds them in, and notes what begins or ceases to be outstanding."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from workflows.core import events as e
from workflows.core.events import Event
from workflows.core.evolve import evolve
from workflows.core.keys import QueueKey, TaskKey, TaskRef, TimerKey, TimerKind
from workflows.core.state import Activity, State, TaskState, workflow_task_key
from workflows.core.transition import NewTask, NewTimer, ReleasedTask, Reply, StoppingTask, Transition
from workflows.core.values import Failure


class Draft:
    """Works on a fork of the state; the caller's stays as it was."""

    state: State
    """The run so far. It begins with its start."""

    def __init__(self, state: State | None, now: datetime) -> None:
        self.now = now
        self._was_full = False
        self._transition = Transition(state=None, reply=None)  # type: ignore[arg-type]
        if state is not None:
            self.now = max(now, state.last_event_at)
            self._was_full = state.is_full
            self._transition.state = self.state = state.fork()

    @property
    def events(self) -> list[Event]:
        """What was emitted so far."""
        return self._transition.events

    def emit[E: Event](self, kind: type[E], **attributes: Any) -> E:
        """Append the next event of the history, fold it in, and note what follows."""
        transition = self._transition
        before = transition.state
        number, was_due, turns = 1, False, 0
        if before is not None:
            number, was_due, turns = before.last_event + 1, before.turn_due, before.turns
        event = kind(number=number, at=self.now, **attributes)
        if kind in e.TERMINAL:
            self._close(e.TERMINAL[kind].keeps_detached)
        if kind in _BEFORE:
            _BEFORE[kind](self, event)
        transition.state = self.state = state = evolve(before, event)
        transition.events.append(event)
        if kind in _AFTER:
            _AFTER[kind](self, event)
        if state.turn_due is not was_due or state.turns != turns:
            self._note_turn(turns if was_due else None)
        return event

    def finish(self, reply: Reply) -> Transition:
        """The transition.

        A run that reaches the limit of its history is to fail, but not here: an end touches all children, and this
        input may have come with none. The execution's timer goes off at once instead, and comes with all.
        """
        if self.state.is_open and self.state.is_full and not self._was_full:
            self.set_timer(TimerKind.EXECUTION, 0, self.now)
        self._transition.reply = reply
        return self._transition

    def remember(self, request_id: str) -> None:
        """Note a request id, so that its repeat changes nothing."""
        if request_id:
            self._transition.request = (request_id, self.state.run_id)

    def mark_new_run(self) -> None:
        self._transition.is_new_run = True

    # Operations: changes without an event.

    def next_attempt(self, activity: Activity) -> None:
        """The back-off is over: a task for the next attempt."""
        fresh = replace(activity, attempt=activity.attempt + 1, backing_off=False)
        self._put(fresh)
        self.drop_timer(TimerKind.RETRY, activity.number)
        self._add_activity_task(fresh)
        self._arm_deadline(fresh)

    def release(self, task: TaskState, queue: str, *, visible_at: datetime, problem: str = "") -> None:
        """The holder is lost: the same attempt is offered again."""
        lost = task.lost + 1
        self.state.tasks[task.key] = replace(
            task, lost=lost, owner=None, claimed_at=None, lease_until=None, heartbeat_at=None
        )
        self._transition.tasks[task.key] = ReleasedTask(
            ref=self._ref(task.key, queue), lost=lost, visible_at=visible_at, problem=problem
        )

    def set_timer(self, kind: TimerKind, number: int, due_at: datetime, stamp: int = 0) -> None:
        key = TimerKey(self.state.run_id, kind, number)
        self._transition.timers[key] = NewTimer(key=key, due_at=due_at, stamp=stamp)

    def drop_timer(self, kind: TimerKind, number: int) -> None:
        self._transition.timers[TimerKey(self.state.run_id, kind, number)] = None

    def drop_activity_effects(self, activity: Activity) -> None:
        """Nothing of this activity is outstanding any more: it is over, or it backs off."""
        if activity.backing_off:
            self.drop_timer(TimerKind.RETRY, activity.number)
        else:
            key = activity.task_key(self.state.run_id)
            self._note_span(self.state.tasks.get(key))
            self._drop_task(key)
        if activity.schedule_to_close is not None or activity.schedule_to_start is not None:
            self.drop_timer(TimerKind.DEADLINE, activity.number)

    def _note_span(self, task: TaskState | None) -> None:
        """An attempt ends, if it had begun."""
        if task is not None and task.claimed_at is not None:
            self._transition.ran += (max(self.now - task.claimed_at, timedelta()),)

    def _put(self, activity: Activity) -> None:
        self.state.activities[activity.number] = activity
        self._transition.activities.add(activity.number)

    def _ref(self, key: TaskKey, queue: str) -> TaskRef:
        return TaskRef(key, QueueKey(self.state.namespace, key.kind, queue))

    def _add_task(self, key: TaskKey, queue: str) -> None:
        self._put_task(NewTask(ref=self._ref(key, queue), created_at=self.now))

    def _put_task(self, task: NewTask) -> None:
        self._transition.tasks[task.ref.key] = task
        self.state.tasks[task.ref.key] = TaskState(key=task.ref.key, created_at=self.now)

    def _drop_task(self, key: TaskKey) -> None:
        if isinstance(self._transition.tasks.get(key), NewTask):
            del self._transition.tasks[key]  # begun and ended in this transition: never outstanding
        else:
            self._transition.tasks[key] = None
        self.state.tasks.pop(key, None)

    def _add_activity_task(self, activity: Activity) -> None:
        self._put_task(
            NewTask(
                ref=self._ref(activity.task_key(self.state.run_id), activity.task_queue),
                created_at=self.now,
                start_to_close=activity.start_to_close,
                heartbeat_timeout=activity.heartbeat_timeout,
            )
        )

    def _arm_deadline(self, activity: Activity) -> None:
        """The nearer of schedule-to-start (of this attempt) and schedule-to-close (of all)."""
        limits = [activity.close_deadline]
        if activity.schedule_to_start is not None and not activity.backing_off:
            limits.append(self.now + activity.schedule_to_start)
        due = min((limit for limit in limits if limit is not None), default=None)
        if due is not None:
            self.set_timer(TimerKind.DEADLINE, activity.number, due)

    def _note_turn(self, was_due_after: int | None) -> None:
        """A workflow task is outstanding while, and only while, a turn is due: one that follows so many turns."""
        state = self.state
        if was_due_after is not None:
            self._drop_task(workflow_task_key(state.run_id, was_due_after))
        if state.turn_due:
            self._add_task(state.workflow_task_key, state.task_queue)

    def _close(self, keeps_detached: bool) -> None:
        """Before the end is folded in: whatever does not outlive the run is no longer outstanding."""
        state = self.state
        self._transition.closed = True
        if state.execution_timeout is not None or self._was_full:
            self.drop_timer(TimerKind.EXECUTION, 0)
        for number in state.timers:
            self.drop_timer(TimerKind.USER, number)
        for activity in state.activities.values():
            if not (keeps_detached and activity.detached):
                self.drop_activity_effects(activity)
                self._transition.activities.add(activity.number)

    def on_started(self, event: e.WorkflowExecutionStarted) -> None:
        if event.execution_timeout is not None:
            self.set_timer(TimerKind.EXECUTION, 0, event.at + event.execution_timeout)

    def on_scheduled(self, event: e.ActivityTaskScheduled) -> None:
        activity = self.state.activities[event.number]
        self._transition.activities.add(event.number)
        self._add_activity_task(activity)
        self._arm_deadline(activity)

    def on_over(self, event: e.ActivityOutcome) -> None:
        self._transition.activities.add(event.scheduled)
        self.drop_activity_effects(self.state.activities[event.scheduled])

    def on_retries(self, event: e.ActivityTaskRetryScheduled) -> None:
        self.back_off(self.state.activities[event.scheduled], event.failure, event.delay)

    def back_off(self, activity: Activity, failure: Failure, delay: timedelta) -> None:
        """The attempt is over; the next one begins after `delay`."""
        self.drop_activity_effects(activity)
        waiting = replace(activity, backing_off=True, last_failure=failure)
        self._put(waiting)
        self.set_timer(TimerKind.RETRY, activity.number, self.now + delay, stamp=activity.attempt)
        self._arm_deadline(waiting)

    def on_cancel_requested(self, event: e.ActivityTaskCancelRequested) -> None:
        activity = self.state.activities[event.scheduled]
        key = activity.task_key(self.state.run_id)
        self._transition.activities.add(event.scheduled)
        self._transition.tasks[key] = StoppingTask(ref=self._ref(key, activity.task_queue))

    def on_timer_started(self, event: e.TimerStarted) -> None:
        self.set_timer(TimerKind.USER, event.number, event.at + event.duration, stamp=event.command)

    def on_timer_over(self, event: e.TimerFired | e.TimerCanceled) -> None:
        self.drop_timer(TimerKind.USER, event.started)


_BEFORE: dict[type[Event], Callable[[Draft, Any], None]] = {
    e.ActivityTaskCompleted: Draft.on_over,
    e.ActivityTaskFailed: Draft.on_over,
    e.ActivityTaskCanceled: Draft.on_over,
    e.ActivityTaskTimedOut: Draft.on_over,
    e.ActivityTaskRetryScheduled: Draft.on_retries,
}
"""What an event ends; the state still holds what it is about."""

_AFTER: dict[type[Event], Callable[[Draft, Any], None]] = {
    e.WorkflowExecutionStarted: Draft.on_started,
    e.ActivityTaskScheduled: Draft.on_scheduled,
    e.ActivityTaskCancelRequested: Draft.on_cancel_requested,
    e.TimerStarted: Draft.on_timer_started,
    e.TimerFired: Draft.on_timer_over,
    e.TimerCanceled: Draft.on_timer_over,
}
"""What an event begins."""
