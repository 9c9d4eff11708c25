"""The kernel alone: decides, and keeps in memory the rows that a store has to hold. It says what is right.

It applies one transition after the other, with all of a run's children at hand: no loading of parts, no merging of a
batch, no codec on the way back. What is not the kernel's (claims, the inbox) is written here once more, in the simplest
way.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from dispatch.claims import LEASE, Claimed, Heartbeat
from tests.differential.answers import Answer, refusal
from tests.differential.books import Book
from tests.differential.rows import Rows
from tests.differential.steps import Batch, Beat, Call, Claim, HandBack, Inline, Renew, Step
from workflows.codec import events as event_codec
from workflows.codec.inbox import Steering
from workflows.core import inputs as i
from workflows.core.decide import decide
from workflows.core.keys import DEFAULT_NAMESPACE, TaskKey, TaskKind, TaskRef
from workflows.core.rejection import Code, Rejected
from workflows.core.state import State
from workflows.core.transition import Recorded, Steered, Transition
from workflows.store.handout import ActivityHandout, Handout, WorkflowHandout

Name = tuple[str, str]
Snapshot = tuple[dict[str, Book], dict[Name, str], dict[Name, dict[str, str]], dict[str, list[Steering]]]


class Kernel:
    """See the module."""

    name = "kernel"

    def __init__(self) -> None:
        self.books: dict[str, Book] = {}
        self.current: dict[Name, str] = {}
        self.requests: dict[Name, dict[str, str]] = {}
        self.inbox: dict[str, list[Steering]] = {}
        self.dropped = 0

    def play(self, step: Step) -> list[Answer]:
        match step:
            case Batch():
                return self._batch(step)
            case Inline():
                return self._inline(step)
            case Claim():
                return self._claim(step)
            case Beat():
                return [self._beat(step.now, *beat) for beat in step.beats]
            case Renew():
                return [self._renew(step)]
            case HandBack():
                return [self._hand_back(step)]

    def rows(self) -> Rows:
        found: Rows = {"sched_inbox": {}, "sched_requests": {}, "sched_current_runs": {}}
        for book in self.books.values():
            for table, rows in book.rows().items():
                found.setdefault(table, {}).update(rows)
        for (namespace, workflow_id), run_id in self.current.items():
            book = self.books[run_id]
            found["sched_current_runs"][namespace, workflow_id] = book.place()
        for (namespace, workflow_id), known in self.requests.items():
            for request_id, run_id in known.items():
                row = self.books[run_id].place() | {"request_id": request_id}
                found["sched_requests"][namespace, workflow_id, request_id] = row
        return found

    def snapshot(self) -> Snapshot:
        """For `restore`: a copy of everything."""
        return (
            {run_id: book.copied() for run_id, book in self.books.items()},
            dict(self.current),
            {name: dict(known) for name, known in self.requests.items()},
            {run_id: list(entries) for run_id, entries in self.inbox.items()},
        )

    def restore(self, snapshot: Snapshot) -> None:
        self.books, self.current, self.requests, self.inbox = snapshot

    # Inputs that reach the engine.

    def touched(self, given: Sequence[i.Input]) -> list[str]:
        """The runs that a batch of these locks, in order: those inboxes are drained."""
        found: dict[str, None] = {}
        for each in given:
            if not isinstance(each, i.StartRequested):
                found[i.run_id_of(each)] = None
            elif each.signal is not None and each.workflow_id != each.run_id:
                current = self._current(each)
                if current is not None and current.state.is_open:
                    found[current.state.run_id] = None
        return [run_id for run_id in found if run_id in self.books]

    def _batch(self, step: Batch) -> list[Answer]:
        for run_id in [*self.touched(step.given), *step.hints]:
            self.drain(run_id, step.now)
        answers: list[Answer] = [self.decide(given, step.now) for given in step.given]
        return answers + [Recorded() for _ in step.hints]

    def drain(self, run_id: str, now: datetime) -> None:
        for given in self.inbox.pop(run_id, []):
            try:
                done = decide(self.books[run_id].state, given, now)
            except Rejected:
                self.dropped += 1
            else:
                self._apply(done)

    def decide(self, given: i.Input, now: datetime) -> Answer:
        try:
            done = self._decide(given, now)
        except Rejected as rejected:
            return refusal(rejected)
        self._apply(done)
        if isinstance(given, i.TurnCompleted):
            self.books[given.key.run_id].signals_taken.update(given.signals_taken)
        return done.reply

    def _decide(self, given: i.Input, now: datetime) -> Transition:
        if isinstance(given, i.StartRequested):
            book, name = self._current(given), (given.namespace, given.workflow_id)
        else:
            book = self.books.get(i.run_id_of(given))
            name = ("", "") if book is None else (book.state.namespace, book.state.workflow_id)
        state = None if book is None else book.state
        return decide(state, given, now, requests=self.requests.get(name))

    def _current(self, given: i.StartRequested) -> Book | None:
        run_id = self.current.get((given.namespace, given.workflow_id))
        return None if run_id is None else self.books[run_id]

    def _apply(self, done: Transition) -> None:
        state = done.state
        if state is None:
            return
        name = (state.namespace, state.workflow_id)
        if done.request is not None:
            self.requests.setdefault(name, {}).setdefault(*done.request)
        if done.is_new_run:
            assert state.run_id not in self.books, f"run id {state.run_id} is used twice"
            self.books[state.run_id] = Book(state=state)
            self.current[name] = state.run_id
        if done.events or done.tasks or done.timers or done.activities:
            self.books[state.run_id].write(done)

    # Calls of Django code.

    def _inline(self, step: Inline) -> list[Answer]:
        before = None if step.committed else self.snapshot()
        answers = [self.call(call, step.now) for call in step.calls]
        if before is not None:
            self.restore(before)
        return answers

    def call(self, call: Call, now: datetime) -> Answer:
        try:
            if isinstance(call.given, i.StartRequested):
                return self._start(call.given, now)
            return self._steer(call.workflow_id, call.given, now)
        except Rejected as rejected:
            return refusal(rejected, says=False)

    def _start(self, given: i.StartRequested, now: datetime) -> Answer:
        """At once; but a signal for a run that is there already waits in its inbox."""
        book = self._current(given)
        known = given.request_id in self.requests.get((given.namespace, given.workflow_id), {})
        if book is None or not (known or book.state.is_open):
            done = self._decide(given, now)
        else:
            done = self._decide(replace(given, signal=None), now)
            if given.signal is not None and not known:
                signal = replace(given.signal, run_id=book.state.run_id, request_id="")
                self.inbox.setdefault(book.state.run_id, []).append(signal)
        self._apply(done)
        return done.reply

    def _steer(self, workflow_id: str, given: Steering, now: datetime) -> Answer:
        """What the kernel says of the run as it is; what would change it waits in the inbox."""
        run_id = given.run_id or self.current.get((DEFAULT_NAMESPACE, workflow_id), "")
        book = self.books.get(run_id)
        if book is None or book.state.workflow_id != workflow_id:
            raise Rejected(Code.NOT_FOUND, "")
        given = replace(given, run_id=run_id)
        reply = self._decide(given, now).reply
        assert isinstance(reply, Steered)
        if reply.changed:
            self.inbox.setdefault(run_id, []).append(given)
            if given.request_id:
                name = (book.state.namespace, workflow_id)
                self.requests.setdefault(name, {})[given.request_id] = run_id
        return replace(reply, status=book.state.status)

    # What happens to tasks without an input.

    def _claim(self, step: Claim) -> list[Answer]:
        found = (self._claim_one(key, step) for key in step.keys)
        return [handout for handout in found if handout is not None]

    def _claim_one(self, key: TaskKey, step: Claim) -> Handout | None:
        row = self._row(key)
        if row is None or row["owner"] is not None or row["visible_at"] > step.now:
            return None
        if row["queue"] != step.queue.queue or key.kind is not step.queue.kind:
            return None
        book, now = self.books[key.run_id], step.now
        shown = {"owner": "worker", "session": "session", "engine": "engine"}
        row |= shown | {"delivery": row["delivery"] + 1, "claimed_at": now, "heartbeat_at": None}
        row["lease_until"] = _lease(row, now, shown_at=now)
        book.operate(key, row)
        book.seen[key] = book.state.last_event
        return _handout(book, key, step, row)

    def _beat(self, now: datetime, key: TaskKey, delivery: int, details: bytes | None) -> Heartbeat:
        row = self._held(key, delivery)
        if row is not None:
            row |= {"heartbeat_at": now, "heartbeat_details": details or row["heartbeat_details"]}
            row["lease_until"] = _lease(row, now, shown_at=now)
            self.books[key.run_id].operate(key, row)
        stopping = row is not None and row["cancel_requested"]
        held = row is not None
        return Heartbeat(key=key, delivery=delivery, held=held, recorded=held, cancel_requested=stopping)

    def _renew(self, step: Renew) -> list[tuple[TaskKey, int]]:
        over = []
        for key, delivery in step.held:
            row = self._held(key, delivery)
            if row is None:
                over.append((key, delivery))
                continue
            row["lease_until"] = _lease(row, step.now, shown_at=row["heartbeat_at"] or row["claimed_at"])
            self.books[key.run_id].operate(key, row)
        return over

    def _hand_back(self, step: HandBack) -> list[TaskRef]:
        offered = []
        for key, delivery in step.held:
            row = self._held(key, delivery)
            if row is None:
                continue
            book = self.books[key.run_id]
            book.give_up(row, step.now + step.visible_in, step.problem)
            book.operate(key, row)
            offered.append(TaskRef(key, book.queue(key)))
        return sorted(offered)

    def _row(self, key: TaskKey) -> dict[str, Any] | None:
        book = self.books.get(key.run_id)
        return None if book is None else book.task_rows.get(key)

    def _held(self, key: TaskKey, delivery: int) -> dict[str, Any] | None:
        row = self._row(key)
        is_held = row is not None and row["owner"] is not None and row["delivery"] == delivery
        return row if is_held else None


def _lease(row: dict[str, Any], now: datetime, *, shown_at: datetime) -> datetime:
    """The rule of `dispatch.claims`."""
    limits = [now + LEASE]
    if row["start_to_close"] is not None:
        limits.append(row["claimed_at"] + row["start_to_close"])
    if row["heartbeat_timeout"] is not None:
        limits.append(shown_at + row["heartbeat_timeout"])
    return min(limits)


def _handout(book: Book, key: TaskKey, step: Claim, row: dict[str, Any]) -> Handout:
    shown = (
        "delivery", "lost", "created_at", "visible_at", "claimed_at", "lease_until", "start_to_close",
        "heartbeat_timeout", "heartbeat_details", "cancel_requested",
    )  # fmt: skip
    state: State = book.state
    claimed = Claimed(
        key=key,
        queue=step.queue,
        workflow_id=state.workflow_id,
        shard=book.place()["shard"],
        **{name: row[name] for name in shown},
    )
    if key.kind is TaskKind.ACTIVITY:
        scheduled = event_codec.encode(book.history[key.number - 1])
        return ActivityHandout(claimed=claimed, workflow_type=state.workflow_type, scheduled_event=scheduled)
    return WorkflowHandout(
        claimed=claimed,
        workflow_type=state.workflow_type,
        seen_through=state.last_event,
        events=[event_codec.encode(event) for event in book.history],
    )
