"""The overview: counts by status, and what has started or ended."""

from collections.abc import Mapping
from typing import Any, Final

from dispatch.feed.values import Change
from workflows.api.shapes import Shapes
from workflows.core.keys import DEFAULT_NAMESPACE
from workflows.live.counting import Counting
from workflows.live.tick import Tick, text_of
from workflows.live.view import Look
from workflows.store import reader

RECENT_MAX: Final = 20


class OverviewView:
    """See `View`."""

    wants_rows = True

    def __init__(self, counting: Counting, *, payloads: bool) -> None:
        self._counting = counting
        self._payloads = payloads
        self._told: dict[str, int] | None = None

    async def ready(self) -> None:
        await self._counting.ready()

    def read(self) -> Any:
        shown = Shapes(payloads=self._payloads)
        return [shown.execution(each) for each in reader.recent(DEFAULT_NAMESPACE, size=RECENT_MAX)]

    def accept(self, found: Any, *, everybody: bool) -> str:
        counts = self._counting.counts
        if everybody or self._told is None:
            self._told = counts
        else:  # others have been told other figures: what differs is told to all
            self._told = {status: n for status, n in self._told.items() if counts.get(status) == n}
        return text_of({"counts": counts, "approximate": self._counting.approximate, "recent": found})

    def look(self, changes: Mapping[str, Change]) -> Look | None:
        return None

    def change(self, tick: Tick, looked: Any) -> str | None:
        told, counts = self._told, self._counting.counts
        if told is None:  # the first snapshot is still to come
            return None
        changed = {status: count for status, count in counts.items() if told.get(status) != count}
        moved = [row for run, row in tick.rows.items() if tick.changes[run].moved]
        if not changed and not moved:
            return None
        self._told = counts
        moved.sort(key=lambda row: reader.latest(row.execution), reverse=True)
        rows = [row.document(payloads=self._payloads) for row in moved[:RECENT_MAX]]
        return text_of({"counts": changed, "recent": rows})
