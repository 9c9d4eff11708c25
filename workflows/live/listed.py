"""A list with filters: each row that changes, and what leaves the list.

A page shows the newest. Where more rows than a page has changed in one turn, the newest of them are told: they come
before the others, so those are on no first page any more. All of them for all lists would be megabytes a second.
"""

from collections.abc import Mapping
from typing import Any

from dispatch.feed.values import Change
from workflows.api import pages, requests
from workflows.api.shapes import Shapes
from workflows.core.values import Status
from workflows.live.tick import Tick, text_of
from workflows.live.view import Look
from workflows.store import reader


class ListView:
    """See `View`."""

    wants_rows = True

    def __init__(self, filters: reader.Filters, *, payloads: bool) -> None:
        self._filters = filters
        self._payloads = payloads

    async def ready(self) -> None:
        pass

    def read(self) -> Any:
        return pages.executions(self._filters, Shapes(payloads=self._payloads), size=requests.PAGE_SIZE)

    def accept(self, found: Any, *, everybody: bool) -> str:
        return text_of(found)

    def look(self, changes: Mapping[str, Change]) -> Look | None:
        return None

    def change(self, tick: Tick, looked: Any) -> str | None:
        filters = self._filters
        shown = [row for row in tick.rows.values() if reader.passes(filters, row.execution)]
        gone = [run for run, row in tick.rows.items() if self._has_left(row.execution)]
        if not shown and not gone:
            return None
        shown.sort(key=lambda row: reader.position_of(row.execution), reverse=True)
        rows = [row.document(payloads=self._payloads) for row in shown[: requests.PAGE_SIZE]]
        return text_of({"workflows": rows, "gone": gone})

    def _has_left(self, execution: reader.Execution) -> bool:
        """Nothing of a run that filters look at changes but the status, once: a run that is over was running."""
        filters = self._filters
        return (
            filters.status is Status.RUNNING
            and not execution.is_open
            and reader.passes_but_status(filters, execution)
        )
