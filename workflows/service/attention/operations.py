"""Bulk operations that an error of ours has ended: part of what somebody asked for was not done."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import ClassVar, Final

import orjson

from workflows.core.keys import DEFAULT_NAMESPACE
from workflows.models import BulkOperation
from workflows.service.attention.finding import SHOWN, Finding, Found
from workflows.service.bulk.values import Kind, State

REMEMBERED: Final = timedelta(days=3)
"""A long weekend. Nobody can say that it does not matter any more, so that time does."""
LOOK_BACK: Final = 200
"""Operations, the newest: people ask for them one by one."""
_AGAIN: Final = "Its engine's log says why. Ask for it again: whoever was asked already is skipped."
_SIGNAL_AGAIN: Final = (
    "Its engine's log says why. Asked for again, the signal comes twice to those that have it."
)


class FailedOperations:
    """Until the same is asked for again: by the key of operations, from the newest on."""

    slug: ClassVar = "bulk"

    def find(self, now: datetime, *, payloads: bool) -> Found:
        newest = BulkOperation.objects.filter(namespace=DEFAULT_NAMESPACE).order_by("-pk")[:LOOK_BACK]
        failed = list(_not_asked_again(newest.defer("payload"), now - REMEMBERED))
        return Found(
            slug=self.slug,
            title="Bulk operations that failed",
            findings=[_finding(row) for row in failed[:SHOWN]],
            count=len(failed),
        )


def _not_asked_again(newest: Iterable[BulkOperation], since: datetime) -> Iterator[BulkOperation]:
    asked_later: set[tuple[str, bytes, str]] = set()
    for row in newest:
        what = (row.kind, orjson.dumps(row.filters, option=orjson.OPT_SORT_KEYS), row.signal_name)
        is_recent = row.finished_at is not None and row.finished_at >= since
        if row.state == State.FAILED and is_recent and what not in asked_later:
            yield row
        asked_later.add(what)


def _finding(row: BulkOperation) -> Finding:
    asked = f", asked for by {row.requested_by}," if row.requested_by else ""
    return Finding(
        says=f"bulk/{row.pk} {row.kind}{asked} failed after {row.matched:,} of {row.found:,} executions",
        since=row.finished_at,
        advice=_SIGNAL_AGAIN if row.kind == Kind.SIGNAL else _AGAIN,
        operation=row.pk,
    )
