"""Lock and load: one statement that locks headers and reads whatever a batch needs of them.

A statement sees one snapshot, but a lock finds the newest version of a row. Where another transaction has committed in
between, the header would be newer than its children. So the header is read twice, by the snapshot and by the lock;
every writer updates the header of whatever it changes, so equal versions (`fresh`) prove that all of it is of one
moment. Where they differ the run is read again, now that nobody else can change it.

All kinds of rows come back in one shape, told apart by their tag; what a kind has no use for is null.
"""

# ruff: noqa: S608 - put together from this module's constants; values are parameters

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, LiteralString

from workflows.codec.events import TYPE_NUMBERS
from workflows.core.events import TimerStarted
from workflows.core.inputs import Needs
from workflows.store.backend import INBOX_MAX, StartKey
from workflows.store.inbox import KNOWN_KINDS
from workflows.store.postgres import arrays as a
from workflows.store.postgres.unnest import rows_of
from workflows.store.waited import WAITED_FOR

HEADER, TASK, ACTIVITY, TIMER, EVENT, INBOX, REQUEST, NOW = range(1, 9)

_SHAPE = (
    *[(f"s{n}", "text") for n in range(1, 6)],
    *[(f"t{n}", "timestamptz") for n in range(1, 5)],
    *[(f"i{n}", "bigint") for n in range(1, 9)],
    *[(f"f{n}", "boolean") for n in range(1, 5)],
    *[(f"b{n}", "bytea") for n in range(1, 3)],
)
COLUMNS = {name: place for place, name in enumerate(["tag", "run_id", *(name for name, _ in _SHAPE)])}

_HEADER_COLUMNS = {
    "s1": "x.namespace",
    "s2": "x.workflow_id",
    "s3": "x.workflow_type",
    "s4": "x.task_queue",
    "s5": "x.status",
    "t1": "x.started_at",
    "t2": "x.closed_at",
    "t3": "x.last_event_at",
    "i1": "x.execution_timeout_us",
    "i2": "x.last_event",
    "i3": "x.turns",
    "i4": "x.seen_through",
    "i5": "x.wait_left",
    "i6": "x.commands",
    "i7": "x.signals_open",
    "f1": "x.turn_due",
    "f2": "x.cancel_requested",
    "b1": "x.wait",
}
_TASK_COLUMNS = {
    "i1": "t.kind",
    "i2": "t.number",
    "i3": "t.attempt",
    "i4": "t.delivery",
    "i5": "t.lost",
    "s1": "t.owner",
    "t1": "t.created_at",
    "t2": "t.claimed_at",
    "t3": "t.lease_until",
    "t4": "t.heartbeat_at",
}
_ACTIVITY_COLUMNS = {
    "s1": "t.activity_type",
    "s2": "t.task_queue",
    "t1": "t.scheduled_at",
    "i1": "t.number",
    "i2": "t.command",
    "i3": "t.attempt",
    "i4": "t.start_to_close_us",
    "i5": "t.schedule_to_start_us",
    "i6": "t.schedule_to_close_us",
    "i7": "t.heartbeat_timeout_us",
    "f1": "t.detached",
    "f2": "t.cancel_requested",
    "f3": "t.backing_off",
    "b1": "t.retry",
    "b2": "t.last_failure",
}
_TIMER_COLUMNS = {"i1": "t.number", "i2": "t.stamp", "t1": "t.due_at"}

START_LOCK = "hashtextextended({namespace} || chr(31) || {workflow_id}, 0)"
REQUEST_LOCK = "hashtextextended({namespace} || chr(31) || {workflow_id} || chr(31) || {request_id}, 1)"
"""Advisory locks of both writers: a plain conflict on the unique key would wait for the other's transaction."""


def _row(tag: int, run_id: str, columns: Mapping[str, str], source: str) -> str:
    """One branch of the union."""
    listed = ", ".join(f"{columns.get(name, 'NULL')}::{kind} AS {name}" for name, kind in _SHAPE)
    return f"SELECT {tag}::int2 AS tag, {run_id}::text AS run_id, {listed} FROM {source}"


def _of_children(
    tag: int, columns: Mapping[str, str], table: str, kind: int | None, numbers: str, *, asked_if: str = ""
) -> list[str]:
    """All of some runs, and those of some numbers of others, of these only rows for which `asked_if` holds."""
    of_kind = "" if kind is None else f" AND t.kind = {kind}"
    branches = []
    if "every" in numbers:
        source = _each("locked l", table, f"t.run_id = l.run_id{of_kind}") + " WHERE l.every"
        branches.append(_row(tag, "t.run_id", columns, source))
    if "some" in numbers:
        asked = f"({rows_of('child_runs run_id, child_numbers number')}) c"
        source = _each(asked, table, f"t.run_id = c.run_id AND t.number = c.number{of_kind}{asked_if}")
        branches.append(_row(tag, "t.run_id", columns, source))
    return branches


_HAS_STARTED = f""" AND (SELECT e.type FROM sched_events e WHERE e.run_id = t.run_id AND e.seq = t.number)
    = {TYPE_NUMBERS[TimerStarted]}"""
"""A timer that is asked for by its number is due. One that no event has started must not fire: its TimerFired would
break the history for good. It costs a look by key for each user timer that fires, and nothing for whatever else is
loaded."""


def _each(asked: str, table: str, condition: str) -> str:
    """For each row of `asked` its rows of the table `t`, looked up by key.

    A join would say the same, but leaves the planner the other order: on a table without statistics `kind = 1` counts
    as rare, so it walked the whole table once and `asked` once for each of its rows (seen: 0.9 s for a batch of 500).
    """
    return f"{asked} CROSS JOIN LATERAL (SELECT * FROM {table} t WHERE {condition} OFFSET 0) t"


@cache
def load_statement(*, runs: bool, numbers: str, unseen: bool, requests: bool) -> LiteralString:
    """The statement for a batch with runs, with `numbers` of children ("every", "some", both), and so on."""
    tables, branches = [], []
    if runs:
        tables = [_LOCKED, _DRAINED]
        branches.append(_row(HEADER, "x.run_id", _HEADER_COLUMNS | {"f3": "x.fresh"}, "locked x"))
        workflow_tasks = _each("locked l", "sched_tasks", "t.run_id = l.run_id AND t.kind = 1")
        branches.append(_row(TASK, "t.run_id", _TASK_COLUMNS, workflow_tasks))
        branches += _of_children(TASK, _TASK_COLUMNS, "sched_tasks", 2, numbers)
        branches += _of_children(ACTIVITY, _ACTIVITY_COLUMNS, "sched_activities", None, numbers)
        branches += _of_children(TIMER, _TIMER_COLUMNS, "sched_timers", 1, numbers, asked_if=_HAS_STARTED)
        drained = {"i1": "d.id", "i2": "d.kind", "b1": "d.data", "s1": "d.request_id"}
        branches.append(_row(INBOX, "d.run_id", drained, "drained d"))
    if unseen:
        types = ", ".join(map(str, WAITED_FOR))
        source = f"""locked l JOIN sched_events t ON t.run_id = l.run_id
            AND t.seq > greatest(l.unseen_from, l.seen_through) AND t.type IN ({types})
            WHERE l.unseen_from IS NOT NULL"""
        branches.append(_row(EVENT, "t.run_id", {"i1": "t.seq", "b1": "t.data"}, source))
    if requests:
        branches.append(_row(REQUEST, "x.run_id", _RUN_REQUEST_COLUMNS, _RUN_REQUESTS))
    now = {"t1": "clock_timestamp()", "s1": "pg_current_xact_id()"}
    branches.append(_row(NOW, "NULL", now, "(SELECT) n"))
    prefix = f"WITH {', '.join(tables)} " if tables else ""
    return prefix + " UNION ALL ".join(branches)


_LOCKED = f"""locked AS MATERIALIZED (
    SELECT x.*, a.every, a.unseen_from, x.xmin = s.xmin AS fresh
    FROM ({rows_of("runs run_id, every every, unseen unseen_from")}) a
    JOIN sched_executions s ON s.run_id = a.run_id
    JOIN sched_executions x ON x.run_id = a.run_id
    FOR UPDATE OF x SKIP LOCKED)"""
_DRAINED = f"""drained AS (
    DELETE FROM sched_inbox i USING locked l CROSS JOIN LATERAL (
        SELECT e.id FROM sched_inbox e WHERE e.run_id = l.run_id AND e.kind IN ({KNOWN_KINDS})
        ORDER BY e.id LIMIT {INBOX_MAX}) e
    WHERE i.id = e.id AND l.fresh
    RETURNING i.id, i.run_id, i.kind, i.data, i.request_id)"""
SET_ASIDE: LiteralString = """UPDATE sched_inbox SET kind = -kind WHERE id IN
    (SELECT id FROM sched_inbox WHERE id = ANY(%s) AND kind > 0 FOR UPDATE SKIP LOCKED)"""
"""What another transaction has in hand, it drains or sets aside itself."""
_REQUEST_KEY = "q.namespace = x.namespace AND q.workflow_id = x.workflow_id AND q.request_id = r.request_id"
_ASKED_REQUESTS = f"({rows_of('request_runs run_id, request_ids request_id')}) r"
_RUN_REQUESTS = f"""{_ASKED_REQUESTS}
    JOIN sched_executions x ON x.run_id = r.run_id LEFT JOIN sched_requests q ON {_REQUEST_KEY}"""
_RUN_REQUEST_COLUMNS = {
    "s1": "x.namespace",
    "s2": "x.workflow_id",
    "s3": "r.request_id",
    "s4": "q.run_id",
    "f1": "pg_try_advisory_xact_lock("
    + REQUEST_LOCK.format(namespace="x.namespace", workflow_id="x.workflow_id", request_id="r.request_id")
    + ")",
}


def load_parameters(
    runs: Mapping[str, Needs], run_requests: Sequence[tuple[str, str]]
) -> tuple[LiteralString, dict[str, Any]]:
    """Statement and parameters. Runs in the order of their keys."""
    ordered = sorted(runs)
    some = [(run, n) for run in ordered if not runs[run].all_children for n in runs[run].children]
    every = any(needs.all_children for needs in runs.values())
    unseen = any(needs.seen_through is not None for needs in runs.values())
    numbers = ("every " if every else "") + ("some" if some else "")
    statement = load_statement(runs=bool(runs), numbers=numbers, unseen=unseen, requests=bool(run_requests))
    parameters: dict[str, Any] = {}
    if runs:
        parameters["runs"] = a.uuids(ordered)
        parameters["every"] = a.bools(runs[run].all_children for run in ordered)
        parameters["unseen"] = a.ints(runs[run].seen_through for run in ordered)
    if some:
        parameters["child_runs"] = a.uuids(run for run, _ in some)
        parameters["child_numbers"] = a.ints(number for _, number in some)
    if run_requests:
        parameters["request_runs"] = a.uuids(run for run, _ in run_requests)
        parameters["request_ids"] = a.texts(request for _, request in run_requests)
    return statement, parameters


_ASKED_STARTS = f"({rows_of('namespaces namespace, workflow_ids workflow_id, request_ids request_id')}) a"
_STARTS = f"""{_ASKED_STARTS}
    LEFT JOIN sched_current_runs c ON c.namespace = a.namespace AND c.workflow_id = a.workflow_id
    LEFT JOIN sched_executions x ON x.run_id = c.run_id
    LEFT JOIN sched_requests q ON q.namespace = a.namespace AND q.workflow_id = a.workflow_id
        AND q.request_id = a.request_id"""
_LOCKS_OF = {"namespace": "a.namespace", "workflow_id": "a.workflow_id", "request_id": "a.request_id"}
_START_LOCKS = f"""pg_try_advisory_xact_lock({START_LOCK.format(**_LOCKS_OF)})
    AND (a.request_id = '' OR pg_try_advisory_xact_lock({REQUEST_LOCK.format(**_LOCKS_OF)}))"""
_START_COLUMNS = ", ".join(f"{_HEADER_COLUMNS.get(name, 'NULL')}::{kind} AS {name}" for name, kind in _SHAPE)
STARTS = f"""SELECT {HEADER}::int2 AS tag, x.run_id::text, {_START_COLUMNS}, a.namespace, a.workflow_id, a.request_id,
    q.run_id::text, {_START_LOCKS}, clock_timestamp(), pg_current_xact_id()::text FROM {_STARTS}"""
"""Try-locks each start's ids and reads the current run. Read by the snapshot before the lock: the save checks it."""
FRESH_STARTS = f"SELECT 1 FROM {_STARTS} WHERE c.run_id IS NULL AND q.run_id IS NULL AND {_START_LOCKS}"
"""Those of ids that nobody has used, and nobody has in hand."""


_PLAIN_HEADER = f"SELECT {HEADER}::int2 AS tag, x.run_id::text, {_START_COLUMNS}"
RUN = f"{_PLAIN_HEADER} FROM sched_executions x WHERE x.run_id = %(run_id)s"
CURRENT = f"""{_PLAIN_HEADER} FROM sched_current_runs c JOIN sched_executions x ON x.run_id = c.run_id
    WHERE c.namespace = %(namespace)s AND c.workflow_id = %(workflow_id)s"""
"""One header, read without a lock: for the inline writer."""


def starts_parameters(starts: Sequence[StartKey]) -> dict[str, Any]:
    ordered = sorted(starts)
    return {
        "namespaces": a.texts(start.namespace for start in ordered),
        "workflow_ids": a.texts(start.workflow_id for start in ordered),
        "request_ids": a.texts(start.request_id for start in ordered),
    }


def run_array(runs: Iterable[str]) -> a.Uuids:
    return a.uuids(sorted(runs))


EXISTING: LiteralString = "SELECT run_id::text FROM sched_executions WHERE run_id = ANY(%(runs)s)"
WAIT_FOR_RUNS: LiteralString = (
    "SELECT 1 FROM sched_executions WHERE run_id = ANY(%(runs)s) ORDER BY run_id FOR UPDATE"
)
WAIT_FOR_REQUESTS = (
    "SELECT pg_advisory_xact_lock("
    + REQUEST_LOCK.format(namespace="x.namespace", workflow_id="x.workflow_id", request_id="r.request_id")
    + f""") FROM {_ASKED_REQUESTS}
    JOIN sched_executions x ON x.run_id = r.run_id"""
)
WAIT_FOR_STARTS = f"""SELECT pg_advisory_xact_lock({START_LOCK.format(**_LOCKS_OF)}), CASE WHEN a.request_id <> ''
    THEN pg_advisory_xact_lock({REQUEST_LOCK.format(**_LOCKS_OF)}) END
    FROM {_ASKED_STARTS}"""
WAIT_FOR_CURRENTS = f"""SELECT 1 FROM {_ASKED_STARTS}
    JOIN sched_current_runs c ON c.namespace = a.namespace AND c.workflow_id = a.workflow_id
    JOIN sched_executions x ON x.run_id = c.run_id ORDER BY x.run_id FOR UPDATE OF x"""
"""Of the slow lane: the same locks, waited for; the statement that follows sees what was committed meanwhile."""
