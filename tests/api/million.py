"""A million executions, made by the server itself in seconds: types, queues and statuses are skewed as in real use.

Nine of ten are of one type and eight of ten on one queue; one of a thousand runs. They have started over thirty days,
evenly, and lasted from a moment to an hour.
"""

from __future__ import annotations

from tests.store.databases import Database

EXECUTIONS = 1_000_000
DAYS = 30
_FILL = """
INSERT INTO sched_executions (run_id, namespace, shard, workflow_id, workflow_type, task_queue, status, started_at,
    closed_at, last_event, last_event_at, turns, turn_due, seen_through, wait, wait_left, commands, cancel_requested,
    signals_open)
SELECT gen_random_uuid(), 'default', n %% 256, kind || '-' || n, kind, queue, status, started_at,
    CASE WHEN status <> 'RUNNING' THEN started_at + lasted END, 8, started_at + lasted, 2, false, 8, '', 0, 1, false, 0
FROM (
    SELECT n,
        CASE WHEN n %% 10 > 0 THEN 'Order' WHEN n %% 100 > 0 THEN 'Refund' ELSE 'Kind' || n / 100 %% 50 END AS kind,
        CASE WHEN n %% 5 > 0 THEN 'default' WHEN n %% 1000 > 0 THEN 'slow' ELSE 'rare' END AS queue,
        CASE WHEN n %% 1000 = 7 THEN 'RUNNING' WHEN n %% 50 = 1 THEN 'FAILED' WHEN n %% 500 = 2 THEN 'CANCELED'
            WHEN n %% 5000 = 3 THEN 'TERMINATED' WHEN n %% 5000 = 4 THEN 'TIMED_OUT' ELSE 'COMPLETED' END AS status,
        clock_timestamp() - n * interval '1 second' * (%s / %s) AS started_at,
        interval '1 second' * exp(random() * 15 - 7) AS lasted
    FROM generate_series(%s, 1, -1) AS n
) AS made
"""


def fill(database: Database, *, executions: int = EXECUTIONS, days: float = DAYS) -> None:
    """Fills an empty database, and has it vacuumed, as autovacuum would have done."""
    database.run(_FILL, [days * 86_400.0, executions, executions])
    database.run("VACUUM ANALYZE sched_executions")
