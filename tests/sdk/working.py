"""A worker under test: its client, running against a peer, stopped at the end whatever happened."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sched_sdk.client import AsyncClient

from tests.sdk.peer import PATIENCE_SECONDS, Peer


@asynccontextmanager
async def running_worker(client: AsyncClient, **arguments: Any) -> AsyncIterator["asyncio.Task[None]"]:
    """Run a worker for what is registered with the client."""
    arguments.setdefault("shutdown_grace", 2)
    running = asyncio.ensure_future(client.run_worker(handle_signals=False, **arguments))
    try:
        yield running
    finally:
        await stop(client, running)


async def stop(client: AsyncClient, running: "asyncio.Task[None]") -> None:
    """Drain; then, should that not have been enough, at once."""
    client.stop()
    done, _ = await asyncio.wait([running], timeout=PATIENCE_SECONDS)
    client.stop()
    await running
    assert done, "the worker did not drain in time"


def client_of(peer: Peer, **options: Any) -> AsyncClient:
    return AsyncClient(peer.address, **options)
