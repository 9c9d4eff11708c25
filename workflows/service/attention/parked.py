"""Executions that do not go on: their workflow task came back with a problem."""

from datetime import datetime
from typing import ClassVar, Final

from dispatch.models import Task
from workflows.core.keys import DEFAULT_NAMESPACE, TaskKind
from workflows.service.attention.finding import SHOWN, Finding, Found, counted
from workflows.store import reader

_ADVICE: Final = {
    "NON_DETERMINISTIC": "Deploy the code that this history was made with, or terminate the execution.",
    "UNKNOWN_TYPE": "Start a worker that has this workflow type on this queue.",
    "WORKER_LOST": "Its turn ends its workers: look at their logs and memory, then deploy a repair.",
    "ERROR": "Look at the worker's log: it could not run the code.",
}
_OTHERWISE: Final = "Open the execution and read the problem."


class ParkedExecutions:
    """By the index of tasks with a problem."""

    slug: ClassVar = "parked"

    def find(self, now: datetime, *, payloads: bool) -> Found:
        rows = Task.objects.filter(
            namespace=DEFAULT_NAMESPACE, kind=TaskKind.WORKFLOW, problem__isnull=False
        ).order_by("created_at")
        findings = [_finding(row, payloads=payloads) for row in rows[:SHOWN]]
        return Found(
            slug=self.slug, title="Parked executions", findings=findings, count=counted(rows, len(findings))
        )


def advice_for(problem: str) -> str:
    """By the word that a problem begins with."""
    return _ADVICE.get(problem.partition(":")[0], _OTHERWISE)


def _finding(row: Task, *, payloads: bool) -> Finding:
    problem = reader.problem_shown(row.problem or "", payloads=payloads)
    return Finding(
        says=f"Turn {row.number} cannot be done, after {row.delivery} deliveries: {problem}",
        since=row.created_at,
        advice=advice_for(problem),
        workflow_id=row.workflow_id,
        run_id=str(row.run_id),
    )
