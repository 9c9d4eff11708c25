"""The repair: what the events tell is put right, a run at a time, beside running engines.

```
 snapshot: which runs?  ──►  for each: BEGIN · lock the header · look again · write · look again ──► COMMIT
   (a hundred at a time)                                    │                        │
                                                            └ nothing left: done     └ still wrong: ROLLBACK, told
```

Guarantees:

* A run is repaired under its header's lock, and its tasks' rows, so beside no decision and no claim. What the repair
  decides on is read under that lock, never what the check had seen.
* Afterwards the run is as it should be, or nothing of it was changed.
* A history is never touched, but for the columns beside the events by which they are found.

What is beyond repair (a gap in a history, an end too many) is told and left alone: nobody knows what should be there.
"""

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from django.db import DatabaseError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from workflows.core.keys import shard_of
from workflows.core.rejection import Rejected
from workflows.models import CurrentRun, Request
from workflows.store import wakeups
from workflows.store.backend import StartKey
from workflows.store.fsck import ids
from workflows.store.fsck.check import EVERYTHING, Count, examinations
from workflows.store.fsck.examined import Examined, examine
from workflows.store.fsck.finding import Finding, Rule, Scope
from workflows.store.fsck.mend import Mending, remove_orphans
from workflows.store.fsck.source import TransactionSource, snapshot
from workflows.store.fsck.walk import runs
from workflows.store.inline.holding import hold
from workflows.store.inline.tables import tables

AT_ONCE = 100
"""Damaged runs that are noted before a snapshot ends and they are repaired; it would hold up vacuum meanwhile."""


class Outcome(NamedTuple):
    """What has become of a finding."""

    finding: Finding
    repaired: bool


class StillWrong(Exception):
    """A repair has not led to what should be: undone."""


def repair(
    *, using: str = "default", scope: Scope = EVERYTHING, count: Count | None = None
) -> Iterator[Outcome]:
    """Checks, and repairs what it finds where the events tell what should be.

    Args:
        using: Django's alias.
        scope: all, or some runs.
        count: told of the runs and events that were looked at.
    """
    counted = count or Count()
    after = ""
    while True:
        damaged = _damaged(using, scope, after, counted)
        for run_id in damaged:
            yield from repair_run(run_id, using=using)
        if len(damaged) < AT_ONCE:
            break
        after = damaged[-1]
    yield from repair_ids(using, scope)


def _damaged(using: str, scope: Scope, after: str, count: Count) -> list[str]:
    """The next runs that have findings."""
    rest = Scope(workflow_id=scope.workflow_id, run_id=scope.run_id, namespace=scope.namespace, after=after)
    with snapshot(using) as source:
        found = (each.rows.run_id for each in examinations(source, rest, count) if each.findings)
        return list(islice(found, AT_ONCE))


def repair_run(run_id: str, *, using: str = "default") -> list[Outcome]:
    """Repairs one run, and answers with what was found under its lock."""
    found: list[Finding] = []
    try:
        with transaction.atomic(using):
            lock(connections[using], run_id)
            examined = look(using, run_id)
            found = [] if examined is None else examined.findings
            mends = examined is not None and _mends(using, examined)
    except (StillWrong, DatabaseError):
        mends = False
    return [Outcome(finding, repaired=mends and finding.repairable) for finding in found]


def _mends(using: str, found: Examined) -> bool:
    """Whether something was put right, and all of it that can be.

    Raises:
        StillWrong: it was tried, in vain.
    """
    if not any(finding.repairable for finding in found.findings):
        return False
    if found.due is None and found.history.length:
        return False  # what follows from a broken history, nobody knows
    _mend(using, found)
    again = look(using, found.rows.run_id)
    left = [] if again is None else [finding for finding in again.findings if finding.repairable]
    if left:
        raise StillWrong(str(left[0]))
    return True


def lock(connection: BaseDatabaseWrapper, run_id: str) -> None:
    """SQLite's transaction holds the one lock there is. Elsewhere in statements of their own: what is read next must
    see what they waited for."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM sched_executions WHERE run_id = %s FOR UPDATE", [run_id])
            cursor.execute("SELECT 1 FROM sched_tasks WHERE run_id = %s FOR UPDATE", [run_id])


def look(using: str, run_id: str) -> Examined | None:
    return next(map(examine, runs(TransactionSource(using), Scope(run_id=run_id))), None)


def _mend(using: str, found: Examined) -> None:
    if found.due is None:
        remove_orphans(using, found.rows.run_id)
        return
    mending = Mending(using, found, tables(using).now())
    mending.all()
    wakeups.announce(connections[using], tasks=mending.tasks, timers=mending.timers)


def repair_ids(using: str, scope: Scope) -> Iterator[Outcome]:
    """The next hundred after the last: what is repaired is found no more, what is not is passed over."""
    beyond = 0
    while found := _ids(using, scope, beyond):
        for finding in found:
            repaired = finding.repairable and _repair_id(using, finding)
            beyond += not repaired
            yield Outcome(finding, repaired=repaired)


def _ids(using: str, scope: Scope, beyond: int) -> list[Finding]:
    with snapshot(using) as source:
        return list(islice(ids.findings(source, scope), beyond, beyond + AT_ONCE))


def _repair_id(using: str, finding: Finding) -> bool:
    """Under the lock that starts of the id take, if what was found still holds."""
    of_id = Scope(workflow_id=finding.workflow_id, namespace=finding.namespace)
    try:
        with transaction.atomic(using):
            key = StartKey(finding.namespace, finding.workflow_id)
            hold(lambda: tables(using).try_start(key), f"workflow id {finding.workflow_id!r}")
            if finding in ids.findings(TransactionSource(using), of_id):
                _mend_id(using, finding)
    except (Rejected, DatabaseError):
        return False
    return True


def _mend_id(using: str, finding: Finding) -> None:
    named = {"namespace": finding.namespace, "workflow_id": finding.workflow_id}
    shard = shard_of(finding.workflow_id)
    if finding.what == ids.CURRENT:
        rows = CurrentRun.objects.using(using).filter(**named)
        if finding.rule is Rule.ORPHAN:
            rows.delete()
        elif finding.rule is Rule.PLACE:
            rows.update(shard=shard)
        elif not rows.update(run_id=finding.expected, shard=shard):
            CurrentRun.objects.using(using).create(**named, run_id=finding.expected, shard=shard)
        return
    requests = Request.objects.using(using).filter(**named, request_id=finding.what.removeprefix(ids.REQUEST))
    if finding.rule is Rule.ORPHAN:
        requests.delete()
    else:
        requests.update(shard=shard)
