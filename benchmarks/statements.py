"""What the server counted while the block ran: statements and commits, of every session of the measured database.

`pg_stat_statements` counts each top-level statement that a session executed: BEGIN and COMMIT, the writer's, the
claimer's, the loops', the readers'. The benchmark's own connection is in another database and is not counted.
A transition is what the engine counts (`sched_commit_batch_transitions`): one input decided and committed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psutil

from benchmarks.stack import DATABASE, Stack


@dataclass(slots=True, kw_only=True)
class Counts:
    """Filled when the block ends."""

    statements: int = 0
    commits: int = 0
    """COMMIT statements: transactions of the writers."""
    transactions: int = 0
    """All that committed, the single statements of claims and reads among them."""
    transitions: int = 0
    cpu_seconds: dict[str, float] = field(default_factory=dict)
    """By process: the engine, the worker, all of Postgres."""
    top: list[tuple[str, int, float]] = field(default_factory=list)
    """Statements, their calls, and their milliseconds, those that were called most first."""


_MINE = "pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid AND d.datname = %s WHERE s.toplevel"


@contextmanager
def counted(stack: Stack) -> Iterator[Counts]:
    """Counts what happens while the block runs."""
    counts = Counts()
    monitor = stack.monitor
    before = stack.metric("sched_commit_batch_transitions_sum")
    committed = _transactions(stack)
    used = cpu_seconds(stack)
    monitor.execute("SELECT pg_stat_statements_reset()")
    yield counts
    counts.cpu_seconds = {name: seconds - used[name] for name, seconds in cpu_seconds(stack).items()}
    rows = monitor.execute(
        f"SELECT s.query, s.calls, s.total_exec_time FROM {_MINE} ORDER BY s.calls DESC", [DATABASE]
    ).fetchall()
    counts.transitions = round(stack.metric("sched_commit_batch_transitions_sum") - before)
    counts.transactions = _transactions(stack) - committed
    counts.statements = sum(row[1] for row in rows)
    counts.commits = sum(row[1] for row in rows if row[0].upper().startswith("COMMIT"))
    counts.top = [(" ".join(row[0].split())[:160], row[1], round(row[2], 1)) for row in rows[:40]]


def cpu_seconds(stack: Stack) -> dict[str, float]:
    """What each part has used since it began."""
    parts = {name: [psutil.Process(pid)] for name, pid in stack.pids.items()}
    postmaster = psutil.Process(stack.monitor.info.backend_pid).parent()
    assert postmaster is not None
    parts["postgres"] = [postmaster, *postmaster.children()]
    return {name: sum(map(_cpu_seconds, processes)) for name, processes in parts.items()}


def _cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _transactions(stack: Stack) -> int:
    row = stack.monitor.execute(
        "SELECT xact_commit FROM pg_stat_database WHERE datname = %s", [DATABASE]
    ).fetchone()
    assert row is not None
    return int(row[0])
