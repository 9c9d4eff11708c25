"""What servers and processes used while a block ran.

Statements are those that `pg_stat_statements` saw in the measured database at the top level, of every session: BEGIN
and COMMIT among them. The benchmark's own connection is in another database and is not counted.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import LiteralString

import psutil

from benchmarks.servers.ground import DATABASE, Ground

TOP = 40
TEXT_MAX = 160
_MEASURED = "pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid AND d.datname = %s WHERE s.toplevel"


@dataclass(slots=True, kw_only=True)
class Counts:
    """Filled when the block ends."""

    statements: int = 0
    commits: int = 0
    """COMMIT statements."""
    transactions: int = 0
    """All that wrote, statements that stand alone among them: each was given a transaction id."""
    wal_bytes: int = 0
    cpu_seconds: dict[str, float] = field(default_factory=dict)
    """By part: the processes of that name, with what they started."""
    resident_mib: dict[str, float] = field(default_factory=dict)
    """By part, at the end; what processes share counts for each, so Postgres has none."""
    top: list[tuple[str, int, float]] = field(default_factory=list)
    """Statements, their calls, and their milliseconds, those that were called most first."""


@contextmanager
def counted(ground: Ground, parts: Mapping[str, Sequence[int]]) -> Iterator[Counts]:
    """Counts what happens while the block runs.

    Args:
        ground: The servers, which are two parts more.
        parts: Process ids by name.
    """
    counts = Counts()
    every = dict(parts) | {name: [pid] for name, pid in ground.pids.items()}
    used, wal, committed = cpu_seconds(every), _wal_bytes(ground), _transactions(ground)
    ground.monitor.execute("SELECT pg_stat_statements_reset()")
    yield counts
    counts.cpu_seconds = {name: seconds - used[name] for name, seconds in cpu_seconds(every).items()}
    counts.resident_mib = {name: sum(map(resident_mib, pids)) for name, pids in parts.items()}
    counts.wal_bytes = _wal_bytes(ground) - wal
    counts.transactions = _transactions(ground) - committed
    _count_statements(ground, counts)


def cpu_seconds(parts: Mapping[str, Sequence[int]]) -> dict[str, float]:
    """What each part has used since it began."""
    return {name: sum(map(_cpu_of_tree, pids)) for name, pids in parts.items()}


def resident_mib(pid: int) -> float:
    """Of the process and what it started."""
    first = psutil.Process(pid)
    return sum(each.memory_info().rss for each in (first, *first.children(recursive=True))) / 2**20


def _cpu_of_tree(pid: int) -> float:
    first = psutil.Process(pid)
    return sum(map(_cpu_of, (first, *first.children(recursive=True))))


def _cpu_of(process: psutil.Process) -> float:
    """With what its children used that have ended meanwhile."""
    with suppress(psutil.NoSuchProcess):
        times = process.cpu_times()
        return float(times.user + times.system + times.children_user + times.children_system)
    return 0.0


def _count_statements(ground: Ground, counts: Counts) -> None:
    rows = ground.monitor.execute(
        f"SELECT s.query, s.calls, s.total_exec_time FROM {_MEASURED} ORDER BY s.calls DESC", [DATABASE]
    ).fetchall()
    counts.statements = sum(row[1] for row in rows)
    counts.commits = sum(row[1] for row in rows if row[0].upper().startswith("COMMIT"))
    counts.top = [(" ".join(row[0].split())[:TEXT_MAX], row[1], round(row[2], 1)) for row in rows[:TOP]]


def _wal_bytes(ground: Ground) -> int:
    return _number(ground, "SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn")


def _transactions(ground: Ground) -> int:
    # The server's own count of commits comes up to ten seconds late; ids are given at once.
    return _number(ground, "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")


def _number(ground: Ground, query: LiteralString, *arguments: object) -> int:
    row = ground.monitor.execute(query, list(arguments)).fetchone()
    assert row is not None
    return int(row[0])
