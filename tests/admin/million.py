"""What stands beside a million executions: tasks, timers, activities, workers and an audit, a day after a bad release.

Fifty thousand executions are parked and as many activities come back, keep failing or wait; a tenth of the timers is
overdue; a tenth of the requests could not be read; the audit has a million entries of five hundred keys.
"""

from __future__ import annotations

from tests.store.databases import Database

ACTIVE = 200_000
"""Executions, the newest, that have a task and a timer."""
ENTRIES = 1_000_000
TABLES = (
    "sched_tasks", "sched_timers", "sched_activities", "sched_events", "sched_inbox", "sched_workers", "sched_audit",
)  # fmt: skip
PROBLEM = "UNKNOWN_TYPE: no workflow of this type"
_FILL = f"""
CREATE TEMPORARY TABLE active AS SELECT row_number() OVER (ORDER BY started_at DESC) AS n, run_id, workflow_id,
    started_at FROM sched_executions ORDER BY started_at DESC LIMIT {ACTIVE};
INSERT INTO sched_tasks (run_id, kind, number, attempt, namespace, shard, queue, workflow_id, created_at, visible_at,
    delivery, owner, session, engine, claimed_at, lease_until, problem)
SELECT run_id, 1 + n % 2, 3, 1 + n % 5, 'default', n % 256, 'q' || n % 50, workflow_id, started_at, started_at, 1,
    CASE WHEN held THEN 'w' || n % 300 END, CASE WHEN held THEN 's' END, CASE WHEN held THEN 'e' END,
    CASE WHEN held THEN started_at END, CASE WHEN held THEN now() END,
    CASE WHEN n % 4 < 2 AND NOT held THEN '{PROBLEM}' END
FROM (SELECT *, n % 20 = 5 AS held FROM active) AS made;
INSERT INTO sched_activities (run_id, number, namespace, shard, command, activity_type, task_queue, scheduled_at,
    detached, cancel_requested, attempt, backing_off)
SELECT run_id, 3, 'default', n % 256, 0, 'Ship', 'q' || n % 50, started_at, false, false, 1 + n % 5, n % 2 = 0
FROM active;
INSERT INTO sched_timers (run_id, kind, number, namespace, shard, due_at, stamp)
SELECT run_id, 1 + n % 4, 3, 'default', n % 256, now() + (n - {ACTIVE} / 10) * interval '1 second', n % 7 FROM active;
INSERT INTO sched_inbox (run_id, namespace, shard, kind, data, request_id, created_at)
SELECT run_id, 'default', n % 256, CASE WHEN n % 10 = 0 THEN -9 ELSE 9 END, ''::bytea, '', now()
FROM active WHERE n % 10 < 2;
INSERT INTO sched_workers (engine, number, namespace, kind, queue, identity, session, types, build, slots, streaming,
    connected_at, seen_at)
SELECT 'e', n, 'default', 1 + n % 2, 'q' || n % 40, 'w' || n, 's', '["Order", "Refund"]', 'b', 100, true, now(),
    now() + interval '1 hour' FROM generate_series(1, 300) AS n;
INSERT INTO sched_audit (at, who, door, action, namespace, workflow_id, reason, details)
SELECT now() - n * interval '1 second', 'key/k' || n % 500,
    CASE WHEN n % 100000 = 0 THEN 'shell' WHEN n % 3 = 0 THEN 'rest' ELSE 'grpc' END,
    CASE WHEN n % 100000 = 0 THEN 'revoke-key' WHEN n % 3 = 0 THEN 'signal' ELSE 'start' END,
    'default', 'Order-' || n, '', '{{}}'
FROM generate_series(1, {ENTRIES}) AS n;
DROP TABLE active;
"""


def fill_beside(database: Database) -> None:
    """Fills those tables, and has them vacuumed, as autovacuum would have done."""
    empty_beside(database)
    for statement in filter(str.strip, _FILL.split(";\n")):
        database.run(statement)
    database.run(f"VACUUM ANALYZE {', '.join(TABLES)}")


def empty_beside(database: Database) -> None:
    database.run(f"TRUNCATE {', '.join(TABLES)}")
