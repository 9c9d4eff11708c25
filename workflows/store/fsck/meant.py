"""The run that a workflow id means, by what the events of its runs say.

It is the open run, else the one that started last. Headers raise the question; they do not answer it, for a damaged one
may say anything. Of a run whose history is broken nobody knows whether it is open: it takes no id over. One that has an
id already keeps it, unless by its own header it is over and a whole run came after it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from workflows.core.values import Status
from workflows.store.fsck.examined import Examined, examine
from workflows.store.fsck.finding import Scope
from workflows.store.fsck.source import Source
from workflows.store.fsck.walk import runs


class Life(NamedTuple):
    """A run, by what decides which of two an id means: the greater one."""

    is_open: bool
    started_at: datetime
    run_id: str


@dataclass(slots=True)
class Meant:
    """What the runs of a workflow id say of it."""

    best: Life | None = None
    """Of the whole runs."""
    open_runs: int = 0
    """Of the whole ones."""
    current: Life | None = None
    """The run that has the id, broken or not; None if it is not of this id, or there is none."""

    @property
    def is_current(self) -> bool:
        """Whether the run that has the id may have it. Of the runs of one instant (a batch may end a run and start
        the next) any closed one may."""
        if self.current is None:
            return False
        return self.best is None or self.current.is_open or self.current[:2] >= self.best[:2]


def meant(source: Source, namespace: str, workflow_id: str, current: str = "") -> Meant:
    """Looks at every run of a workflow id; `current` is the one that has it."""
    found = Meant()
    for rows in runs(source, Scope(namespace=namespace, workflow_id=workflow_id)):
        examined = examine(rows)
        if named_by(examined) != (namespace, workflow_id):
            continue
        life = _life(examined)
        if life is not None and examined.due is not None:
            found.best = max(found.best or life, life)
            found.open_runs += life.is_open
        if rows.run_id == current:
            found.current = life
    return found


def name_of(source: Source, run_id: str) -> tuple[str, str] | None:
    """Namespace and workflow id of a run; None where nothing tells them."""
    rows = next(runs(source, Scope(run_id=run_id)), None)
    return None if rows is None else named_by(examine(rows))


def named_by(found: Examined) -> tuple[str, str] | None:
    """Namespace and workflow id of a run: by its events, else by its header."""
    told = found.history.start or found.rows.header
    return None if told is None else (told.namespace, told.workflow_id)


def _life(found: Examined) -> Life | None:
    header, run_id = found.rows.header, found.rows.run_id
    if found.due is not None:
        return Life(found.due.state.is_open, found.due.state.started_at, run_id)
    if header is not None:
        return Life(header.status == Status.RUNNING.value, header.started_at, run_id)
    return Life(True, found.history.start.at, run_id) if found.history.start else None
