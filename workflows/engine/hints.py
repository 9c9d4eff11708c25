"""Hints that something was written by somebody else: an inbox has entries, or tasks wait."""

from collections.abc import Callable

from workflows.core.keys import TaskRef
from workflows.engine.listener import Listener
from workflows.service.commits import Commits
from workflows.store.lanes import Drain, Lane


class Hints:
    """Turns hints into drains and offers. On Postgres they come by NOTIFY.

    Args:
        dsn: of Postgres; None on the embedded database.
        commits: takes the drains.
        offer: takes the tasks.
    """

    def __init__(self, dsn: str | None, commits: Commits, offer: Callable[[list[TaskRef]], None]) -> None:
        self._commits = commits
        self._offer = offer
        self._listener = None if dsn is None else Listener(dsn, {"sched_inbox": self._inbox}, self._look)

    def start(self) -> None:
        if self._listener is not None:
            self._listener.start()

    async def stop(self) -> None:
        if self._listener is not None:
            await self._listener.stop()

    def _inbox(self, payload: str) -> None:
        for run_id in payload.split(","):
            self._commits.send(Drain(run_id), Lane.LOOPS, lambda _: None)

    def _look(self) -> None:
        return
