"""Forgets a run whose history is broken beyond repair, which no repair can lead back to a clean check.

All rows of the run are deleted, its request ids among them; its workflow id then means the latest of its other runs
that are whole. What was lost of the history stays lost, and what was left of it is lost, too.

Guarantees: a run that is whole, or that goes on, is refused; what is decided on is read under the locks of the run and
of its id.
"""

from typing import NamedTuple

from django.db import connections, transaction
from django.db.models import Model, QuerySet

from dispatch.models import Task
from timers.models import Timer
from workflows.core.values import Status
from workflows.models import Activity, CurrentRun, Event, Execution, Inbox, Request
from workflows.store.backend import StartKey
from workflows.store.fsck.examined import Examined
from workflows.store.fsck.finding import Finding, Scope
from workflows.store.fsck.meant import named_by
from workflows.store.fsck.repairs import Outcome, lock, look, repair_ids
from workflows.store.inline.holding import hold
from workflows.store.inline.tables import tables

TABLES: tuple[type[Model], ...] = (Activity, Task, Timer, Inbox, Request, CurrentRun, Event, Execution)


class NotForgotten(Exception):
    """The run stays; the message says why."""


class Forgotten(NamedTuple):
    """What has become of a run and of its id."""

    findings: list[Finding]
    """Why it could not be repaired."""
    events: int
    """That were left of its history."""
    of_its_id: list[Outcome]


def forget(run_id: str, *, using: str = "default") -> Forgotten:
    """Deletes a run that is over and whose history is broken.

    Raises:
        NotForgotten: there is no such run, it is whole, or it is open.
        Rejected: ID_BUSY: another transaction holds its workflow id.
    """
    with transaction.atomic(using):
        name = named_by(_checked(look(using, run_id)))
        if name is not None:
            hold(lambda: tables(using).try_start(StartKey(*name)), f"workflow id {name[1]!r}")
        lock(connections[using], run_id)
        found = _checked(look(using, run_id))
        for model in TABLES:
            QuerySet(model, using=using).filter(run_id=run_id).delete()
    of_its_id = [] if name is None else list(repair_ids(using, Scope(namespace=name[0], workflow_id=name[1])))
    return Forgotten(found.findings, found.history.length, of_its_id)


def _checked(found: Examined | None) -> Examined:
    if found is None or (found.rows.header is None and not found.history.length):
        raise NotForgotten("names no run")
    if found.due is not None:
        raise NotForgotten("names a run whose history is whole; `--repair` puts right what follows from it")
    if _goes_on(found):
        raise NotForgotten("names a run that is open; terminate it first")
    return found


def _goes_on(found: Examined) -> bool:
    """Where there are events that its header does not count, nothing can be written any more, not even its end."""
    header = found.rows.header
    return (
        header is not None
        and header.status == Status.RUNNING.value
        and header.last_event >= found.history.last
    )
