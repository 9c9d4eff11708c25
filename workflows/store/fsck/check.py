"""The check: every run by itself, then what binds workflow ids and request ids to runs."""

from collections.abc import Iterator
from dataclasses import dataclass

from workflows.store.fsck import ids
from workflows.store.fsck.examined import Examined, examine
from workflows.store.fsck.finding import Finding, Report, Scope
from workflows.store.fsck.source import Source, snapshot
from workflows.store.fsck.walk import runs

EVERYTHING = Scope()


@dataclass(slots=True)
class Count:
    """What a check has passed so far."""

    runs: int = 0
    events: int = 0


def check(*, using: str = "default", scope: Scope = EVERYTHING) -> Report:
    """Checks a database as it is at this moment, beside whatever works on it.

    Args:
        using: Django's alias.
        scope: all, or some runs.
    """
    count = Count()
    found = tuple(findings(using=using, scope=scope, count=count))
    return Report(found, count.runs, count.events)


def findings(
    *, using: str = "default", scope: Scope = EVERYTHING, count: Count | None = None
) -> Iterator[Finding]:
    """The same, one by one: for a database with more faults than memory."""
    with snapshot(using) as source:
        for examined in examinations(source, scope, count or Count()):
            yield from examined.findings
        yield from ids.findings(source, scope)


def examinations(source: Source, scope: Scope, count: Count) -> Iterator[Examined]:
    """Each run of the scope."""
    for rows in runs(source, scope):
        found = examine(rows)
        count.runs += rows.header is not None
        count.events += found.history.length
        yield found
