"""The group commit's backend for PostgreSQL. See `workflows.store.backend` for what it guarantees.

A batch is four statements in two round trips: BEGIN and lock-and-load; the writes and COMMIT. Starts add one.

Nothing but Sync ends a round trip: a server that gets a Flush while it is idle in a transaction forgets to end it, and
`idle_in_transaction_session_timeout` would never come.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import LiteralString

import psycopg
from psycopg import Connection, errors
from psycopg.pq import TransactionStatus

from timers.clock import Clock
from timers.patience import OnSilence, PatientConnection
from workflows.core.inputs import Needs, TerminateRequested
from workflows.core.state import State
from workflows.core.transition import Transition
from workflows.points import Point, reach
from workflows.store.backend import (
    InboxEntry,
    Loaded,
    LoadRequest,
    Locked,
    OutcomeUnknown,
    StaleRead,
    WorkflowKey,
)
from workflows.store.inbox import UnreadableEntries
from workflows.store.merge import merge
from workflows.store.postgres import load, probe, rows, save
from workflows.store.postgres.arrays import Parameter
from workflows.store.postgres.exchange import Exchange
from workflows.store.postgres.session import ENCODING, PATIENCE, Limits, open_session
from workflows.store.postgres.witness import Witness, witness_of

_DEFAULT_LIMITS = Limits()
_IN_THE_WAY = (errors.LockNotAvailable, errors.DeadlockDetected, errors.SerializationFailure)
_STALE = (errors.UniqueViolation, errors.DivisionByZero)


@dataclass(slots=True)
class _Read:
    """What the load has found so far."""

    now: datetime | None = None
    transaction: str = ""
    states: dict[str, State] = field(default_factory=dict)
    stale: set[str] = field(default_factory=set)
    inbox: list[InboxEntry] = field(default_factory=list)
    current: dict[WorkflowKey, State] = field(default_factory=dict)
    busy_starts: set[WorkflowKey] = field(default_factory=set)
    requests: dict[WorkflowKey, dict[str, str]] = field(default_factory=dict)
    busy_requests: set[tuple[str, str]] = field(default_factory=set)

    def see(self, now: datetime, transaction: str) -> None:
        self.now = now if self.now is None else max(now, self.now)
        self.transaction = transaction


class PostgresBackend:
    """See the module.

    Args:
        dsn: of the server itself, not of a pooler.
        application_name: as operators see the session.
        limits: of the session.
        clock: replaces the database's in tests.
        require_durability: False lets tests run on a server with fsync off.
    """

    def __init__(
        self,
        dsn: str,
        *,
        application_name: str = "sched-writer",
        limits: Limits = _DEFAULT_LIMITS,
        clock: Clock | None = None,
        require_durability: bool = True,
    ) -> None:
        self._dsn = dsn
        self._name = application_name
        self._limits = limits
        self._clock = clock
        self._require_durability = require_durability
        self.is_remote = True
        self.on_silence: OnSilence | None = None
        self._connection: PatientConnection | None = None
        self._exchange: Exchange | None = None
        self._read = _Read()
        self._witness: Witness | None = None
        """Of the batch that was saved last."""

    def connect(self) -> None:
        if self._connection is None or self._connection.closed:
            self._connection = open_session(
                self._dsn,
                application_name=self._name,
                limits=self._limits,
                require_durability=self._require_durability,
                on_silence=self.on_silence,
            )
            self._exchange = Exchange(self._connection)

    def probe(self, *, thoroughly: bool) -> None:
        self.connect()
        with suppress(errors.InsufficientPrivilege):  # to make temporary tables: then we know no better
            self._open.execute(probe.WRITE if thoroughly else probe.READ, prepare=False)

    def begin_and_load(self, request: LoadRequest) -> Loaded:
        self.connect()
        while True:
            self._read, self._witness = _Read(), None
            try:
                with _lock_errors():
                    self._load(request)
            except UnreadableEntries as found:
                self._set_aside(found)
            else:
                return self._loaded(request)

    def _set_aside(self, found: UnreadableEntries) -> None:
        """In a transaction of its own: what else was read is read again."""
        self.rollback()
        self._open.execute(load.SET_ASIDE, [found.ids], prepare=False)
        found.tell()

    def _loaded(self, request: LoadRequest) -> Loaded:
        read = self._read
        assert read.now is not None, "every load tells the time"
        asked = set(request.runs) | self._currents_to_lock(request)
        return Loaded(
            now=read.now if self._clock is None else self._clock.now(),
            transaction=read.transaction,
            states=read.states,
            busy=self._existing(asked - set(read.states)),
            current=read.current,
            busy_starts=read.busy_starts,
            inbox=read.inbox,
            requests=read.requests,
            busy_requests=read.busy_requests,
        )

    def save_and_commit(self, transitions: Sequence[Transition]) -> None:
        net = merge(transitions)
        self._witness = witness_of(net, self._read.transaction)
        current = {key: state.run_id for key, state in self._read.current.items()}
        parts, parameters = save.parameters(net, current, self._remembered())
        try:
            with _lock_errors():
                if parts:
                    self._batch.queue(save.statement(parts), parameters)
                reach(Point.WRITTEN)
                self._batch.queue_plain("COMMIT")
                self._batch.run()
                self._batch.close()
        except _STALE as error:
            if not _is_of_ids(error):
                raise
            self.rollback()
            raise StaleRead(str(error)) from error
        except psycopg.OperationalError as error:
            if self._open.info.transaction_status is TransactionStatus.INERROR:
                raise  # a refusal: the server is there, and says that nothing was committed
            self._open.close()
            self.rollback()
            raise OutcomeUnknown(self._read.transaction) from error

    def rollback(self) -> None:
        connection = self._connection
        if connection is None or connection.closed:
            return
        with suppress(psycopg.Error):
            self._batch.close()
        if connection.info.transaction_status is not TransactionStatus.IDLE:
            with suppress(psycopg.Error):
                self._batch.roll_back()
        if connection.info.transaction_status is not TransactionStatus.IDLE:
            connection.close()  # whatever it is in the middle of, the server ends it

    def outcome_of(self, transaction: str) -> bool | None:
        with PatientConnection.connect(
            self._dsn, autocommit=True, client_encoding=ENCODING, connect_timeout=5
        ) as connection:
            connection.patience = PATIENCE.total_seconds()
            _expect_primary(connection)
            try:
                row = connection.execute("SELECT pg_xact_status(%s::text::xid8)", [transaction]).fetchone()
            except errors.InvalidParameterValue:
                return False  # "in the future": a stand-by has taken over, and had not heard of it
            assert row is not None
            if row[0] == "committed" and self._witness is not None:
                # What was committed under this id need not be ours.
                return connection.execute(*self._witness).fetchone() is not None
        return {"committed": True, "aborted": False}.get(row[0])

    def close(self) -> None:
        self.rollback()
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @property
    def _open(self) -> Connection:
        assert self._connection is not None, "begin_and_load comes first"
        return self._connection

    @property
    def _batch(self) -> Exchange:
        assert self._exchange is not None, "begin_and_load comes first"
        return self._exchange

    def _rows(self, statement: LiteralString, parameters: Mapping[str, Parameter]) -> Sequence[rows.Row]:
        """One statement, at once."""
        index = self._batch.queue(statement, parameters)
        return self._batch.run()[index]

    def _load(self, request: LoadRequest) -> None:
        batch = self._batch
        batch.open()
        batch.queue_plain("BEGIN")
        if request.wait:
            self._wait_for(request)
        starts = main = None
        if request.starts:
            starts = batch.queue(load.STARTS, load.starts_parameters(request.starts))
        if request.runs or request.run_requests or starts is None:
            main = batch.queue(*load.load_parameters(request.runs, request.run_requests))
        found = batch.run()
        if main is not None:
            self._take(found[main])
        if starts is not None:
            self._take_starts(found[starts])
        self._complete(request)

    def _wait_for(self, request: LoadRequest) -> None:
        """Locks first, in statements of their own: the one that reads must see what they waited for."""
        if request.runs:
            self._batch.queue(load.WAIT_FOR_RUNS, {"runs": load.run_array(request.runs)})
        if request.run_requests:
            _, parameters = load.load_parameters({}, request.run_requests)
            self._batch.queue(load.WAIT_FOR_REQUESTS, parameters)
        if request.starts:
            self._batch.queue(load.WAIT_FOR_STARTS, load.starts_parameters(request.starts))
        signalled = [start for start in request.starts if start.lock_current]
        if signalled:
            self._batch.queue(load.WAIT_FOR_CURRENTS, load.starts_parameters(signalled))

    def _complete(self, request: LoadRequest) -> None:
        """The rare rest: runs to be signalled, headers newer than their children, children of drained terminations.

        Each look may find more of the last two: it locks runs of its own, and drains their inboxes.
        """
        needs = dict(request.runs)
        wanted = self._currents_to_lock(request) - set(self._read.states)
        for run in wanted:
            needs.setdefault(run, Needs())
        while wanted := wanted | self._read.stale | self._terminated(needs):
            self._take(self._rows(*load.load_parameters({run: needs[run] for run in wanted}, ())))
            wanted = set()

    def _terminated(self, needs: dict[str, Needs]) -> set[str]:
        """Runs that an inbox terminates: their children are needed, all of them, unless they were asked for already."""
        found: set[str] = set()
        for run, given in self._read.inbox:
            known = needs.setdefault(run, Needs())
            if isinstance(given, TerminateRequested) and not known.all_children:
                needs[run] = replace(known, all_children=True)
                found.add(run)
        return found

    def _currents_to_lock(self, request: LoadRequest) -> set[str]:
        found = (self._read.current.get(start[:2]) for start in request.starts if start.lock_current)
        return {state.run_id for state in found if state is not None and state.is_open}

    def _take(self, found: Sequence[rows.Row]) -> None:
        tagged = rows.by_tag(found)
        read = self._read
        read.states.update(rows.states(tagged))
        read.stale = {row[1] for row in tagged[load.HEADER] if not rows.is_fresh(row)}
        read.inbox += rows.inbox(tagged)
        for row in tagged[load.REQUEST]:
            _, run_id, namespace, workflow_id, request_id, known = row[:6]
            if known is not None:
                read.requests.setdefault((namespace, workflow_id), {})[request_id] = known
            if not row[19]:
                read.busy_requests.add((run_id, request_id))
        now = tagged[load.NOW][0]
        read.see(now[7], now[2])

    def _take_starts(self, found: Sequence[rows.Row]) -> None:
        read = self._read
        for row in found:
            namespace, workflow_id, request_id, known, got, now, transaction = row[-7:]
            key = (namespace, workflow_id)
            read.see(now, transaction)
            if not got:
                read.busy_starts.add(key)
            if row[1] is not None:
                read.current[key] = rows.header(row)
            if known is not None:
                read.requests.setdefault(key, {})[request_id] = known

    def _existing(self, missing: set[str]) -> set[str]:
        """Which of the runs that were not locked exist: another transaction has them."""
        if not missing:
            return set()
        return {row[0] for row in self._rows(load.EXISTING, {"runs": load.run_array(missing)})}

    def _remembered(self) -> set[tuple[str, str, str]]:
        """Request ids of the drained inbox: their writers have stored them."""
        states = self._read.states
        drained = ((states[entry.run_id], entry.given.request_id) for entry in self._read.inbox)
        return {(state.namespace, state.workflow_id, request) for state, request in drained if request}


def _expect_primary(connection: Connection) -> None:
    """A stand-by may hold a commit that it has not replayed yet; once it has taken over it has replayed all."""
    if connection.execute("SELECT pg_is_in_recovery()").fetchone() == (True,):
        raise errors.ReadOnlySqlTransaction(
            "the server is a stand-by, and does not know all that was committed"
        )


def _is_of_ids(error: psycopg.Error) -> bool:
    """Whether the conflict is about an id that another transaction took, not about rows that are ours alone."""
    table = error.diag.table_name
    return table in ("sched_current_runs", "sched_requests") or isinstance(error, errors.DivisionByZero)


@contextmanager
def _lock_errors() -> Iterator[None]:
    try:
        yield
    except _IN_THE_WAY as error:
        raise Locked(str(error).strip()) from error
