"""Hints from other processes, by LISTEN: an inbox has entries, or (without Redis) tasks were written.

The inline writer notifies inside its transaction, so a hint comes if and only if it commits. A hint that is lost with
the connection costs latency: the sweeps find what it told of.
"""

import asyncio
import logging
import random
from collections.abc import Callable
from contextlib import suppress

import psycopg

from timers.trouble import Trouble

_LOGGER = logging.getLogger(__name__)

RETRY_FIRST = 0.1
RETRY_MAX = 2.0
"""Seconds between attempts to connect; the sweeps look for what was missed as often as that."""
SESSION = "listener"
"""As it is told of."""


class Listener:
    """One connection of its own, on the event loop.

    Args:
        dsn: a direct connection; LISTEN does not survive a pooler.
        channels: by name, what takes the payload of a notification.
        trouble: is told how the database fares here.
    """

    def __init__(self, dsn: str, channels: dict[str, Callable[[str], None]], trouble: Trouble) -> None:
        self._dsn = dsn
        self._trouble = trouble
        self._channels = channels
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="listener")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        delay = RETRY_FIRST
        while True:
            try:
                await self._listen()
            except (psycopg.Error, OSError) as error:
                self._trouble.failed(SESSION, error)
            await asyncio.sleep(delay * random.uniform(0.5, 1.0))  # noqa: S311 - jitter, no secret
            delay = min(delay * 2, RETRY_MAX) if SESSION in self._trouble.failing else RETRY_FIRST

    async def _listen(self) -> None:
        connection = await psycopg.AsyncConnection.connect(
            self._dsn, autocommit=True, application_name="sched listener"
        )
        async with connection:
            for channel in self._channels:
                await connection.execute(psycopg.sql.SQL("LISTEN {}").format(psycopg.sql.Identifier(channel)))
            self._trouble.worked(SESSION)
            async for hint in connection.notifies():
                self._take(hint)

    def _take(self, hint: psycopg.Notify) -> None:
        """Whoever may connect may notify, an engine of another version among them: what we cannot read is no end."""
        try:
            self._channels[hint.channel](hint.payload)
        except Exception:
            _LOGGER.exception("a hint of %s was not understood", hint.channel)
