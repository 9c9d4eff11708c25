"""What binds ids to runs: the run that a workflow id means, and the runs that request ids were for.

A statement for each rule: the database joins headers, and rows come by the hundreds. What looks wrong by the headers is
held against the events of the id's runs, which decide (`meant`).
"""

# ruff: noqa: S608 - put together from this module's constants; values are parameters

from collections.abc import Iterator, Sequence
from typing import Any

from dispatch.dialect import run_id_of
from workflows.core.keys import shard_of
from workflows.store.fsck.children import A_ROW, NONE
from workflows.store.fsck.finding import Finding, Rule, Scope
from workflows.store.fsck.meant import meant, name_of
from workflows.store.fsck.source import Source

FETCH = 500
CURRENT, REQUEST = "current run", "request "
"""What findings about them are about; behind the second stands the request id."""
_IS_BEHIND = """EXISTS (SELECT 1 FROM sched_executions y WHERE y.namespace = c.namespace
    AND y.workflow_id = c.workflow_id AND y.run_id <> c.run_id AND x.status <> 'RUNNING'
    AND (y.status = 'RUNNING' OR y.started_at > x.started_at))"""
EXISTS = """(EXISTS (SELECT 1 FROM sched_executions x WHERE x.run_id = {0}.run_id)
    OR EXISTS (SELECT 1 FROM sched_events e WHERE e.run_id = {0}.run_id))"""
"""A run of which there is a header or a history. One without a header gets it back."""
_CURRENT = f"""SELECT c.namespace, c.workflow_id, c.shard, c.run_id, CASE
        WHEN x.run_id IS NULL THEN NOT {EXISTS.format("c")}
        WHEN x.namespace <> c.namespace OR x.workflow_id <> c.workflow_id THEN 1 = 1
        ELSE {_IS_BEHIND} END
    FROM sched_current_runs c LEFT JOIN sched_executions x ON x.run_id = c.run_id"""
_NO_CURRENT = """SELECT DISTINCT x.namespace, x.workflow_id FROM sched_executions x
    WHERE NOT EXISTS (SELECT 1 FROM sched_current_runs k
        WHERE k.namespace = x.namespace AND k.workflow_id = x.workflow_id) {0}"""
_OPEN_TWICE = """SELECT x.namespace, x.workflow_id FROM sched_executions x
    WHERE x.status = 'RUNNING' {0} GROUP BY x.namespace, x.workflow_id HAVING count(*) > 1"""
_REQUESTS = f"""SELECT r.namespace, r.workflow_id, r.shard, r.request_id, r.run_id, x.namespace, x.workflow_id,
    {EXISTS.format("r")} FROM sched_requests r LEFT JOIN sched_executions x ON x.run_id = r.run_id"""


def findings(source: Source, scope: Scope) -> Iterator[Finding]:
    """What is wrong with the ids of the scope."""
    yield from _current(source, scope)
    yield from _without_current(source, scope)
    yield from _open_twice(source, scope)
    yield from _requests(source, scope)


def _current(source: Source, scope: Scope) -> Iterator[Finding]:
    where, parameters = _condition(source, scope, "c")
    for row in source.stream(f"{_CURRENT} {where}", parameters, FETCH):
        namespace, workflow_id, shard, run, looks_wrong = row
        key = (namespace, workflow_id)
        run_id = run_id_of(run)
        found = meant(source, *key, current=run_id) if looks_wrong else None
        if found is not None and not found.is_current:
            if found.best is None:
                yield _finding(key, run_id, Rule.ORPHAN, CURRENT, A_ROW, NONE)
            else:
                yield _finding(key, run_id, Rule.CURRENT_RUN, CURRENT, run_id, found.best.run_id)
        elif shard != shard_of(workflow_id):
            yield _finding(key, run_id, Rule.PLACE, CURRENT, shard, shard_of(workflow_id))


def _without_current(source: Source, scope: Scope) -> Iterator[Finding]:
    where, parameters = _condition(source, scope, "x")
    statement = _NO_CURRENT.format(where.replace("WHERE", "AND", 1))
    for key in source.stream(statement, parameters, FETCH):
        best = meant(source, *key).best
        if best is not None:
            yield _finding(key, best.run_id, Rule.CURRENT_RUN, CURRENT, NONE, best.run_id)


def _open_twice(source: Source, scope: Scope) -> Iterator[Finding]:
    where, parameters = _condition(source, scope, "x")
    statement = _OPEN_TWICE.format(where.replace("WHERE", "AND", 1))
    for key in source.stream(statement, parameters, FETCH):
        open_runs = meant(source, *key).open_runs
        if open_runs > 1:
            yield _finding(key, "", Rule.OPEN_TWICE, "open runs", open_runs, 1)


def _requests(source: Source, scope: Scope) -> Iterator[Finding]:
    where, parameters = _condition(source, scope, "r")
    for row in source.stream(f"{_REQUESTS} {where}", parameters, FETCH):
        namespace, workflow_id, shard, request_id, run, of_namespace, of_workflow_id, exists = row
        key, what, run_id = (namespace, workflow_id), f"{REQUEST}{request_id}", run_id_of(run)
        other = (of_namespace, of_workflow_id)
        if of_workflow_id is not None and other != key:
            other = name_of(source, run_id) or key
        if not exists:
            yield _finding(key, run_id, Rule.ORPHAN, what, A_ROW, NONE)
        elif of_workflow_id is not None and other != key:
            its = f"a run of {other[1]}"
            yield _finding(key, run_id, Rule.REQUEST, what, its, f"one of {workflow_id}")
        elif shard != shard_of(workflow_id):
            yield _finding(key, run_id, Rule.PLACE, what, shard, shard_of(workflow_id))


def _condition(source: Source, scope: Scope, table: str) -> tuple[str, list[Any]]:
    """Of a run: the rows of its workflow id, for that is what they are about."""
    conditions: list[str] = []
    parameters: list[Any] = []
    if scope.run_id:
        conditions.append(
            f"""({table}.run_id = %s OR EXISTS (SELECT 1 FROM sched_executions o WHERE o.run_id = %s
            AND o.namespace = {table}.namespace AND o.workflow_id = {table}.workflow_id))"""
        )
        parameters += [source.dialect.run_id(scope.run_id)] * 2
    if scope.workflow_id:
        conditions.append(f"{table}.namespace = %s AND {table}.workflow_id = %s")
        parameters += [scope.namespace, scope.workflow_id]
    return ("WHERE " + " AND ".join(conditions) if conditions else ""), parameters


def _finding(
    key: Sequence[str], run_id: str, rule: Rule, what: str, found: object, expected: object
) -> Finding:
    return Finding(
        namespace=key[0],
        workflow_id=key[1],
        run_id=run_id,
        rule=rule,
        what=what,
        found=str(found),
        expected=str(expected),
    )
