"""Sessions of the writers: how they are opened, what they refuse to work on, and how long they may hold anything.

* A frozen writer holds locks; `idle_in_transaction_session_timeout` ends its session, and its rows are free.
* Plans: on tables that are young, or that statistics describe as they were, `= ANY` and joins to parameters get
  sequential scans and hashes over whole tables. Every statement of a writer is a loop over an index, so nothing else
  is allowed, and one generic plan serves each. Pages cost nothing: what a batch touches is young and in memory, and
  priced in pages a walk over a small table looks cheaper than ten lookups.
* Texts travel as UTF-8 (`arrays`), and each statement sees what was committed before it: neither is left to what the
  database or the role has set.
* A server that does not answer (frozen, or behind a proxy that drops) is waited for a little longer than it may work on
  a statement; the session is lost then, as by any other cut.
"""

from dataclasses import dataclass
from datetime import timedelta

from psycopg import Connection

from timers.patience import OnSilence, PatientConnection
from workflows.store.backend import Unsuitable
from workflows.store.postgres import arrays

VERSION_MIN = 15
FROZEN_AFTER = timedelta(seconds=3)
PATIENCE = timedelta(seconds=5)
"""Beyond the limit of a statement: its answer is on its way."""

ENCODING = "UTF8"
_SETTINGS = {
    "timezone": "UTC",
    "default_transaction_isolation": "read committed",
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "seq_page_cost": "0",
    "random_page_cost": "0",
    "jit": "off",
    # A process that is frozen with a large answer half read is busy for the server, not idle: what it does not take in
    # ends it.
    "tcp_user_timeout": str(int(FROZEN_AFTER.total_seconds() * 1000)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long a session may wait for a lock, work on a statement, and hold a transaction without working."""

    lock: timedelta = timedelta(seconds=2)
    statement: timedelta = timedelta(seconds=15)
    idle_in_transaction: timedelta = FROZEN_AFTER


def open_session(
    dsn: str,
    *,
    application_name: str,
    limits: Limits,
    require_durability: bool = True,
    on_silence: OnSilence | None = None,
) -> PatientConnection:
    """A connection in autocommit, checked and set up for a writer. `on_silence` hears of answers that are late.

    Raises:
        Unsuitable: see there.
        psycopg.OperationalError: the server cannot be reached now.
    """
    connection = PatientConnection.connect(
        dsn,
        autocommit=True,
        application_name=application_name,
        client_encoding=ENCODING,
        prepare_threshold=0,
        connect_timeout=5,
    )
    connection.patience = (limits.statement + PATIENCE).total_seconds()
    if on_silence is not None:
        connection.on_silence = on_silence
    try:
        connection.prepared_max = None
        arrays.register(connection.adapters)
        check(connection, require_durability=require_durability)
        wanted = _SETTINGS | {
            "lock_timeout": _ms(limits.lock),
            "statement_timeout": _ms(limits.statement),
            "idle_in_transaction_session_timeout": _ms(limits.idle_in_transaction),
        }
        calls = ", ".join("set_config(%s, %s, false)" for _ in wanted)
        connection.execute(f"SELECT {calls}", [part for pair in wanted.items() for part in pair])
    except BaseException:
        connection.close()
        raise
    return connection


def check(connection: Connection, *, require_durability: bool = True) -> None:
    """Refuses a server that would forget what it acknowledged, or that is not what it seems."""
    version = connection.info.server_version // 10_000
    if version < VERSION_MIN:
        raise Unsuitable(f"PostgreSQL {version}: sched needs {VERSION_MIN} or newer")
    row = connection.execute(
        "SELECT current_setting('fsync'), current_setting('synchronous_commit'), pg_backend_pid()"
    ).fetchone()
    assert row is not None
    fsync, synchronous, pid = row
    if pid != connection.info.backend_pid:
        raise Unsuitable(
            "the DSN leads to a connection pooler, which mixes sessions; "
            "set SCHED_POSTGRES_DIRECT_DSN to the server itself"
        )
    if require_durability and synchronous == "off":
        raise Unsuitable(
            "synchronous_commit is off: a crash would lose what was acknowledged; "
            "set it to on, for this database or role at least"
        )

    if require_durability and fsync != "on":
        raise Unsuitable(
            "the server runs with fsync = off: a crash would lose what was acknowledged; turn it on"
        )


def _ms(span: timedelta) -> str:
    return str(int(span.total_seconds() * 1000))
