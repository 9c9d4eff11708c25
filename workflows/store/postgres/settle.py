"""What has become of a transaction whose COMMIT was not answered.

```
 its id is known    pg_xact_status: aborted, or committed (then the witness must be there, too), or under way: later
 it is not          the witness is there: committed
                    else the session is ended, and asked for again: while it lives, later; once it is gone, the witness
```

A batch that was decided on kept states goes out in one message, with the id in its answer. Where that was lost, the
session stands for the transaction: what it has not committed by its end, it never will.
"""

from datetime import datetime
from typing import LiteralString, NamedTuple

from psycopg import Connection, errors

from timers.patience import PatientConnection
from workflows.store.postgres.session import ENCODING, PATIENCE
from workflows.store.postgres.witness import Witness


class Session(NamedTuple):
    """Of the server; process ids are given out again."""

    pid: int
    began: datetime


_WHO: LiteralString = "SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()"
_END: LiteralString = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE pid = %(pid)s AND backend_start = %(began)s"""


def session_of(connection: Connection) -> Session:
    row = connection.execute(_WHO, prepare=False).fetchone()
    assert row is not None, "a session sees itself"
    return Session(*row)


def outcome(dsn: str, transaction: str, session: Session | None, witness: Witness | None) -> bool | None:
    """Whether it was committed; None: the server does not know yet.

    Args:
        dsn: of the server.
        transaction: its id; empty: not known.
        session: it ran in.
        witness: of what it has written. None: nothing, and its outcome makes no difference.
    """
    with PatientConnection.connect(
        dsn, autocommit=True, client_encoding=ENCODING, connect_timeout=5
    ) as connection:
        connection.patience = PATIENCE.total_seconds()
        _expect_primary(connection)
        if transaction:
            return _by_id(connection, transaction, witness)
        return _by_session(connection, session, witness)


def _by_id(connection: Connection, transaction: str, witness: Witness | None) -> bool | None:
    try:
        row = connection.execute("SELECT pg_xact_status(%s::text::xid8)", [transaction]).fetchone()
    except errors.InvalidParameterValue:
        return False  # "in the future": a stand-by has taken over, and had not heard of it
    assert row is not None
    if row[0] == "committed" and witness is not None:
        return _is_there(connection, witness)  # what was committed under this id need not be ours
    return {"committed": True, "aborted": False}.get(row[0])


def _by_session(connection: Connection, session: Session | None, witness: Witness | None) -> bool | None:
    if witness is None:
        return False
    if _is_there(connection, witness):
        return True
    assert session is not None, "what was committed had a session"
    if connection.execute(_END, session._asdict()).fetchone() is not None:
        return None
    return _is_there(connection, witness)


def _is_there(connection: Connection, witness: Witness) -> bool:
    return connection.execute(*witness).fetchone() is not None


def _expect_primary(connection: Connection) -> None:
    """A stand-by may hold a commit that it has not replayed yet; once it has taken over it has replayed all."""
    if connection.execute("SELECT pg_is_in_recovery()").fetchone() == (True,):
        raise errors.ReadOnlySqlTransaction(
            "the server is a stand-by, and does not know all that was committed"
        )
