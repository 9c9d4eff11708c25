"""The audit of an engine's callers: noted after the commit, written together a moment later.

An act that was committed gets its entry `LINGER_SECONDS` later, or when the database can be reached again; whether its
caller still waits for the answer does not matter. What a crash takes of the last moment, or an outage past
`WAITING_MAX`, the histories tell all the same, under the same identity. Where access is open nobody is somebody, and
nothing is noted.

A write whose outcome is unknown is looked for before it is made again, so no entry is there twice.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any, Final, Protocol

from timers.clock import Clock
from workflows.access import audit
from workflows.access.audit import NO_DETAILS, Act
from workflows.access.principal import Principal
from workflows.core.keys import DEFAULT_NAMESPACE
from workflows.core.transition import Started, Steered
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
    """Called once, when the act is durable."""

    def __call__(self, workflow_id: str, run_id: str) -> None: ...


def noting(note: Note | None, step: Callable[[Any], None]) -> Callable[[Any], None]:
    """What hears of a commit: it notes the act, if that changed something, and goes on with `step`."""
    if note is None:
        return step

    def heard(reply: Any) -> None:
        note_reply(note, reply)
        step(reply)

    return heard


def note_reply(note: Note | None, reply: Any) -> None:
    """Notes an act whose answer this is; nothing for a refusal, or for one that changed nothing."""
    if note is None:
        return
    if isinstance(reply, Started) and (reply.started or reply.signaled):
        note(reply.workflow_id, reply.run_id)
    elif isinstance(reply, Steered) and reply.changed:
        note("", reply.run_id)


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
        self._closing = asyncio.Event()
        self._at_once = AT_ONCE
        """One by one after a refusal, until nothing waits."""
        self._uncertain = 0
        """How many of the first of those that wait may be there already: all of them, or none."""

    def by(
        self,
        who: Principal,
        action: str,
        *,
        namespace: str = "",
        reason: str = "",
        workflow_id: str = "",
        details: Mapping[str, object] = NO_DETAILS,
    ) -> Note | None:
        """What notes this act of theirs; made while it is known who they are. None: nobody that has a name."""
        if not who.name:
            return None
        act = Act(
            action=action,
            workflow_id=workflow_id,
            reason=reason,
            namespace=namespace or DEFAULT_NAMESPACE,
            details=details,
        )
        return partial(self._note, who, act)

    async def close(self) -> None:
        """Write what waits, and what is being written; give up where the database is away. It raises nothing."""
        self._closing.set()
        if self._writing is not None:
            await self._writing
        await self._write()
        if self._waiting:
            _LOGGER.error(
                "%d acts have no audit entry: the engine stops, and could not write them", len(self._waiting)
            )

    def _note(self, who: Principal, act: Act, workflow_id: str, run_id: str) -> None:
        if len(self._waiting) >= WAITING_MAX:
            self._dropped += 1
            return
        found = replace(act, workflow_id=act.workflow_id or workflow_id, run_id=run_id)
        self._waiting.append(audit.entry_of(who, self._door, found, self._clock.now()))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.ensure_future(self._write_soon())

    async def _write_soon(self) -> None:
        pause = LINGER_SECONDS
        while self._waiting and not self._closing.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), pause)
            pause = LINGER_SECONDS if await self._write() else AGAIN_SECONDS

    async def _write(self) -> bool:
        """Writes all that waits; False where the database is away. What it refuses is told, and left out."""
        while self._waiting:
            batch = self._waiting[: self._uncertain or self._at_once]
            try:
                await look(_write_once, batch, uncertain=self._uncertain > 0)
            except OUTAGES:
                self._uncertain = len(batch)
                return False
            except Exception:  # one that it refuses must not take the others along, nor end the engine
                self._uncertain = 0
                if len(batch) > 1:
                    self._at_once = 1
                    continue
                _LOGGER.exception("an act of %s has no audit entry: the database refused it", batch[0].action)
            self._uncertain = 0
            del self._waiting[: len(batch)]
        self._at_once = AT_ONCE
        if self._dropped:
            _LOGGER.error("%d acts have no audit entry: too many waited for the database", self._dropped)
            self._dropped = 0
        return True


def _write_once(batch: Sequence[AuditEntry], *, uncertain: bool) -> None:
    """In one transaction; not at all where an attempt before was committed, though nobody heard of it."""
    if uncertain and audit.is_there(batch[0]):
        return
    for entry in batch:
        entry.pk = None  # of an attempt before
    audit.write(batch)
