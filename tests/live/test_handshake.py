"""Who may connect to `/ws`, and who is refused before a message is read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from pytest_django import Settings

from tests.api.caller import Caller
from tests.api.credentials import HOST, caller_of
from tests.live.wire import PATIENCE_SECONDS, communicator, connected, converse, is_let_in
from workflows.live.connection import Connection
from workflows.live.handshake import Handshake

OURS = {"host": HOST}


@pytest.mark.parametrize(
    ("more", "let_in"),
    [
        ({}, True),
        ({"origin": f"http://{HOST}"}, True),
        ({"origin": "http://127.0.0.1:8080"}, True),
        ({"origin": "http://127.0.0.1:5173"}, False),
        ({"origin": "http://localhost"}, False),
        ({"origin": "http://localhost:99999"}, False),
        ({"host": "localhost", "origin": "http://localhost"}, True),
        ({"host": "localhost", "origin": "https://localhost"}, True),
        ({"host": "localhost:443", "origin": "https://localhost"}, True),
        ({"host": "localhost", "origin": "http://localhost:8080"}, False),
        ({"host": "localhost:80", "origin": "https://localhost"}, False),
        ({"host": "[::1]:8080", "origin": "http://[::1]:8080"}, True),
        ({"origin": "https://evil.example"}, False),
        ({"origin": "http://localhost.evil.example"}, False),
        ({"origin": "null"}, False),
        ({"origin": "http://[::1"}, False),
        ({"origin": "file://localhost/x"}, False),
        ({"host": "evil.example"}, False),
    ],
)
@pytest.mark.usefixtures("live_threads")
async def test_a_page_of_another_site_does_not_read_along(more: dict[str, str], let_in: bool) -> None:
    """Not even where access is open: browsers let every page connect to this machine."""
    assert await is_let_in(OURS | more) is let_in


@pytest.mark.usefixtures("live_threads")
async def test_there_is_one_path() -> None:
    """Others are refused, and none makes an error of the server's."""
    for path in ("/", "/ws/", "/ws/overview", "/api/workflows"):
        assert not await is_let_in(OURS, path)


def test_a_session_counts_with_an_origin_of_ours_only(api: Caller, guard: Callable[[], None]) -> None:
    """A cookie is sent along whoever's page asks; a program that steals one is no browser."""
    guard()
    headers = caller_of("viewer").headers
    assert asyncio.run(is_let_in(headers))
    del headers["origin"]
    assert not asyncio.run(is_let_in(headers))


def test_a_key_in_the_url_is_none(api: Caller, guard: Callable[[], None]) -> None:
    """It would be in the logs of everything on the way."""
    guard()
    key = caller_of("client key").key
    for name in ("key", "token", "access_token", "Authorization"):
        assert not asyncio.run(is_let_in(OURS, f"/ws?{name}=Bearer%20{key}"))


def test_who_tries_keys_is_held_up(api: Caller, guard: Callable[[], None]) -> None:
    """After ten refused ones even a good one from that address is not looked at, by either door."""
    guard()
    good = caller_of("client key")
    bad = {"host": HOST, "authorization": "Bearer sched_nonsense"}
    for _ in range(10):
        assert not asyncio.run(is_let_in(bad))
    assert not asyncio.run(is_let_in(good.headers))


def test_messages_count_as_calls(api: Caller, guard: Callable[[], None], settings: Settings) -> None:
    """The handshake is one, and each message; beyond the bound they are refused, and the connection goes on."""
    guard()
    settings.SCHED = replace(settings.SCHED, rate_limit=2)
    answers = asyncio.run(
        converse(
            caller_of("client key").headers,
            *({"subscribe": "overview", "id": number} for number in (1, 2, 3)),
        )
    )
    assert answers is not None
    assert [each.get("error", {}).get("status", 0) for each in answers] == [0, 429, 429]


async def test_connections_are_bounded() -> None:
    """One more is refused; who leaves makes room."""

    async def web(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await receive()

    door = Handshake(web, most=1)
    first, second, third = (communicator(OURS, web=door) for _ in range(3))
    assert (await first.connect())[0]
    assert not (await second.connect())[0]
    await first.disconnect()
    assert (await third.connect())[0]
    await third.disconnect()


def test_connections_of_one_caller_are_bounded(api: Caller, guard: Callable[[], None]) -> None:
    """One more is refused, another caller is let in, and who leaves makes room."""
    guard()
    one, other = caller_of("client key").headers, caller_of("viewer").headers
    door = Handshake(Connection.as_asgi(), of_caller=2)

    async def fill() -> list[bool]:
        sockets = [communicator(headers, web=door) for headers in (one, one, one, other)]
        let_in = [(await socket.connect(PATIENCE_SECONDS))[0] for socket in sockets]
        await sockets[0].disconnect()
        sockets.append(communicator(one, web=door))
        let_in.append((await sockets[-1].connect(PATIENCE_SECONDS))[0])
        for socket in (sockets[1], *sockets[3:]):
            await socket.disconnect()
        await sockets[2].wait()
        return let_in

    assert asyncio.run(fill()) == [True, True, False, True, True]


async def test_messages_follow_the_handshake() -> None:
    """Under open access nothing is asked for."""
    async with connected(OURS) as socket:
        assert await socket.receive_nothing()
