"""Messages that wait while one is answered: bounded by number and by size."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from channels.testing import WebsocketCommunicator

from tests.api.credentials import HOST
from tests.live.wire import PATIENCE_SECONDS, ask, connected
from workflows.live import threads
from workflows.live.inbound import TOO_MANY_WAIT, WAITING_CHARACTERS_MAX, WAITING_MAX

OURS = {"host": HOST}


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """The one thread that takes snapshots is busy until it is set; one of nothing is refused without the database."""
    released = threading.Event()
    with ThreadPoolExecutor(max_workers=1) as busy:
        monkeypatch.setattr(threads, "_threads", busy)
        yield released
        released.set()


async def begin(socket: WebsocketCommunicator, held: threading.Event) -> None:
    """An answer that is not ready while the thread is held."""
    threads._threads.submit(held.wait)
    await socket.send_json_to({"subscribe": {"workflow": "nobody"}, "id": 1})
    assert await socket.receive_nothing()


@pytest.mark.usefixtures("database")
async def test_as_many_as_may_wait_are_answered(held: threading.Event) -> None:
    """One after the other, in their order."""
    async with connected(OURS) as socket:
        await begin(socket, held)
        for number in range(WAITING_MAX):
            await socket.send_json_to({"unsubscribe": number})
        assert await socket.receive_nothing()
        held.set()
        answers = [await socket.receive_json_from(PATIENCE_SECONDS) for _ in range(WAITING_MAX + 1)]
    assert [each["id"] for each in answers] == [1, *range(WAITING_MAX)]


@pytest.mark.parametrize(
    ("text", "count"),
    [("{}", WAITING_MAX + 1), ("x" * 65_536, WAITING_CHARACTERS_MAX // 65_536 + 1)],
    ids=["many", "long"],
)
@pytest.mark.usefixtures("database")
async def test_one_more_ends_the_connection(held: threading.Event, text: str, count: int) -> None:
    """At once, whatever is being answered; what it sends after that is not kept, and the connection ends as ever."""
    async with connected(OURS) as socket:
        await begin(socket, held)
        for _ in range(count):
            await socket.send_to(text_data=text)
        closed = await socket.receive_output(PATIENCE_SECONDS)
        assert closed == {"type": "websocket.close", "code": TOO_MANY_WAIT}
        for _ in range(count):
            await socket.send_to(text_data=text)
        held.set()
        assert (await socket.receive_json_from(PATIENCE_SECONDS))["id"] == 1
        assert await socket.receive_nothing()
    async with connected(OURS) as other:
        assert (await ask(other, {"unsubscribe": 7}))["id"] == 7
