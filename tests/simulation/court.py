"""The court: holds the laws against what is committed, at each commit and at the end.

It reads the rows themselves, by a connection of its own, and keeps what it has seen: a history may only grow.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sched_sdk.proto.v1 import common_pb2

from tests.laws.laws import AFTER_THE_END, LawBroken, law
from tests.laws.record import HEADER, same_facts
from tests.simulation.activities import Hands
from tests.simulation.database import Database, SimBackend
from tests.simulation.script import Contradiction, decoded, play
from workflows.core import events as e
from workflows.core.effects import effects, leftovers
from workflows.core.evolve import evolve, fold
from workflows.core.inputs import Needs
from workflows.core.keys import TaskKey, TaskKind, TimerKey, TimerKind
from workflows.core.state import State
from workflows.core.transition import Transition
from workflows.store.claimer import Handout
from workflows.store.sqlite import load
from workflows.store.sqlite.values import hex_id

EVERYTHING = Needs(all_children=True, seen_through=0)
IDLE_COMMITS_MAX = 60
"""Commits without an event in one run. Repeats, lost workers, retries and stale timers make a dozen or two."""
ANSWERS = (e.ActivityTaskCompleted, e.ActivityTaskFailed, e.ActivityTaskRetryScheduled)


@dataclass(slots=True, kw_only=True)
class Seen:
    """A run as the court knows it."""

    run_id: str
    history: list[e.Event] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    folded: State | None = None
    closed_at: int = 0
    outcomes: set[int] = field(default_factory=set)
    detached: set[int] = field(default_factory=set)
    requests: set[str] = field(default_factory=set)
    deliveries: dict[TaskKey, int] = field(default_factory=dict)
    is_finished: bool = False

    @property
    def end(self) -> e.Event | None:
        return self.history[self.closed_at - 1] if self.closed_at else None


class Court:
    """See the module."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._looks = database.looks
        self.runs: dict[str, Seen] = {}
        self.unfinished: set[str] = set()
        self._held: dict[TaskKey, int] = {}
        self._requests: set[tuple[str, str]] = set()
        self._handed_out: set[tuple[TaskKey, int]] = set()
        self.commits = 0
        self.idle_commits = 0
        """Without an event: what was refused, hand-overs, next attempts."""
        self.eager_turns = 0
        self.broken: AssertionError | None = None
        """The first law that was broken. Told by the run and not raised where it was found, since the product would
        take it for an error of its own."""
        database.before_save = lambda *args: self._hear(self.before_save, *args)
        database.after_commit = lambda *args: self._hear(self.after_commit, *args)
        database.on_difference = lambda *args: self._hear(self.on_difference, *args)

    def _hear[*Args](self, look: Callable[[*Args], None], *args: *Args) -> None:
        try:
            look(*args)
        except AssertionError as error:
            self.broken = self.broken or error

    # At each commit.

    def before_save(self, backend: SimBackend, transitions: Sequence[Transition]) -> None:
        """Who holds which task, as the transaction finds it."""
        self._held = {}
        for run in {t.state.run_id for t in transitions if t.state is not None and t.events}:
            rows = backend._open.execute(
                "SELECT kind, number, attempt, delivery FROM sched_tasks WHERE run_id = ? AND owner IS NOT NULL",
                [hex_id(run)],
            )
            for kind, number, attempt, delivery in rows:
                self._held[TaskKey(run, TaskKind(kind), number, attempt)] = delivery

    def after_commit(self, transitions: Sequence[Transition]) -> None:
        self.commits += 1
        self.idle_commits += not any(transition.events for transition in transitions)
        law(self.idle_commits < IDLE_COMMITS_MAX, "an engine does not try the same over and over")
        runs = dict.fromkeys(t.state.run_id for t in transitions if t.state is not None)
        for run in runs:
            self.look(run)

    def on_difference(self, difference: object) -> None:
        law(False, "a kept state is what a load would find", difference)

    def look(self, run_id: str) -> None:
        """Everything about a run."""
        seen = self.runs.get(run_id)
        if seen is None:
            seen = self.runs[run_id] = Seen(run_id=run_id)
        rows = self._looks.execute(
            "SELECT seq, data FROM sched_events WHERE run_id = ? AND seq > ? ORDER BY seq",
            [hex_id(run_id), len(seen.history)],
        ).fetchall()
        for number, data in rows:
            law(number == len(seen.history) + 1, "a history has no gap", number)
            self._next(seen, decoded(data), data)
        if rows:
            names = " ".join(e.SHORT_NAMES[type(event)] for event in seen.history[-len(rows) :])
            self._database.scheduler.note(f"run {run_id[-4:]}: {names}")
        self._rows(seen)

    def _next(self, seen: Seen, event: e.Event, data: bytes) -> None:
        """One more event of a history."""
        last = seen.history[-1] if seen.history else None
        law(last is None or event.at >= last.at, "time does not run backwards", event)
        if seen.closed_at:
            allowed = isinstance(event, AFTER_THE_END) and event.scheduled in seen.detached
            law(allowed, "nothing follows the end but what it allows", event)
        seen.history.append(event)
        seen.raw.append(data)
        self._once(seen, event)
        self._spoken_for(seen, event)
        seen.folded = evolve(seen.folded, event)
        if type(event) in e.TERMINAL:
            seen.closed_at = event.number

    def _once(self, seen: Seen, event: e.Event) -> None:
        if isinstance(event, e.ActivityTaskScheduled) and event.detached:
            seen.detached.add(event.number)
        if isinstance(event, e.ActivityOutcome):
            law(event.scheduled not in seen.outcomes, "an activity has one outcome", event)
            seen.outcomes.add(event.scheduled)
        if isinstance(event, e.WorkflowTaskCompleted):
            before = seen.folded.seen_through if seen.folded else 0
            law(before <= event.seen_through < event.number, "a turn sees more than the one before", event)
        request_id = getattr(event, "request_id", "")
        if request_id:
            start = seen.history[0]
            assert isinstance(start, e.WorkflowExecutionStarted)
            name = (start.workflow_id, request_id)
            law(name not in self._requests, "a request is applied once", event)
            self._requests.add(name)
            seen.requests.add(request_id)

    def _spoken_for(self, seen: Seen, event: e.Event) -> None:
        """What a worker answered comes from the one that held the task, and it has done the work."""
        if isinstance(event, e.WorkflowTaskCompleted):
            if not event.delivery:
                self._came_along(seen, event)
                return
            key = TaskKey(seen.run_id, TaskKind.WORKFLOW, event.turn, 1)
        elif isinstance(event, ANSWERS) and event.delivery:
            key = TaskKey(seen.run_id, TaskKind.ACTIVITY, event.scheduled, event.attempt)
        else:
            return
        law(self._held.get(key) == event.delivery, "only the holder of a task speaks for it", event)
        if isinstance(event, e.ActivityTaskCompleted):
            name = "an outcome is that of work that was done"
            done = (seen.run_id, event.scheduled, event.attempt, event.delivery)
            law(done in Hands.done, name, event)
            assert event.result is not None
            law(json.loads(event.result.data) == {"by": list(done[1:])}, name, event)

    def _came_along(self, seen: Seen, turn: e.WorkflowTaskCompleted) -> None:
        """An eager turn is of no task. It speaks by the right of the result right before it, and of the turn before
        that one, whose worker had the run in memory. Nobody was at the run's next turn."""
        name = "an eager turn follows the result that it came with, and its worker's own turn"
        result = seen.history[-2]
        law(isinstance(result, e.ActivityTaskCompleted) and result.number == turn.seen_through, name, turn)
        assert isinstance(result, e.ActivityTaskCompleted)
        turns = [each for each in seen.history[:-2] if isinstance(each, e.WorkflowTaskCompleted)]
        law(bool(turns), name, turn)
        law(turns[-1].identity == result.identity == turn.identity, name, (turns[-1], result, turn))
        at_work = [key for key in self._held if key.run_id == seen.run_id and key.kind is TaskKind.WORKFLOW]
        law(not at_work, "only the holder of a task speaks for it", (turn, at_work))
        self.eager_turns += 1

    def _rows(self, seen: Seen) -> None:
        """The rows are what follows from the history."""
        stored = load.state(self._looks, seen.run_id, EVERYTHING)
        assert stored is not None
        assert seen.folded is not None
        if not stored.is_open:
            stored.unseen = []
        if not same_facts(stored, seen.folded):
            facts = (HEADER(stored), HEADER(seen.folded), stored.activities, seen.folded.activities)
            raise LawBroken("the rows of a run are the fold of its history", facts)
        self._effects(seen, stored)
        for key, task in stored.tasks.items():
            law(task.delivery >= seen.deliveries.get(key, 0), "a delivery never goes back", task)
            seen.deliveries[key] = task.delivery
        seen.is_finished = not (stored.is_open or stored.activities)
        if seen.is_finished:
            self.unfinished.discard(seen.run_id)
        else:
            self.unfinished.add(seen.run_id)

    def _effects(self, seen: Seen, stored: State) -> None:
        name = "the rows of tasks and timers are the effects"
        rows = self._looks.execute(
            "SELECT kind, number, due_at, stamp FROM sched_timers WHERE run_id = ?", [hex_id(seen.run_id)]
        )
        there: set[Any] = {TimerKey(seen.run_id, TimerKind(row[0]), row[1]) for row in rows}
        there |= stored.tasks.keys()
        for activity in stored.activities.values():
            key = activity.task_key(seen.run_id)
            law(activity.backing_off or key in stored.tasks, name, ("missing", key))
        due = effects(stored)
        law(due <= there, name, ("missing", due, there))
        left_over = there - due
        law(not left_over or left_over <= leftovers(stored), name, ("left over", left_over))

    # As things happen.

    def held(self, keys: Sequence[TaskKey]) -> set[TaskKey]:
        """Those of them that are in a worker's hands."""
        found = set()
        for key in keys:
            row = self._looks.execute(
                "SELECT owner FROM sched_tasks WHERE run_id = ? AND kind = ? AND number = ? AND attempt = ?",
                [hex_id(key.run_id), int(key.kind), key.number, key.attempt],
            ).fetchone()
            if row is not None and row[0] is not None:
                found.add(key)
        return found

    def claimed(self, held: set[TaskKey], keys: Sequence[TaskKey]) -> None:
        """These were claimed, and `held` were in somebody's hands before."""
        self._hear(law, not held.intersection(keys), "a task in a worker's hands is nobody else's", keys)

    def handed_out(self, handouts: Sequence[Handout]) -> None:
        """To a worker."""
        self._hear(self._handed, handouts)

    def _handed(self, handouts: Sequence[Handout]) -> None:
        for each in handouts:
            one = (each.claimed.key, each.claimed.delivery)
            law(one not in self._handed_out, "a delivery is handed out once", one)
            self._handed_out.add(one)

    def started(self, run_id: str, request_id: str) -> None:
        """A start was acknowledged."""
        self._database.when_free(lambda: self._hear(self._started, run_id, request_id))

    def _started(self, run_id: str, request_id: str) -> None:
        row = self._looks.execute(
            "SELECT 1 FROM sched_events WHERE run_id = ? AND seq = 1", [hex_id(run_id)]
        ).fetchone()
        law(row is not None, "an acknowledged start exists", (run_id, request_id))
        if run_id not in self.runs:
            self.look(run_id)

    def steered(self, run_id: str, request_id: str) -> None:
        """A signal or a cancel request was acknowledged as new: in the history, or in the inbox on its way there."""
        self._database.when_free(lambda: self._hear(self._steered, run_id, request_id))

    def _steered(self, run_id: str, request_id: str) -> None:
        if run_id in self.runs and request_id in self.runs[run_id].requests:
            return
        row = self._looks.execute(
            "SELECT 1 FROM sched_inbox WHERE run_id = ? AND request_id = ?", [hex_id(run_id), request_id]
        ).fetchone()
        # What lay in the inbox of a run that ended is dropped.
        ended = run_id in self.runs and self.runs[run_id].closed_at
        law(row is not None or bool(ended), "an acknowledged request is kept", (run_id, request_id))

    def told(self, run_id: str, status: int) -> None:
        """A result was told."""
        end = self.runs[run_id].end if run_id in self.runs else None
        name = "a result that is told is committed"
        law(end is not None, name, run_id)
        assert end is not None
        law(str(e.TERMINAL[type(end)]) == _STATUS[status], name, (end, status))

    # At the end.

    @property
    def is_over(self) -> bool:
        return not self.unfinished

    def rows_left(self) -> list[str]:
        """Tables that still hold something outstanding."""
        tables = ("sched_tasks", "sched_timers", "sched_activities", "sched_inbox")
        return [table for table in tables if self._looks.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone()]

    def final(self) -> None:
        """Nothing is left over, and each history is one that its program can have made."""
        law(not self.rows_left(), "at the end nothing is outstanding", self.rows_left())
        for seen in self.runs.values():
            self.look(seen.run_id)
            rows = self._looks.execute(
                "SELECT data FROM sched_events WHERE run_id = ? ORDER BY seq", [hex_id(seen.run_id)]
            ).fetchall()
            law([data for (data,) in rows] == seen.raw, "a history only grows", seen.run_id)
            law(fold(seen.history) == seen.folded, "the fold of a history is its state", seen.run_id)
            _playable(seen)


def _playable(seen: Seen) -> None:
    turns = [event.number for event in seen.history if isinstance(event, e.WorkflowTaskCompleted)]
    if turns:
        try:
            play(seen.history[: turns[-1] - 1])
        except Contradiction as error:
            raise LawBroken("a history is its program's", (seen.run_id, error)) from error


_STATUS = {
    number: name.removeprefix("WORKFLOW_STATUS_") for name, number in common_pb2.WorkflowStatus.items()
}
