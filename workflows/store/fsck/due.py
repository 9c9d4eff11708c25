"""What must be outstanding for a run: its state with the operations that its rows tell, and the timers' instants.

Attempts move without an event, so the history alone does not tell them. A row is believed where the history allows
what it says; where it does not, or there is none, the activity's task or retry timer tells, and else the history's
last word:

```
 history says            allowed: (attempt, backing off)
 no retry                (1, no)
 retry after attempt n   (n, yes) · (n + 1, no)
 the last it records     also every later attempt, either way
```
"""

from dataclasses import replace
from datetime import datetime

from workflows.codec import values as v
from workflows.core.decide.attempt import RETRIES_IN_HISTORY
from workflows.core.effects import effects, leftovers
from workflows.core.keys import TaskKey, TaskKind, TimerKey, TimerKind
from workflows.core.state import Activity, State, TaskState
from workflows.core.values import Failure
from workflows.store.fsck.history import History
from workflows.store.fsck.rows import ActivityRow, TaskRow, TimerRow
from workflows.store.fsck.walk import RunRows

_KINDS = {int(kind): kind for kind in TaskKind}
_TIMER_KINDS = {int(kind): kind for kind in TimerKind}


class Due:
    """What should be there, of a history that folds."""

    def __init__(self, rows: RunRows, history: History) -> None:
        assert history.state is not None, "nothing follows from a history that does not fold"
        self.state: State = replace(history.state, run_id=rows.run_id)
        self._retries = history.retries
        self._tasks = {task_key(row): row for row in rows.tasks if row.kind in _KINDS}
        self._timers = {timer_key(row): row for row in rows.timers if row.kind in _TIMER_KINDS}
        self.state.activities = {
            number: self._with_operations(folded, rows.activities.get(number))
            for number, folded in self.state.activities.items()
        }
        self.state.tasks = self._task_states()
        self.effects = effects(self.state)
        """Must be there."""
        self.leftovers = leftovers(self.state)
        """May be there."""

    def instant(self, key: TimerKey) -> datetime | None:
        """When a timer is to go off; None where the history does not tell (a later attempt's retry)."""
        match key.kind:
            case TimerKind.USER:
                return self.state.timers[key.number].due_at
            case TimerKind.RETRY:
                retry = self._retries.get(key.number)
                known = retry is not None and retry.attempt == self.state.activities[key.number].attempt
                return retry.at + retry.delay if known and retry is not None else None
            case TimerKind.EXECUTION:
                return None if self.state.is_full else self.state.execution_deadline
            case TimerKind.DEADLINE:
                return self._deadline(self.state.activities[key.number])

    def allows(self, key: TimerKey, due_at: datetime) -> bool:
        """Whether a timer may go off at that instant."""
        instant = self.instant(key)
        if instant is None or due_at == instant:
            return True
        return key.kind is TimerKind.DEADLINE and due_at < instant

    def stamp(self, key: TimerKey) -> int:
        """What a timer's row carries."""
        if key.kind is TimerKind.USER:
            return self.state.timers[key.number].command
        return self.state.activities[key.number].attempt if key.kind is TimerKind.RETRY else 0

    def retry_at(self, number: int) -> datetime | None:
        """When the attempt that the history knows of as the next was to begin."""
        retry = self._retries.get(number)
        return None if retry is None else retry.at + retry.delay

    def _deadline(self, activity: Activity) -> datetime | None:
        """The latest: it may be armed for less, and is armed again then."""
        limits = [activity.close_deadline]
        task = self.state.tasks.get(activity.task_key(self.state.run_id))
        if activity.schedule_to_start is not None and task is not None and task.delivery == 0:
            limits.append(task.created_at + activity.schedule_to_start)
        return min((limit for limit in limits if limit is not None), default=None)

    def _with_operations(self, folded: Activity, row: ActivityRow | None) -> Activity:
        moves = folded.attempt >= RETRIES_IN_HISTORY and folded.backing_off
        if row is None or not self._is_allowed(folded, row, moves=moves):
            return self._recovered(folded, moves=moves)
        told = replace(folded, attempt=row.attempt, backing_off=row.backing_off)
        if moves and row.attempt > folded.attempt + (not row.backing_off):
            told = replace(told, last_failure=_failure(row.last_failure) or folded.last_failure)
        return told

    def _is_allowed(self, folded: Activity, row: ActivityRow, *, moves: bool) -> bool:
        told = (row.attempt, row.backing_off)
        if not folded.backing_off:
            return told == (folded.attempt, False)
        if row.backing_off and self._has_task(folded.number, row.attempt + 1):
            return False  # the next attempt has begun
        n = folded.attempt
        return told in ((n, True), (n + 1, False)) or (moves and row.attempt > n)

    def _recovered(self, folded: Activity, *, moves: bool) -> Activity:
        """The attempt of an activity whose row does not tell it."""
        if not folded.backing_off:
            return folded
        n, number = folded.attempt, folded.number
        begun = [key.attempt for key in self._tasks if (key.kind, key.number) == (TaskKind.ACTIVITY, number)]
        begun = [attempt for attempt in begun if attempt == n + 1 or (moves and attempt > n)]
        if begun:
            return replace(folded, attempt=max(begun), backing_off=False)
        timer = self._timers.get(TimerKey(self.state.run_id, TimerKind.RETRY, number))
        if timer is not None and (timer.stamp == n or (moves and timer.stamp > n)):
            return replace(folded, attempt=timer.stamp)
        # Nothing tells whether the next attempt has begun: taken as begun, so that no worker's token names it twice.
        return replace(folded, attempt=n + 1, backing_off=False)

    def _has_task(self, number: int, attempt: int) -> bool:
        return TaskKey(self.state.run_id, TaskKind.ACTIVITY, number, attempt) in self._tasks

    def _task_states(self) -> dict[TaskKey, TaskState]:
        """Of what must be there. What is not counts as handed out: so its schedule-to-start is neither asked for nor
        forbidden."""
        at = self.state.last_event_at
        keys = [a.task_key(self.state.run_id) for a in self.state.activities.values() if not a.backing_off]
        if self.state.turn_due:
            keys.append(self.state.workflow_task_key)
        found = {key: self._tasks.get(key) for key in keys}
        return {
            key: TaskState(key=key, created_at=at, delivery=1)
            if row is None
            else TaskState(key=key, created_at=row.created_at, delivery=row.delivery)
            for key, row in found.items()
        }


def task_key(row: TaskRow) -> TaskKey:
    return TaskKey(row.run_id, _KINDS[row.kind], row.number, row.attempt)


def timer_key(row: TimerRow) -> TimerKey:
    return TimerKey(row.run_id, _TIMER_KINDS[row.kind], row.number)


def _failure(data: bytes | None) -> Failure | None:
    return None if data is None else v.failure_from(data)
