"""The seam between a topic and its subscribers: what all of them are shown, made once."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from dispatch.feed.values import Change
from workflows.live.tick import Tick
from workflows.store import reader

Look = Callable[[Mapping[str, reader.Execution]], Any]
"""In a thread: what the database says besides the headers of the changed runs."""


class View(Protocol):
    """A topic, for those who may see payloads or for those who may not. Lives on one event loop, but for `read`."""

    wants_rows: bool
    """Whether it shows the rows of all runs."""

    async def ready(self) -> None:
        """Waits for what `accept` needs besides, if anything."""

    def read(self) -> Any:
        """In a thread: what a snapshot needs of the database.

        Raises:
            Rejected: NOT_FOUND.
        """

    def accept(self, found: Any, *, everybody: bool) -> str:
        """The snapshot. `everybody`: all subscribers get it, and so changes are told from there on."""

    def look(self, changes: Mapping[str, Change]) -> Look | None:
        """What has to be read besides because of these changes, by workflow id."""

    def change(self, tick: Tick, looked: Any) -> str | None:
        """What is to be told of a tick; None: nothing."""
