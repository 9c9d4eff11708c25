"""Statements to the server and their rows back, as few messages as can be.

psycopg's own pipeline sends each statement by itself and looks for answers after each: of a batch of one input that was
half of the writer's time, and at each look another thread may take the interpreter's lock. Here what is queued goes out
in one message, with the Sync that ends it, and is waited for once.

```
 queue(…) queue(…) ─► libpq's buffer ─► run(): Sync, send ─► wait ─► rows of each, in order
```

Guarantees: after `run` nothing is outstanding, whether it returned or raised; a statement that fails keeps those queued
after it from being carried out, and its error is what `run` raises.

Does not guarantee: that the connection can be used for anything else between `open` and `close`.
"""

import select
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from psycopg import OperationalError
from psycopg.abc import PQGen
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, Format
from psycopg.pq.abc import PGresult
from psycopg.waiting import Ready, Wait

from timers.patience import PatientConnection
from workflows.store.postgres.arrays import Parameter
from workflows.store.postgres.placeholders import positional

Rows = list[tuple[Any, ...]]

PREPARED_MAX = 128
"""Statements that a session keeps, those that were used last. The parts of a save come together in thousands of ways,
and the plan of each is a third of a MiB at the server."""


@dataclass(frozen=True, slots=True)
class _Naming:
    """A statement that the server knows by name from here on, or (`ends`) no longer; by its answer it may not."""

    statement: LiteralString
    name: bytes
    ends: bool = False


class Exchange:
    """See the module. Of one connection, for as long as it lives; used by one thread."""

    def __init__(self, connection: PatientConnection) -> None:
        self._connection = connection
        self._wire = connection.pgconn
        self._reader = Transformer(connection)
        self._names: dict[LiteralString, bytes] = {}
        """What was used last is last."""
        self._named = 0
        self._queued: list[_Naming | None] = []
        """One for each answer that will come."""
        self._syncs = 0
        """Sent, and not answered yet."""
        self._answering: PQGen[list[PGresult]] | None = None
        """Of answers that are taken as they come."""
        self._answered: list[PGresult] | Exception | None = None
        """All of them, or why they will not come."""

    def is_quiet(self) -> bool:
        """Whether the server has said nothing unasked: it does when it ends the session."""
        poll = select.poll()
        poll.register(self._wire.socket, select.POLLIN)
        return not poll.poll(0)

    def open(self) -> None:
        """Costs nothing: the server is not told."""
        self._wire.enter_pipeline_mode()

    def close(self) -> None:
        """The connection is an ordinary one again. What was queued and never run is carried out first."""
        try:
            if self._queued:
                self.run()
        finally:
            if self._wire.status == ConnStatus.OK:
                self._wire.exit_pipeline_mode()

    def roll_back(self) -> None:
        """Of a transaction that was left. Not by psycopg, which forgets all prepared statements with it."""
        self.open()
        self.queue_plain("ROLLBACK")
        self.close()

    def queue_plain(self, statement: LiteralString) -> None:
        """BEGIN and the like. Not prepared: nothing would be saved, and pg_stat_statements (before 17) miss them."""
        self._wire.send_query_params(statement.encode(), None)
        self._queued.append(None)

    def queue(self, statement: LiteralString, parameters: Mapping[str, Parameter]) -> int:
        """To be carried out by the next `run`; returns the index of its rows there."""
        text, names = positional(statement)
        given = [parameters[name] for name in names]
        name = self._known(statement) or self._prepare(statement, text, [each.oid for each in given])
        values = [each.data for each in given]
        self._wire.send_query_prepared(name, values, [Format.BINARY] * len(given), Format.BINARY)
        self._queued.append(None)
        return len(self._queued) - 1

    def send(self) -> bool:
        """Lets the server begin with what is queued; `collect` takes the answers.

        Returns:
            Whether the socket took all at once. If not, `collect` sends the rest.
        """
        self._sync()
        return not self._wire.flush()

    def run(self) -> list[Rows]:
        """Sends what is queued, and takes the answers."""
        self._sync()
        return self.collect()

    @property
    def descriptor(self) -> int | None:
        """Of the socket, unless it is closed. When it is readable there may be more for `is_answered`."""
        try:
            return int(self._wire.socket)
        except psycopg.Error:
            return None

    def is_answered(self) -> bool:
        """Takes what has come, and waits for nothing. Whether `collect` will not wait either."""
        if self._answered is None:
            try:
                if self._answering is None:
                    self._answering = self._results()
                    next(self._answering)
                self._answering.send(Ready.R)
            except StopIteration as end:
                self._answered = end.value
            except Exception as error:  # also a fault of ours: whoever collects hears of it
                self._answered = error
        return self._answered is not None

    def collect(self) -> list[Rows]:
        """Takes the answers to all that was sent since the last ones: for each, its rows.

        Raises:
            psycopg.Error: of the first statement that failed, or of the connection.
        """
        queued, self._queued = self._queued, []
        results = self._awaited()
        answered = list(zip(queued, results, strict=False))  # fewer, if the connection was lost
        for naming, result in reversed(answered):
            if naming is not None and result.status != ExecStatus.COMMAND_OK:
                self._undo(naming)
        for result in results:
            if result.status == ExecStatus.FATAL_ERROR:
                raise error_from_result(result)
        return [self._rows(result) for result in results]

    def _awaited(self) -> list[PGresult]:
        """What has come by now, or all that will."""
        answering, self._answering = self._answering, None
        answered, self._answered = self._answered, None
        if answered is None:
            return self._connection.wait(answering or self._results())
        if isinstance(answered, Exception):
            raise answered
        return answered

    def _sync(self) -> None:
        self._wire.pipeline_sync()
        self._syncs += 1

    def _known(self, statement: LiteralString) -> bytes | None:
        name = self._names.pop(statement, None)
        if name is not None:
            self._names[statement] = name
        return name

    def _prepare(self, statement: LiteralString, text: bytes, types: Sequence[int]) -> bytes:
        if len(self._names) >= PREPARED_MAX:
            self._forget(next(iter(self._names)))
        self._named += 1
        name = b"sched_%d" % self._named
        self._wire.send_prepare(name, text, types)
        # A Sync of its own, so that the next message finds the session idle: if this process is frozen when the server
        # has only half of that, the session's limit on idleness ends it. Behind another message nothing would.
        self._sync()
        self._queued.append(_Naming(statement, name))
        self._names[statement] = name
        return name

    def _forget(self, statement: LiteralString) -> None:
        name = self._names.pop(statement)
        self._wire.send_query_params(b"DEALLOCATE " + name, None)
        self._queued.append(_Naming(statement, name, ends=True))

    def _undo(self, naming: _Naming) -> None:
        if naming.ends:
            self._names[naming.statement] = naming.name
        else:
            del self._names[naming.statement]

    def _rows(self, result: PGresult) -> Rows:
        if result.status != ExecStatus.TUPLES_OK or not result.ntuples:
            return []
        self._reader.set_pgresult(result)
        return self._reader.load_rows(0, result.ntuples, tuple)

    def _results(self) -> PQGen[list[PGresult]]:
        """All up to the last Sync."""
        wire = self._wire
        while wire.flush():  # more than the socket takes at once: the server may have to be heard in between
            ready = yield Wait.RW
            if ready and ready & Ready.R:
                wire.consume_input()
        found: list[PGresult] = []
        while True:
            while wire.is_busy():
                if (yield Wait.R):
                    wire.consume_input()
            result = wire.get_result()
            if result is None:  # it ends the answer of a statement
                if wire.status != ConnStatus.OK:
                    return self._lost(found)
            elif result.status == ExecStatus.PIPELINE_SYNC:
                self._syncs -= 1
                if not self._syncs:
                    return found
            else:
                found.append(result)

    def _lost(self, found: list[PGresult]) -> list[PGresult]:
        """Nothing more will come. The server may have said why."""
        if all(result.status != ExecStatus.FATAL_ERROR for result in found):
            raise OperationalError("the server closed the connection")
        return found
