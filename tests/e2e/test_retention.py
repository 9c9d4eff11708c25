"""Retention over many closed executions, while callers start workflows and wait for them.

The same callers on the same database, before, beside and after it: an engine without retention, with it, and without.
So a machine that changes its pace does so for both.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from tests.e2e.harness.backends import POSTGRES_REDIS, Backend
from tests.e2e.harness.flood import Times
from tests.e2e.harness.stack import Stack, warm_stack
from tests.e2e.harness.waiting import wait_for
from tests.e2e.test_bulk import callers, count

RATIO_MAX = 1.2
"""Of the 99th percentiles: while it deletes, and without."""
EXECUTIONS = int(os.environ.get("SCHED_TEST_RETENTION_EXECUTIONS", "1000000"))
EVENTS = 5
OLD = "closed_at < now() - interval '1 hour'"
LEFT = f"SELECT count(*) FROM (SELECT 1 FROM sched_executions WHERE {OLD} LIMIT {{}}) AS old"
ONE = "SELECT run_id FROM sched_executions WHERE closed_at IS NOT NULL LIMIT 1"
"""Whose columns the old ones have."""


@pytest.fixture
def stack(backend_of: Callable[[str, str], Backend], tmp_path: Path) -> Iterator[Stack]:
    """Postgres and Redis, an engine that keeps everything, a worker."""
    with warm_stack(backend_of(POSTGRES_REDIS, "retention"), tmp_path) as made:
        yield made


def make_old(stack: Stack, executions: int) -> None:
    """So many that were closed two hours ago and earlier, each with its id and some events; vacuumed."""
    with psycopg.connect(stack.backend.variables["SCHED_POSTGRES_DSN"], autocommit=True) as connection:
        columns = "SELECT column_name FROM information_schema.columns WHERE table_name = 'sched_executions'"
        names = [name for (name,) in connection.execute(columns)]
        fresh = {
            "run_id": "gen_random_uuid()",
            "workflow_id": "'old-' || n",
            "started_at": "started_at - interval '3 hours' - n * interval '1 ms'",
            "closed_at": "closed_at - interval '2 hours' - n * interval '1 ms'",
        }
        listed = ", ".join(fresh.get(name, name) for name in names)
        source = (
            f"(SELECT * FROM sched_executions WHERE run_id = ({ONE})) x, generate_series(1, {executions}) n"
        )
        place = "shard, namespace"
        connection.execute(
            f"WITH made AS (INSERT INTO sched_executions ({', '.join(names)}) SELECT {listed} FROM {source}"
            f" RETURNING run_id, workflow_id, {place}), meant AS (INSERT INTO sched_current_runs"
            f" (run_id, workflow_id, {place}) SELECT run_id, workflow_id, {place} FROM made)"
            f" INSERT INTO sched_events (run_id, seq, type, data, {place})"
            f" SELECT run_id, seq, 1, decode(repeat('00', 200), 'hex'), {place}"
            f" FROM made, generate_series(1, {EVENTS}) seq".encode()
        )
        for table in ("sched_executions", "sched_current_runs", "sched_events"):
            connection.execute(f"VACUUM ANALYZE {table}".encode())
        connection.execute("CHECKPOINT")  # or the server is still writing them while callers are measured


def restart_engine(stack: Stack, **variables: str) -> None:
    assert stack.engine is not None
    stack.engine.stop()
    stack.start_engine(**variables)
    stack.warm_up()


@pytest.mark.long
@pytest.mark.timing
def test_running_workflows_do_not_notice(stack: Stack) -> None:
    """The 99th percentile moves by less than 20 % while it deletes."""
    seconds = 60.0 if EXECUTIONS >= 1_000_000 else 10.0
    make_old(stack, EXECUTIONS)
    callers(stack, seconds / 2)  # everything is warm
    alone = callers(stack, seconds)
    restart_engine(stack, SCHED_RETENTION="1h")
    every = LEFT.format(EXECUTIONS)
    wait_for(lambda: count(stack, every) < EXECUTIONS, "the first that is deleted", seconds=120, look=0.2)
    begun = count(stack, every)
    together = callers(stack, seconds)
    left = count(stack, every)
    assert left, "all was deleted before the callers had ended; make more"
    restart_engine(stack)
    alone += callers(stack, seconds)
    before, with_it = Times(alone), Times(together)
    ratio = with_it.percentile(0.99) / before.percentile(0.99)
    print(f"alone    {before}\ntogether {with_it}\nratio of the 99th percentiles: {ratio:.2f}")
    print(f"deleted  {(begun - left) / seconds:.0f} a second, of {EXECUTIONS}")
    assert ratio < RATIO_MAX
