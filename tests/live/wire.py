"""Callers of `/ws`: one that speaks to the project's ASGI application itself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from channels.testing import WebsocketCommunicator

from schedproject.asgi import application

PATIENCE_SECONDS = 10.0


def communicator(
    headers: Mapping[str, str], path: str = "/ws", *, web: Any = application
) -> WebsocketCommunicator:
    return WebsocketCommunicator(
        web, path, headers=[(name.encode(), value.encode()) for name, value in headers.items()]
    )


@asynccontextmanager
async def connected(headers: Mapping[str, str]) -> AsyncIterator[WebsocketCommunicator]:
    """A caller who was let in."""
    socket = communicator(headers)
    accepted, _ = await socket.connect(PATIENCE_SECONDS)
    assert accepted
    try:
        yield socket
    finally:
        await socket.disconnect()


async def is_let_in(headers: Mapping[str, str], path: str = "/ws") -> bool:
    socket = communicator(headers, path)
    accepted, _ = await socket.connect(PATIENCE_SECONDS)
    if accepted:
        await socket.disconnect()
    else:
        await socket.wait()
    return bool(accepted)


async def ask(socket: WebsocketCommunicator, message: Any) -> Any:
    """The answer to one message."""
    await socket.send_json_to(message)
    return await socket.receive_json_from(PATIENCE_SECONDS)


async def converse(headers: Mapping[str, str], *sent: Any) -> list[Any] | None:
    """The answers to these messages, one after the other; None: refused at the handshake."""
    socket = communicator(headers)
    accepted, _ = await socket.connect(PATIENCE_SECONDS)
    if not accepted:
        await socket.wait()
        return None
    answers = [await ask(socket, message) for message in sent]
    await socket.disconnect()
    return answers
