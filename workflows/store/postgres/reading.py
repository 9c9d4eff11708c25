"""What a batch's transaction begins with: locks and loads, and looks whether kept states are those of the database.

```
 load     BEGIN · locks · checks of kept states, starts, the others' headers and children ─► wait ─► rows
 guess    BEGIN · the check of all that is kept ─► on its way, while the batch is decided; answered with its commit
```
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import LiteralString

from workflows.core.inputs import Needs, TerminateRequested
from workflows.core.state import State
from workflows.core.transition import Transition
from workflows.store.backend import InboxEntry, LoadRequest, WorkflowKey
from workflows.store.kept import Expected, Kept, left_by
from workflows.store.postgres import check, load, rows
from workflows.store.postgres.arrays import Parameter
from workflows.store.postgres.exchange import Exchange


@dataclass(slots=True)
class Reading:
    """Of one batch; what it has found so far."""

    exchange: Exchange
    request: LoadRequest = field(default_factory=LoadRequest)
    kept: dict[str, Kept] = field(default_factory=dict)
    """States that need no load, if the check finds them as they are."""
    guessed: int | None = None
    """The place of the check's answer in the next exchange, if nothing was waited for."""
    now: datetime | None = None
    transaction: str = ""
    """Empty as long as it is not known."""
    states: dict[str, State] = field(default_factory=dict)
    stale: set[str] = field(default_factory=set)
    """Runs to be read again: their headers are newer than what came with them, or than what was kept."""
    inbox: list[InboxEntry] = field(default_factory=list)
    current: dict[WorkflowKey, State] = field(default_factory=dict)
    busy_starts: set[WorkflowKey] = field(default_factory=set)
    requests: dict[WorkflowKey, dict[str, str]] = field(default_factory=dict)
    busy_requests: set[tuple[str, str]] = field(default_factory=set)

    def guess(self, now: datetime, *, is_databases_time: bool) -> None:
        """Sends the check of the kept states, of which the batch must have all, and takes them for what is there."""
        self.now = now
        self.states = {run: each.state for run, each in self.kept.items()}
        self.exchange.open()
        self.exchange.queue_plain("BEGIN")
        expected = self._expected(now if is_databases_time else None)
        self.guessed = self.exchange.queue(*check.guess_statement(expected, self.request.starts))
        self.exchange.send()

    @property
    def busy(self) -> set[str]:
        """Runs that were not locked, and exist: another transaction has them."""
        missing = (set(self.request.runs) | self._currents_to_lock()) - set(self.states)
        if not missing:
            return set()
        return {row[0] for row in self._rows(load.EXISTING, {"runs": load.run_array(missing)})}

    def _rows(self, statement: LiteralString, parameters: Mapping[str, Parameter]) -> Sequence[rows.Row]:
        """One statement, at once."""
        index = self.exchange.queue(statement, parameters)
        return self.exchange.run()[index]

    def load(self) -> None:
        """Begins the transaction, locks and reads.

        Raises:
            UnreadableEntries: of inboxes that were drained; to be set aside before it is tried again.
            psycopg.Error: of the server.
        """
        batch = self.exchange
        batch.open()
        batch.queue_plain("BEGIN")
        if self.request.wait:
            self._wait_for()
        kept = self._queue_kept()
        unknown = {run: needs for run, needs in self.request.runs.items() if run not in self.kept}
        starts = main = None
        if self.request.starts:
            starts = batch.queue(load.STARTS, load.starts_parameters(self.request.starts))
        if unknown or self.request.run_requests or starts is None:
            main = batch.queue(*load.load_parameters(unknown, self.request.run_requests))
        found = batch.run()
        if main is not None:
            self._take(found[main])
        if starts is not None:
            self._take_starts(found[starts])
        self._take_kept([found[place] for place in kept])
        self._complete()

    def _queue_kept(self) -> list[int]:
        """Locks the runs whose states are kept, and looks whether they are as they were."""
        if not self.kept:
            return []
        expected = self._expected(None)
        queued = [self.exchange.queue(check.UNCHANGED, check.runs_parameters(expected.versions))]
        if expected.held:
            queued.append(self.exchange.queue(check.NOT_HELD, check.held_parameters(expected.held)))
        return queued

    def _take_kept(self, found: Sequence[Sequence[rows.Row]]) -> None:
        """Others have changed those that were not found unchanged, or have them in hand: they are loaded after all."""
        if not self.kept:
            return
        unchanged = {row[0] for row in found[0]}.difference(row[0] for rest in found[1:] for row in rest)
        changed = self.kept.keys() - unchanged
        self.stale |= changed
        self.kept = {run: each for run, each in self.kept.items() if run in unchanged}
        self.states.update((run, each.state) for run, each in self.kept.items())

    def _wait_for(self) -> None:
        """Locks first, in statements of their own: the one that reads must see what they waited for."""
        if self.request.runs:
            self.exchange.queue(load.WAIT_FOR_RUNS, {"runs": load.run_array(self.request.runs)})
        if self.request.run_requests:
            _, parameters = load.load_parameters({}, self.request.run_requests)
            self.exchange.queue(load.WAIT_FOR_REQUESTS, parameters)
        if self.request.starts:
            self.exchange.queue(load.WAIT_FOR_STARTS, load.starts_parameters(self.request.starts))
        signalled = [start for start in self.request.starts if start.lock_current]
        if signalled:
            self.exchange.queue(load.WAIT_FOR_CURRENTS, load.starts_parameters(signalled))

    def _complete(self) -> None:
        """The rare rest: runs to be signalled, headers newer than their children, children of drained terminations.

        Each look may find more of the last two: it locks runs of its own, and drains their inboxes.
        """
        needs = dict(self.request.runs)
        wanted = self._currents_to_lock() - set(self.states)
        for run in wanted:
            needs.setdefault(run, Needs())
        while wanted := wanted | self.stale | self._terminated(needs):
            self._take(self._rows(*load.load_parameters({run: needs[run] for run in wanted}, ())))
            wanted = set()

    def _terminated(self, needs: dict[str, Needs]) -> set[str]:
        """Runs that an inbox terminates: their children are needed, all of them, unless they were asked for already."""
        found: set[str] = set()
        for run, given in self.inbox:
            known = needs.setdefault(run, Needs())
            if isinstance(given, TerminateRequested) and not known.all_children:
                needs[run] = replace(known, all_children=True)
                found.add(run)
        return found

    def _currents_to_lock(self) -> set[str]:
        found = (self.current.get(start[:2]) for start in self.request.starts if start.lock_current)
        return {state.run_id for state in found if state is not None and state.is_open}

    def _take(self, found: Sequence[rows.Row]) -> None:
        tagged = rows.by_tag(found)
        self.states.update(rows.states(tagged))
        self.stale = {row[1] for row in tagged[load.HEADER] if not rows.is_fresh(row)}
        self.inbox += rows.inbox(tagged)
        for row in tagged[load.REQUEST]:
            _, run_id, namespace, workflow_id, request_id, known = row[:6]
            if known is not None:
                self.requests.setdefault((namespace, workflow_id), {})[request_id] = known
            if not row[19]:
                self.busy_requests.add((run_id, request_id))
        now = tagged[load.NOW][0]
        self.see(now[7], now[2])

    def _take_starts(self, found: Sequence[rows.Row]) -> None:
        for row in found:
            namespace, workflow_id, request_id, known, got, now, transaction = row[-7:]
            key = (namespace, workflow_id)
            self.see(now, transaction)
            if not got:
                self.busy_starts.add(key)
            if row[1] is not None:
                self.current[key] = rows.header(row)
            if known is not None:
                self.requests.setdefault(key, {})[request_id] = known

    def remembered(self) -> set[tuple[str, str, str]]:
        """Request ids of the drained inbox: their writers have stored them."""
        states = self.states
        drained = ((states[entry.run_id], entry.given.request_id) for entry in self.inbox)
        return {(state.namespace, state.workflow_id, request) for state, request in drained if request}

    @property
    def version(self) -> int:
        """Of the headers that its transaction has written."""
        return int(self.transaction) & 0xFFFF_FFFF

    def left_by(self, transitions: Sequence[Transition]) -> dict[str, Kept]:
        """The states to be kept once it is committed."""
        if self.request.held is None:
            return {}
        return left_by(transitions, loaded=self.request.runs, before=self.kept)

    def see(self, now: datetime, transaction: str) -> None:
        """What each load tells."""
        self.now = now if self.now is None else max(now, self.now)
        self.transaction = transaction

    def _expected(self, now: datetime | None) -> Expected:
        held = self.request.held
        assert held is not None, "without, no state is kept"
        versions = {run: each.version for run, each in self.kept.items()}
        return Expected(versions=versions, held=[each for run in self.kept for each in held[run]], now=now)
