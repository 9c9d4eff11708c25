"""The group commit's backend for SQLite. See `workflows.store.backend` for what it guarantees.

BEGIN IMMEDIATE takes the one write lock, so nothing is ever busy: whoever else writes, an open block of Django's code
among them, is waited for, up to `timeout`; then `Locked`. The time is the given clock's.
"""

import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from timers.clock import Clock, SystemClock
from timers.patience import OnSilence
from workflows.core.inputs import Needs, TerminateRequested
from workflows.core.state import State
from workflows.core.transition import Transition
from workflows.store.backend import InboxEntry, Loaded, LoadRequest, Locked, Unsuitable, WorkflowKey
from workflows.store.inbox import UnreadableEntries, entries
from workflows.store.merge import merge
from workflows.store.sqlite.load import current, drain, request, set_aside, state
from workflows.store.sqlite.save import save

VERSION_MIN = (3, 35)
"""RETURNING."""
_DEFAULT_TIMEOUT = timedelta(seconds=60)


class SqliteBackend:
    """See the module.

    Args:
        path: the file, or a `file:` URI, as of the shared database in memory.
        clock: the time of what is decided.
        timeout: how long the write lock is waited for.
    """

    def __init__(
        self, path: str, *, clock: Clock | None = None, timeout: timedelta = _DEFAULT_TIMEOUT
    ) -> None:
        self._path = path
        self._clock = clock or SystemClock()
        self._timeout = timeout
        self.is_remote = False
        self.on_silence: OnSilence | None = None
        self._connection: sqlite3.Connection | None = None

    def connect(self) -> None:
        if self._connection is not None:
            return
        if sqlite3.sqlite_version_info < VERSION_MIN:
            wanted = ".".join(map(str, VERSION_MIN))
            raise Unsuitable(f"SQLite {sqlite3.sqlite_version}: sched needs {wanted} or newer")
        connection = sqlite3.connect(
            self._path,
            timeout=self._timeout.total_seconds(),
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
            uri=self._path.startswith("file:"),
        )
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        self._connection = connection

    def begin_and_load(self, request: LoadRequest) -> Loaded:
        self.connect()
        while True:
            self._begin()
            try:
                return self._load(request)
            except UnreadableEntries as found:
                self._set_aside(found)

    def _set_aside(self, found: UnreadableEntries) -> None:
        """In a transaction of its own: the drain of the others is made anew."""
        self.rollback()
        self._begin()
        set_aside(self._open, found.ids)
        self._open.execute("COMMIT")
        found.tell()

    def _load(self, request: LoadRequest) -> Loaded:
        connection = self._open
        now = self._clock.now()
        found = {run: state(connection, run, needs) for run, needs in request.runs.items()}
        states = {run: each for run, each in found.items() if each is not None}
        currents = {start[:2]: current(connection, start[:2]) for start in request.starts}
        for start in request.starts:
            self._lock_current(states, currents[start[:2]], wanted=start.lock_current)
        return Loaded(
            now=now,
            transaction="",
            states=states,
            busy=set(),
            current={name: each for name, each in currents.items() if each is not None},
            busy_starts=set(),
            inbox=self._drain(states),
            requests=self._requests(request, states),
            busy_requests=set(),
        )

    def save_and_commit(self, transitions: Sequence[Transition]) -> None:
        save(self._open, merge(transitions))
        self._open.execute("COMMIT")

    def probe(self, *, thoroughly: bool) -> None:
        """A file that nobody else may write to goes away only with the disk; then it shows when it is written."""
        if thoroughly:
            self.connect()
            try:
                self._begin()
            except Locked:
                return  # it is there, and somebody writes
            finally:
                self.rollback()

    def rollback(self) -> None:
        if self._connection is not None and self._connection.in_transaction:
            with suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")

    def outcome_of(self, transaction: str) -> bool | None:
        """A COMMIT that raised an error has not happened."""
        del transaction
        return False

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @property
    def _open(self) -> sqlite3.Connection:
        assert self._connection is not None, "begin_and_load comes first"
        return self._connection

    def _begin(self) -> None:
        try:
            self._open.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
                raise Locked(f"the database is locked: {error}") from error
            raise

    def _lock_current(self, states: dict[str, State], found: State | None, *, wanted: bool) -> None:
        if wanted and found is not None and found.is_open and found.run_id not in states:
            loaded = state(self._open, found.run_id, Needs())
            assert loaded is not None
            states[found.run_id] = loaded

    def _drain(self, states: dict[str, State]) -> list[InboxEntry]:
        """In the order of arrival. A termination touches every child, and nobody knew that it lay there."""
        found = entries(sorted(each for run in states for each in drain(self._open, run)))
        for run in {entry.run_id for entry in found if isinstance(entry.given, TerminateRequested)}:
            complete = state(self._open, run, Needs(all_children=True))
            assert complete is not None
            states[run] = replace(complete, unseen=states[run].unseen)
        return found

    def _requests(self, asked: LoadRequest, states: dict[str, State]) -> dict[WorkflowKey, dict[str, str]]:
        wanted = [(start[:2], start.request_id) for start in asked.starts if start.request_id]
        for run, request_id in asked.run_requests:
            if run in states:
                wanted.append(((states[run].namespace, states[run].workflow_id), request_id))
        known: dict[WorkflowKey, dict[str, str]] = {}
        for name, request_id in wanted:
            owner = request(self._open, name, request_id)
            if owner is not None:
                known.setdefault(name, {})[request_id] = owner
        return known
