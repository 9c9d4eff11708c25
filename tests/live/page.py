"""A page of somebody's own: it keeps what it is told by the rules of the protocol (`docs/live.md`)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from channels.testing import WebsocketCommunicator

from tests.live.wire import PATIENCE_SECONDS, connected


class Shown:
    """What one subscription has come to show."""

    def __init__(self) -> None:
        self.revision = 0
        self.snapshots = 0
        self.counts: dict[str, int] = {}
        self.recent: list[dict[str, Any]] = []
        self.rows: dict[str, dict[str, Any]] = {}
        self.workflow: dict[str, Any] = {}
        self.events: dict[int, dict[str, Any]] = {}
        self.more = False
        self.error: dict[str, Any] | None = None

    def take(self, message: Mapping[str, Any]) -> None:
        if "error" in message:
            self.error = message["error"]
            return
        self.revision += 1
        assert message["revision"] == self.revision
        if "snapshot" in message:
            self.snapshots += 1
            self._replace(message["snapshot"])
        else:
            self._change(message["changed"])

    def _replace(self, found: Mapping[str, Any]) -> None:
        self.counts = dict(found.get("counts", {}))
        self.recent = found.get("recent", [])
        self.rows = {row["runId"]: row for row in found.get("workflows", ())}
        self.workflow = dict(found.get("workflow", {}))

    def _change(self, found: Mapping[str, Any]) -> None:
        self.counts |= found.get("counts", {})
        self.recent = (found.get("recent", []) + self.recent)[:50]
        self.rows |= {row["runId"]: row for row in found.get("workflows", ())}
        for run in found.get("gone", ()):
            self.rows.pop(run, None)
        if "after" in found:
            self._follow(found)

    def _follow(self, found: Mapping[str, Any]) -> None:
        if found["workflow"].get("runId", self.workflow["runId"]) != self.workflow["runId"]:
            assert found["after"] == 0
            self.events.clear()
        self.workflow |= found["workflow"]
        self.events |= {event["number"]: event for event in found["events"]}
        self.more = found["more"]

    @property
    def types(self) -> list[str]:
        return [event["type"] for _, event in sorted(self.events.items())]


class Page:
    def __init__(self, socket: WebsocketCommunicator) -> None:
        self.socket = socket
        self.shown: dict[int, Shown] = {}
        self.messages: list[Any] = []

    async def subscribe(self, topic: Any, number: int = 1) -> Shown:
        """Returns with the snapshot."""
        shown = self.shown[number] = Shown()
        await self.socket.send_json_to({"subscribe": topic, "id": number})
        await self.until(lambda: shown.snapshots > 0)
        return shown

    async def until(self, holds: Callable[[], bool]) -> None:
        """Takes messages until it holds."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not holds():
                message = await self.socket.receive_json_from(PATIENCE_SECONDS)
                self.messages.append(message)
                if message["id"] in self.shown:
                    self.shown[message["id"]].take(message)

    async def is_quiet(self) -> bool:
        """Nothing waits, and nothing comes for a moment."""
        return bool(await self.socket.receive_nothing(0.3))


@asynccontextmanager
async def opened(headers: Mapping[str, str]) -> AsyncIterator[Page]:
    async with connected(headers) as socket:
        yield Page(socket)
