"""The group commit's backend for PostgreSQL. See `workflows.store.backend` for what it guarantees.

A batch is four statements in two round trips: BEGIN and lock-and-load; the writes and COMMIT. Starts add one. A batch
of runs whose states are kept (`workflows.store.kept`) is decided while the server looks whether they are as they were,
and waits once, for the answer to all (`reading`).

Nothing but Sync ends a round trip: a server that gets a Flush while it is idle in a transaction forgets to end it, and
`idle_in_transaction_session_timeout` would never come.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime

import psycopg
from psycopg import Connection, errors
from psycopg.pq import TransactionStatus

from timers.clock import Clock, DatabaseClock, SystemClock
from timers.patience import OnSilence, PatientConnection
from workflows.core.transition import Transition
from workflows.points import Point, reach
from workflows.store.backend import (
    Loaded,
    LoadRequest,
    Locked,
    OutcomeUnknown,
    StaleRead,
    StoreError,
)
from workflows.store.inbox import UnreadableEntries
from workflows.store.kept import Kept, KeptStates
from workflows.store.merge import Net, merge
from workflows.store.postgres import load, probe, rows, save
from workflows.store.postgres.exchange import Exchange
from workflows.store.postgres.parts import statement
from workflows.store.postgres.reading import Reading
from workflows.store.postgres.session import Limits, open_session
from workflows.store.postgres.settle import Session, outcome, session_of
from workflows.store.postgres.witness import Witness, witness_of

QUIET_SECONDS = 0.1
"""Without an answer, after which a session is looked at before a batch is trusted to it unasked."""
_DEFAULT_LIMITS = Limits()
_IN_THE_WAY = (errors.LockNotAvailable, errors.DeadlockDetected, errors.SerializationFailure)
_STALE = (errors.UniqueViolation, errors.DivisionByZero)


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
        self._reading: Reading | None = None
        self._kept = KeptStates()
        self._time = DatabaseClock(SystemClock())
        self._heard_at = 0.0
        self._session: Session | None = None
        self._net = Net()
        """Of the batch that was written last, and"""
        self._left: dict[str, Kept] = {}
        """the states that it leaves."""
        self._witness: Witness | None = None
        """Of the batch whose commit was not answered."""

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
            self._kept.clear()
            self._session = session_of(self._connection)

    def probe(self, *, thoroughly: bool) -> None:
        self.connect()
        with suppress(errors.InsufficientPrivilege):  # to make temporary tables: then we know no better
            self._open.execute(probe.WRITE if thoroughly else probe.READ, prepare=False)

    def begin_and_load(self, request: LoadRequest) -> Loaded:
        self.connect()
        self._witness = None
        kept = {} if request.held is None else self._kept.suitable(request.runs, request.held)
        if self._may_guess(request, kept):
            return self._guess(request, kept)
        while True:
            self._reading = reading = Reading(self._batch, request, kept)
            try:
                with _lock_errors():
                    reading.load()
            except UnreadableEntries as found:
                self._set_aside(found)
            else:
                self._kept.forget(kept.keys() - reading.kept.keys())
                return self._loaded(reading)

    def _may_guess(self, request: LoadRequest, kept: Mapping[str, Kept]) -> bool:
        """Whether the batch may be decided while its transaction begins."""
        if request.held is None or request.run_requests or len(kept) < len(request.runs):
            return False
        if self._time.monotonic() - self._heard_at > QUIET_SECONDS and not self._batch.is_quiet():
            return False  # the session is over, and the load says so before anything can be in doubt
        return self._kept.may_guess()

    def _guess(self, request: LoadRequest, kept: dict[str, Kept]) -> Loaded:
        self._reading = reading = Reading(self._batch, request, kept)
        if self._clock is None:
            reading.guess(self._time.now(), is_databases_time=True)
        else:
            reading.guess(self._clock.now(), is_databases_time=False)
        return self._loaded(reading)

    def _set_aside(self, found: UnreadableEntries) -> None:
        """In a transaction of its own: what else was read is read again."""
        self.rollback()
        self._open.execute(load.SET_ASIDE, [found.ids], prepare=False)
        found.tell()

    def _loaded(self, read: Reading) -> Loaded:
        assert read.now is not None, "every load tells the time"
        if read.guessed is None:
            self._hear(read.now)
        return Loaded(
            now=read.now if self._clock is None else self._clock.now(),
            transaction=read.transaction,
            states=read.states,
            busy=read.busy,
            current=read.current,
            busy_starts=read.busy_starts,
            inbox=read.inbox,
            requests=read.requests,
            busy_requests=read.busy_requests,
        )

    def begin_at_once(self, request: LoadRequest) -> Loaded | None:
        connection = self._connection
        if connection is None or connection.closed or request.held is None:
            return None
        self._witness = None
        kept = self._kept.suitable(request.runs, request.held)
        return self._guess(request, kept) if self._may_guess(request, kept) else None

    def save_and_commit(self, transitions: Sequence[Transition]) -> None:
        try:
            self.write(transitions)
            self.finish()
        except StaleRead:
            self.rollback()
            raise

    def write(self, transitions: Sequence[Transition]) -> bool:
        self._net = merge(transitions)
        read = self._read
        current = {key: state.run_id for key, state in read.current.items()}
        parts, parameters = save.parameters(self._net, current, read.remembered(), by_value=True)
        try:
            if parts:
                self._batch.queue(statement(parts, behind_locks=True), parameters)
            reach(Point.WRITTEN)
            self._batch.queue_plain("COMMIT")
            is_sent = self._batch.send()
        except psycopg.Error as error:
            self._tell(error)
            raise
        with self._or_unknown():
            self._left = read.left_by(transitions)  # meanwhile
        return is_sent

    @property
    def descriptor(self) -> int | None:
        return self._batch.descriptor

    def is_answered(self) -> bool:
        return self._batch.is_answered()

    def finish(self) -> None:
        read = self._read
        with self._or_unknown():
            try:
                answers = self._batch.collect()
                self._batch.close()
            except psycopg.Error as error:
                self._tell(error)
                raise
            if read.guessed is not None:
                self._was_right(read, answers[read.guessed][0])
            self._kept.keep(self._left, version=read.version)

    @contextmanager
    def _or_unknown(self) -> Iterator[None]:
        """Once COMMIT is sent, a fault of ours says nothing of what became of it: the database is asked."""
        try:
            yield
        except (psycopg.Error, StoreError, OutcomeUnknown):
            raise
        except Exception as fault:
            raise self._unknown() from fault

    def _tell(self, error: psycopg.Error) -> None:
        """Raises what an error of the writes or of the COMMIT means for the batch, if it is more than a refusal."""
        if isinstance(error, _IN_THE_WAY):
            raise Locked(str(error).strip()) from error
        if isinstance(error, _STALE) and _is_of_ids(error):
            self._was_wrong(self._read)
            raise StaleRead(str(error)) from error
        # In error, the server is there, and says that nothing was committed.
        if isinstance(error, psycopg.OperationalError) and not self._is_in_error:
            raise self._unknown() from error

    def _unknown(self) -> OutcomeUnknown:
        self._open.close()
        self._witness = witness_of(self._net, self._read.transaction)
        return OutcomeUnknown(self._read.transaction)

    @property
    def _is_in_error(self) -> bool:
        return self._open.info.transaction_status is TransactionStatus.INERROR

    def _was_wrong(self, read: Reading) -> None:
        """A guess, that is; what was loaded has been changed by others."""
        if read.guessed is not None:
            self._kept.forget(read.kept)
            self._kept.guessed(right=False)
            self._time.correct()

    def _was_right(self, read: Reading, answer: rows.Row) -> None:
        self._kept.guessed(right=True)
        _, now, read.transaction = answer
        self._hear(now)

    def _hear(self, now: datetime) -> None:
        self._heard_at = self._time.monotonic()
        self._time.observe(now)

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
        return outcome(self._dsn, transaction, self._session, self._witness)

    def close(self) -> None:
        self.rollback()
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @property
    def _read(self) -> Reading:
        assert self._reading is not None, "begin_and_load comes first"
        return self._reading

    @property
    def _open(self) -> Connection:
        assert self._connection is not None, "begin_and_load comes first"
        return self._connection

    @property
    def _batch(self) -> Exchange:
        assert self._exchange is not None, "begin_and_load comes first"
        return self._exchange


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
