"""Many inboxes at once: one statement puts the same signal, cancel request or termination into each."""

from collections.abc import Sequence
from typing import Any

from django.db import connection

from dispatch.dialect import dialect_of, run_id_of
from workflows.codec import inbox as codec
from workflows.codec.inbox import Steering
from workflows.core.inputs import CancelRequested
from workflows.store.inline.tables import tables
from workflows.store.reader.rows import places

_PUT = """INSERT INTO sched_inbox (namespace, shard, run_id, kind, data, request_id, created_at)
    SELECT namespace, shard, run_id, %s, {data}, '', {at} FROM sched_executions
    WHERE run_id IN ({runs}) AND status = 'RUNNING'{unasked} ORDER BY started_at, run_id RETURNING run_id"""
_OPEN = "SELECT count(*) FROM sched_tasks WHERE run_id IN ({runs}) AND kind = 1"


def put_into(run_ids: Sequence[str], given: Steering) -> list[str]:
    """Those whose inbox has it now: the ones that run, and of cancel requests those that were not asked before.

    As the inline writer's single one, each is decided by the engine, and dropped if its run ends before.
    """
    if not run_ids:
        return []
    unasked = " AND NOT cancel_requested" if isinstance(given, CancelRequested) else ""
    is_postgres = connection.vendor == "postgresql"
    data, at = ("%s::bytea", "%s::timestamptz") if is_postgres else ("%s", "%s")
    statement = _PUT.format(runs=places(run_ids), unasked=unasked, data=data, at=at)
    found = tables("default")
    with connection.cursor() as cursor:
        runs: list[Any] = [dialect_of(cursor).run_id(run) for run in run_ids]
        kind = int(codec.kind_of(given))
        cursor.execute(statement, [kind, codec.encode(given), found.raw_instant(found.now()), *runs])
        return [run_id_of(row[0]) for row in cursor.fetchall()]


def open_tasks(run_ids: Sequence[str]) -> int:
    """How many of these runs have a workflow task outstanding."""
    if not run_ids:
        return 0
    with connection.cursor() as cursor:
        runs: list[Any] = [dialect_of(cursor).run_id(run) for run in run_ids]
        cursor.execute(_OPEN.format(runs=places(run_ids)), runs)
        return int(cursor.fetchall()[0][0])
