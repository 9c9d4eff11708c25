"""Timers that should have fired."""

from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

from timers.models import Timer
from workflows.core.keys import DEFAULT_NAMESPACE, TimerKind
from workflows.models import Execution
from workflows.service.attention.finding import SHOWN, Finding, Found, counted

PATIENCE: Final = timedelta(seconds=10)
"""Timers fire within milliseconds, and after an engine's crash within a few seconds."""
NAMES: Final = {
    TimerKind.USER: "A timer of the code",
    TimerKind.RETRY: "The next attempt of an activity",
    TimerKind.DEADLINE: "A time limit of an activity",
    TimerKind.EXECUTION: "The execution's timeout",
}


class OverdueTimers:
    """By the index of due times."""

    slug: ClassVar = "overdue"

    def find(self, now: datetime, *, payloads: bool) -> Found:
        rows = Timer.objects.filter(namespace=DEFAULT_NAMESPACE, due_at__lt=now - PATIENCE).order_by("due_at")
        listed = list(rows[:SHOWN])
        names = _workflow_ids([row.run_id for row in listed])
        return Found(
            slug=self.slug,
            title="Overdue timers",
            findings=[_finding(row, names.get(row.run_id, "")) for row in listed],
            count=counted(rows, len(listed)),
        )


def _workflow_ids(runs: list[Any]) -> dict[Any, str]:
    return dict(Execution.objects.filter(run_id__in=runs).values_list("run_id", "workflow_id"))


def _finding(row: Timer, workflow_id: str) -> Finding:
    name = NAMES.get(TimerKind(row.kind), "A timer") if row.kind in set(TimerKind) else "A timer"
    return Finding(
        says=f"{name} was due at {row.due_at:%Y-%m-%d %H:%M:%S} UTC and has not fired",
        since=row.due_at,
        advice="See that an engine runs and leads (/healthz). If one does, run manage.py fsck.",
        workflow_id=workflow_id,
        run_id=str(row.run_id),
    )
