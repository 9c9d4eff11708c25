"""The audit of an engine's callers: noted after the commit, written together a moment later.

An act that has been acknowledged gets its entry `LINGER_SECONDS` later, or when the database can be reached again. What
a crash takes of the last moment, or an outage past `WAITING_MAX`, the histories tell all the same, under the same
identity. Where access is open nobody is somebody, and nothing is noted.
"""

import asyncio
import logging
from collections.abc import Mapping
from functools import partial
from typing import Final, Protocol

from timers.clock import Clock
from workflows.access import audit
from workflows.access.audit import NO_DETAILS, Act
from workflows.access.principal import Principal
from workflows.core.keys import DEFAULT_NAMESPACE
from workflows.models import AuditEntry
from workflows.service.reading import look
from workflows.store.away import OUTAGES

_LOGGER = logging.getLogger(__name__)

LINGER_SECONDS: Final = 0.5
AGAIN_SECONDS: Final = 2.0
"""After a write that failed because the database was away."""
AT_ONCE: Final = 1_000
WAITING_MAX: Final = 100_000
"""About a hundred bytes each."""


class Note(Protocol):
    """Called once the act is durable."""

    def __call__(self, workflow_id: str, run_id: str) -> None: ...


class Acts:
    """Lives on one event loop.

    Args:
        clock: dates the entries.
        door: through which these callers come.
    """

    def __init__(self, clock: Clock, door: str) -> None:
        self._clock = clock
        self._door = door
        self._waiting: list[AuditEntry] = []
        self._dropped = 0
        self._writing: asyncio.Task[None] | None = None

    def by(
        self,
        who: Principal,
        action: str,
        *,
        namespace: str = "",
        reason: str = "",
        details: Mapping[str, object] = NO_DETAILS,
    ) -> Note:
        """What notes this act of theirs; made while it is known who they are."""
        if not who.name:
            return _nothing
        return partial(self._note, who, action, namespace or DEFAULT_NAMESPACE, reason, details)

    async def close(self) -> None:
        """Write what waits; once, and not again if the database is away."""
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)
        try:
            await self._write()
        except OUTAGES:
            _LOGGER.warning("%d audit entries were not written: no database", len(self._waiting))

    def _note(
        self,
        who: Principal,
        action: str,
        namespace: str,
        reason: str,
        details: Mapping[str, object],
        workflow_id: str,
        run_id: str,
    ) -> None:
        if len(self._waiting) >= WAITING_MAX:
            self._dropped += 1
            return
        act = Act(
            action=action,
            workflow_id=workflow_id,
            run_id=run_id,
            reason=reason,
            namespace=namespace,
            details=details,
        )
        self._waiting.append(audit.entry_of(who, self._door, act, self._clock.now()))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.ensure_future(self._write_soon())

    async def _write_soon(self) -> None:
        pause = LINGER_SECONDS
        while self._waiting:
            await asyncio.sleep(pause)
            try:
                await self._write()
                pause = LINGER_SECONDS
            except OUTAGES:
                pause = AGAIN_SECONDS

    async def _write(self) -> None:
        while self._waiting:
            batch = self._waiting[:AT_ONCE]
            await look(audit.write, batch)
            del self._waiting[: len(batch)]
        if self._dropped:
            _LOGGER.error("%d acts have no audit entry: too many waited for the database", self._dropped)
            self._dropped = 0


def _nothing(workflow_id: str, run_id: str) -> None:
    """Nobody is known who could be named."""
