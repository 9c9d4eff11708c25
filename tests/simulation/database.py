"""The one database of a run: SQLite in memory, its connections, its write lock, and the backend with its mishaps.

The schema is made once by the migrations; a run begins with empty tables. SQLite's lock is taken in turns by the
scheduler: a thread that wants to write while another holds it waits, as it would in SQLite's busy handler.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

from django.core.management import call_command
from django.db import OperationalError, connections

from tests.simulation.memory import Memory, counted
from tests.simulation.scheduler import SECOND, Scheduler
from tests.simulation.threads import SimThread, current_thread
from tests.store.databases import TABLES
from workflows.core.transition import Transition
from workflows.store.backend import Loaded, LoadRequest, Locked, OutcomeUnknown, StaleRead
from workflows.store.group_commit import GroupCommit
from workflows.store.sqlite.backend import SqliteBackend

ADDRESS = "file:/sched?vfs=memdb"
LOCK_SECONDS = 2.0
"""A lock is waited for so long."""


def prepare() -> None:
    """Makes the tables; once in a process."""
    call_command("migrate", verbosity=0)
    # A memory database would be gone with its last connection, and a new connection costs more than a commit.
    connection: Any = connections["default"]
    connection.is_in_memory_db = lambda: True
    connection.settings_dict["CONN_MAX_AGE"] = None


class Pool:
    """Connections are kept from run to run with their prepared statements."""

    def __init__(self) -> None:
        self._free: list[sqlite3.Connection] = []

    def take(self) -> sqlite3.Connection:
        if self._free:
            return self._free.pop()
        return sqlite3.connect(
            ADDRESS, uri=True, isolation_level=None, check_same_thread=False, cached_statements=512, timeout=0
        )

    def give_back(self, connection: sqlite3.Connection) -> None:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        self._free.append(connection)


POOL = Pool()
_NOTHING: dict[str, Any] = {
    "transaction": "",
    "busy": set(),
    "current": {},
    "busy_starts": set(),
    "inbox": [],
    "requests": {},
    "busy_requests": set(),
}
"""Of a load, when only states are known."""


class Mishaps:
    """How often what goes wrong at the database. All zero once faults have stopped."""

    def __init__(self) -> None:
        self.away = 0.0
        """A statement, or a commit, finds the database away."""
        self.lost_commit = 0.0
        """The connection dies at COMMIT: half of them were committed."""
        self.stale = 0.0
        self.busy = 0.0
        """Another transaction has locked what a batch wants."""


class Database:
    """See the module."""

    def __init__(self, scheduler: Scheduler) -> None:
        self.scheduler = scheduler
        self.mishaps = Mishaps()
        self.looks = POOL.take()
        """For the laws: sees what is committed."""
        self.holder: SimBackend | None = None
        self._waiting: list[SimThread] = []
        self._looks_later: list[Callable[[], None]] = []
        self.outcomes: dict[str, bool] = {}
        self.versions: dict[str, int] = {}
        """Of the headers; what PostgreSQL writes on each row by itself."""
        self.guesses = 0
        """Batches that were decided on kept states, and rightly."""
        self.alone = 0
        """Inputs that the event loop has taken through."""
        self.on_difference: Callable[[object], None] = lambda _: None
        self.before_save: Callable[[SimBackend, Sequence[Transition]], None] = lambda *_: None
        self.after_commit: Callable[[Sequence[Transition]], None] = lambda _: None
        scheduler.before_job = self._before_job
        self._clear()

    def _clear(self) -> None:
        self.looks.execute("BEGIN IMMEDIATE")
        for table in TABLES:
            self.looks.execute(f"DELETE FROM {table}")
        self.looks.execute("COMMIT")

    def close(self) -> None:
        POOL.give_back(self.looks)

    def wait_for_lock(self, seconds: float = LOCK_SECONDS) -> bool:
        """On the thread that wants to write. False: in vain."""
        until = self.scheduler.clock.us + int(seconds * SECOND)
        while self.holder is not None:
            if self.scheduler.clock.us >= until:
                return False
            thread = current_thread()
            self._waiting.append(thread)
            thread.wait(until)
        return True

    def wait_until_free(self) -> None:
        """As `wait_for_lock`, for as long as it takes."""
        while not self.wait_for_lock():
            pass

    def _before_job(self, job: Callable[..., Any]) -> None:
        if isinstance(job, partial) and getattr(job.args[0], "__self__", None).__class__ is GroupCommit:
            return  # it ends the committing threads, and asks the database nothing
        self.wait_until_free()
        self.mishap(self.mishaps.away)

    def mishap(self, share: float) -> None:
        """That often a statement of Django's connection fails."""
        if share and self.scheduler.rng.random() < share:
            raise OperationalError("simulated: no connection")

    def unlock(self, backend: SimBackend) -> None:
        if self.holder is backend:
            self.holder = None
            waiting, self._waiting = self._waiting, []
            for thread in waiting:
                thread.wake()
            looks, self._looks_later = self._looks_later, []
            for look in looks:
                look()

    def when_free(self, look: Callable[[], None]) -> None:
        """For the laws: a database in memory cannot be read while a transaction is open on it."""
        if self.holder is None:
            look()
        else:
            self._looks_later.append(look)


class SimBackend(SqliteBackend):
    """The real backend; between its steps others may go on, and it has the mishaps of a server far away."""

    def __init__(self, database: Database) -> None:
        super().__init__(ADDRESS, clock=database.scheduler.clock)
        self._database = database
        self._is_broken = False
        self._transaction = ""
        self._memory = Memory(database.versions)
        self._guesses = False
        self._answer: Exception | None = None
        """To a batch that was written and not waited for."""

    def connect(self) -> None:
        if self._connection is None:
            self._connection = POOL.take()

    def begin_and_load(self, request: LoadRequest) -> Loaded:
        database = self._database
        rng, mishaps = database.scheduler.rng, database.mishaps
        self._may_be_away()
        if rng.random() < 0.3:
            current_thread().pause()
        self._begin_one()
        self._guesses = self._memory.suits(request)
        if self._guesses:
            return self._guessed()
        self._lock()
        busy: set[str] = set()
        if mishaps.busy and rng.random() < mishaps.busy:
            request, busy = self._with_busy(request)
        loaded = super().begin_and_load(request)
        return replace(loaded, busy=busy) if busy else loaded

    def begin_at_once(self, request: LoadRequest) -> Loaded | None:
        """As far as the simulation goes: what has the write lock would be waited for."""
        self._may_be_away()
        if self._connection is None or self._database.holder is not None or not self._memory.suits(request):
            return None
        self._begin_one()
        self._guesses = True
        return self._guessed()

    def _may_be_away(self) -> None:
        if self._database.scheduler.rng.random() < self._database.mishaps.away:
            raise sqlite3.OperationalError("simulated: no connection")

    def _begin_one(self) -> None:
        self._is_broken = False
        self._transaction = str(len(self._database.outcomes) + 1)
        self._database.outcomes[self._transaction] = False
        self.connect()

    def _guessed(self) -> Loaded:
        return Loaded(**_NOTHING | {"now": self._clock.now(), "states": self._memory.guessed})

    def save_and_commit(self, transitions: Sequence[Transition]) -> None:
        rng = self._database.scheduler.rng
        if rng.random() < 0.1:
            current_thread().pause()
        self._save(transitions)
        if rng.random() < 0.2:
            current_thread().pause()

    def write(self, transitions: Sequence[Transition]) -> bool:
        """The server does it; only the answer is still on its way. Now and then it did not fit the socket."""
        self._database.alone += 1
        try:
            self._save(transitions)
        except Exception as error:
            self._answer = error
        return self._database.scheduler.rng.random() < 0.95

    @property
    def descriptor(self) -> int:
        return id(self)

    def is_answered(self) -> bool:
        return self._database.scheduler.rng.random() < 0.8

    def finish(self) -> None:
        answer, self._answer = self._answer, None
        if answer is not None:
            raise answer

    def _save(self, transitions: Sequence[Transition]) -> None:
        database = self._database
        rng, mishaps = database.scheduler.rng, database.mishaps
        if self._is_broken:
            raise sqlite3.OperationalError("simulated: the session was ended")
        if mishaps.stale and rng.random() < mishaps.stale:
            raise StaleRead("simulated")
        if mishaps.away and rng.random() < mishaps.away:
            raise sqlite3.OperationalError("simulated: connection lost")
        if self._guesses:
            self._check()
        lost = mishaps.lost_commit and rng.random() < mishaps.lost_commit
        if lost and rng.random() < 0.5:
            self.rollback()
            database.scheduler.note(f"COMMIT of {self._transaction} lost, rolled back")
            raise OutcomeUnknown(self._transaction)
        database.before_save(self, transitions)
        left = self._memory.left_by(transitions)
        super().save_and_commit(transitions)
        counted(database.versions, transitions)
        versions = self._memory.versions_of(left)
        database.outcomes[self._transaction] = True
        database.after_commit(transitions)
        database.unlock(self)
        if lost:
            database.scheduler.note(f"COMMIT of {self._transaction} lost, committed")
            raise OutcomeUnknown(self._transaction)
        self._memory.keep(left, versions)

    def _lock(self) -> None:
        if not self._database.wait_for_lock():
            raise Locked("simulated: the database is locked")
        self._database.holder = self

    def _check(self) -> None:
        """Of a batch that was decided on kept states: its transaction begins here."""
        self._lock()
        self._begin()
        if not self._memory.is_right(self._open):
            self._database.scheduler.note("kept states were not those of the database")
            raise StaleRead("simulated: others have written")
        self._database.guesses += bool(self._memory.guessed)
        for difference in self._memory.differences(self._open):
            self._database.on_difference(difference)

    def outcome_of(self, transaction: str) -> bool | None:
        if self._database.scheduler.rng.random() < self._database.mishaps.away:
            raise sqlite3.OperationalError("simulated: no connection")
        return self._database.outcomes[transaction]

    def rollback(self) -> None:
        super().rollback()
        self._database.unlock(self)

    def end_session(self) -> None:
        """The server ends the session: what it had locked is free, and its next statement fails."""
        self._is_broken = True
        self.rollback()

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                POOL.give_back(connection)
        self._database.unlock(self)

    def _with_busy(self, request: LoadRequest) -> tuple[LoadRequest, set[str]]:
        """One of the runs is locked by another transaction: stepped over, or (slow lane) waited for in vain."""
        if not request.runs:
            return request, set()
        if request.wait:
            raise Locked("simulated: locked by another transaction")
        run = self._database.scheduler.rng.choice(sorted(request.runs))
        self._database.scheduler.note(f"{run[-4:]} is locked")
        return replace(request, runs={k: v for k, v in request.runs.items() if k != run}), {run}
