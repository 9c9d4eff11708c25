"""Hints from other processes, by LISTEN: an inbox has entries, or (without Redis) tasks were written.

The inline writer notifies inside its transaction, so a hint comes if and only if it commits. A hint that is lost with
the connection costs latency: the sweeps find what it told of.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress

import psycopg

_LOGGER = logging.getLogger(__name__)

RETRY_SECONDS = 0.5


class Listener:
    """One connection of its own, on the event loop.

    Args:
        dsn: a direct connection; LISTEN does not survive a pooler.
        channels: by name, what takes the payload of a notification.
    """

    def __init__(self, dsn: str, channels: dict[str, Callable[[str], None]]) -> None:
        self._dsn = dsn
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
        failing = False
        while True:
            try:
                await self._listen(failing)
            except (psycopg.Error, OSError) as error:
                if not failing:
                    _LOGGER.warning("listening for hints fails: %s", error)
                failing = True
                await asyncio.sleep(RETRY_SECONDS)
            else:
                failing = False

    async def _listen(self, was_failing: bool) -> None:
        connection = await psycopg.AsyncConnection.connect(
            self._dsn, autocommit=True, application_name="sched listener"
        )
        async with connection:
            for channel in self._channels:
                await connection.execute(psycopg.sql.SQL("LISTEN {}").format(psycopg.sql.Identifier(channel)))
            if was_failing:
                _LOGGER.info("listening for hints again")
            async for hint in connection.notifies():
                self._take(hint)

    def _take(self, hint: psycopg.Notify) -> None:
        """Whoever may connect may notify, an engine of another version among them: what we cannot read is no end."""
        try:
            self._channels[hint.channel](hint.payload)
        except Exception:
            _LOGGER.exception("a hint of %s was not understood", hint.channel)
