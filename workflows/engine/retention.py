"""Retention in the engine that leads: batch by batch, with rests, so that what runs does not notice.

A pass is one batch and the rest after it, nine times as long as the batch took. Between passes the loop asks whether
this engine still leads. A round goes once through all that is old enough; the next one begins after some time.
"""

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta

from timers.clock import Clock
from workflows.engine.metrics import DELETED
from workflows.service.reading import look
from workflows.store import retention
from workflows.store.inline.tables import tables

ROUND_SECONDS = 60.0
REST_SHARE = 9.0
REST_SECONDS_MIN = 0.02

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """What a pass did; see `timers.loop.Counts`."""

    found: int
    more: bool = False
    rests: bool = False


class Retention:
    """See the module. Lives on one event loop.

    Args:
        keep: how long what is closed is kept; None: for good.
        clock: measures how long a batch takes.
    """

    def __init__(self, keep: timedelta | None, clock: Clock) -> None:
        self._keep = keep
        self._clock = clock
        self._stopped = asyncio.Event()
        self._place: retention.Place | None = None
        self._deleted = 0

    def stop(self) -> None:
        """The rest under way ends at once; on the event loop."""
        self._stopped.set()

    async def run_once(self) -> Deleted:
        """One batch, and the rest after it."""
        if self._keep is None:
            return Deleted(found=0)
        began = self._clock.monotonic()
        batch = await look(_batch, self._place, self._keep)
        self._place = batch.next
        self._deleted += batch.deleted
        DELETED.inc(batch.deleted)
        if batch.next is None:
            self._tell()
            return Deleted(found=batch.deleted)
        await self._rest(max(REST_SECONDS_MIN, (self._clock.monotonic() - began) * REST_SHARE))
        return Deleted(found=batch.deleted, more=True)

    def _tell(self) -> None:
        if self._deleted:
            _LOGGER.info(
                "retention has deleted %d executions closed %s ago or earlier", self._deleted, self._keep
            )
        self._deleted = 0

    async def _rest(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopped.wait(), seconds)
        except TimeoutError:
            return


def _batch(place: retention.Place | None, keep: timedelta) -> retention.Batch:
    place = place or retention.first()
    if place is None:
        return retention.Batch(0, None)
    return retention.delete_batch(place, tables("default").now() - keep)
