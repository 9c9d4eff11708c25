"""A finding: what is wrong in a sentence, since when, and what to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final, Protocol

from django.db.models import QuerySet

SHOWN: Final = 100
"""Findings of one kind on the page."""
COUNTED: Final = 10_000
"""Of one kind, at most; the page says "10,000 or more"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One: about a run, or else about the `queue`, or the bulk `operation`, that it names."""

    says: str
    since: datetime | None
    advice: str
    workflow_id: str = ""
    run_id: str = ""
    queue: str = ""
    operation: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The findings of one kind: the first of them, and how many there are."""

    slug: str
    title: str
    findings: Sequence[Finding]
    count: int

    @property
    def is_bounded(self) -> bool:
        """Whether there may be more than were counted."""
        return self.count >= COUNTED

    @property
    def told(self) -> str:
        """How many there are, as the page says it."""
        return f"{self.count:,}{' or more' if self.is_bounded else ''}"


class Trouble(Protocol):
    """A kind of trouble; `slug` is its name for programs."""

    slug: ClassVar[str]

    def find(self, now: datetime, *, payloads: bool) -> Found:
        """What there is of it. Without `payloads` nothing is said that code was handed or gave back."""


def counted(rows: QuerySet[Any], listed: int) -> int:
    """How many rows there are; asked only where not all of them are listed. The column spares composite keys."""
    return listed if listed < SHOWN else rows.order_by().values("run_id")[:COUNTED].count()
