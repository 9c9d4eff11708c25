"""Headers: from workflow ids to runs, from runs to executions."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import batched
from typing import Any

from django.db.models import QuerySet

from dispatch.dialect import run_id_of
from dispatch.models import Task
from workflows.codec import values as codec
from workflows.core.keys import TaskKind
from workflows.core.values import Status
from workflows.models import Execution as Row
from workflows.store.reader.damage import Damage, shown
from workflows.store.reader.rows import places, rows_of
from workflows.store.reader.values import Execution

IDS_MAX = 1000
"""In one statement: databases bound the number of parameters, and a plan for more is no better."""
_STATUSES = frozenset(status.value for status in Status)
_CURRENT = (
    "SELECT workflow_id, run_id FROM sched_current_runs WHERE namespace = %s AND workflow_id IN ({ids})"
)
_OWNERS = "SELECT run_id, workflow_id FROM sched_executions WHERE namespace = %s AND run_id IN ({runs})"


def resolve(namespace: str, ids: Sequence[str]) -> dict[str, str]:
    """The current run of each workflow id that has one: the open run, or the last."""
    found: dict[str, str] = {}
    for some in batched(ids, IDS_MAX):
        rows = rows_of(_CURRENT.format(ids=places(some)), namespace, *some)
        found.update((workflow_id, run_id_of(run_id)) for workflow_id, run_id in rows)
    return found


def workflow_ids(namespace: str, runs: Sequence[str]) -> dict[str, str]:
    """Of each of these runs (canonical) that there is, whose it is."""
    found: dict[str, str] = {}
    for some in batched(runs, IDS_MAX):
        rows = rows_of(_OWNERS, namespace, runs=some)
        found.update((run_id_of(run_id), workflow_id) for run_id, workflow_id in rows)
    return found


def find(namespace: str, workflow_id: str, run_id: str = "") -> Execution | None:
    """One run of a workflow id; the current one unless `run_id` (canonical) names another."""
    run = run_id or resolve(namespace, [workflow_id]).get(workflow_id)
    if run is None:
        return None
    rows = Row.objects.filter(run_id=run, namespace=namespace, workflow_id=workflow_id)
    return next(executions_of(rows), None)


def executions(runs: Sequence[str]) -> list[Execution]:
    """Those of these runs (canonical) that there are, in no order."""
    return [
        each for some in batched(runs, IDS_MAX) for each in executions_of(Row.objects.filter(run_id__in=some))
    ]


def executions_of(rows: QuerySet[Row]) -> Iterator[Execution]:
    """The rows as values, in their order. One statement more, for the problems of the open ones."""
    listed = list(rows)
    problems = _problems([row.run_id for row in listed if row.turn_due])
    return (_execution(row, problems.get(row.run_id)) for row in listed)


def _problems(runs: Iterable[Any]) -> dict[Any, str]:
    wanted = list(runs)
    if not wanted:
        return {}
    tasks = Task.objects.filter(run_id__in=wanted, kind=TaskKind.WORKFLOW, problem__isnull=False)
    return {run: problem or "" for run, problem in tasks.values_list("run_id", "problem")}


def damage_of(row: Row) -> str:
    """What is wrong with a header, in a sentence; empty if it can be read."""
    return _execution(row, None).damage


def _execution(row: Row, problem: str | None) -> Execution:
    damage = Damage(str(row.run_id))
    status = Status(row.status) if row.status in _STATUSES else None
    if status is None:
        damage.add(f"its status is {shown(row.status)}")
    memo = damage.read("its memo", codec.payload_from, row.memo)
    attributes = damage.read("its search attributes", codec.payload_from, row.search_attributes)
    return Execution(
        namespace=row.namespace,
        workflow_id=row.workflow_id,
        run_id=str(row.run_id),
        workflow_type=row.workflow_type,
        task_queue=row.task_queue,
        status=status,
        started_at=row.started_at,
        closed_at=row.closed_at,
        execution_timeout=codec.span_or_none(row.execution_timeout_us or 0),
        history_length=row.last_event,
        last_event_at=row.last_event_at,
        turns=row.turns,
        turn_due=row.turn_due,
        cancel_requested=row.cancel_requested,
        signals_open=row.signals_open,
        memo=memo,
        search_attributes=attributes,
        problem=damage.problem or problem or row.problem or "",
        damage=damage.problem,
    )
