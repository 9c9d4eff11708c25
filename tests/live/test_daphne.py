"""`/ws` as a program meets it: `manage.py runweb`, a socket, and the bytes of the protocol."""

from __future__ import annotations

import base64
import json
import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from http.client import HTTPConnection
from typing import Any

import pytest
from pytest_django import DjangoDbBlocker

from tests.api.credentials import Credentials, caller_of
from tests.e2e.harness.processes import ROOT, clean_environment
from tests.e2e.harness.waiting import wait_for
from tests.servers.process import free_port
from tests.store.databases import Database
from tests.store.default import as_default
from workflows.access import keys
from workflows.client import start_workflow
from workflows.live.inbound import TOO_MANY_WAIT
from workflows.live.messages import MESSAGE_MAX
from workflows.models import ApiKey

pytestmark = pytest.mark.e2e
UP_SECONDS = 60.0
PATIENCE_SECONDS = 20.0
TEXT, CLOSE = 1, 8
LARGE, LARGE_BYTES = 12, 1024 * 1024
"""Executions with a memo; more than the system's buffers hold."""


class Wire:
    """A WebSocket's client side, for short messages; `status` is that of the handshake's answer."""

    def __init__(self, port: int, headers: dict[str, str]) -> None:
        self._http = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
        key = base64.b64encode(os.urandom(16)).decode()
        asked = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
        self._http.request("GET", "/ws", headers={**asked, "Sec-WebSocket-Key": key, **headers})
        self._socket: socket.socket = self._http.sock
        answer = self._http.getresponse()
        self.status = answer.status
        self._stream = answer.fp

    def close(self) -> None:
        self._http.close()
        self._socket.close()

    def announce(self, size: int) -> None:
        """The head of a frame of text, with a mask that changes nothing."""
        length = bytes([0xFE]) + size.to_bytes(2) if size <= 0xFFFF else bytes([0xFF]) + size.to_bytes(8)
        if size < 126:
            length = bytes([0x80 | size])
        self._socket.sendall(bytes([0x80 | TEXT]) + length + bytes(4))

    def send(self, text: str) -> None:
        data = text.encode()
        self.announce(len(data))
        self._socket.sendall(data)

    def flood(self, text: str, count: int) -> None:
        """So many at once; short ones."""
        data = text.encode()
        self._socket.sendall((bytes([0x80 | TEXT, 0x80 | len(data)]) + bytes(4) + data) * count)

    def receive(self) -> tuple[int, bytes]:
        """The next frame: its kind, and what it holds."""
        kind, size = self._stream.read(2)
        if size == 126:
            size = int.from_bytes(self._stream.read(2))
        elif size == 127:
            size = int.from_bytes(self._stream.read(8))
        return kind & 0x0F, self._stream.read(size)

    def answer(self, message: Any) -> Any:
        self.send(json.dumps(message))
        kind, data = self.receive()
        assert kind == TEXT, (kind, data)
        return json.loads(data)


@pytest.fixture(scope="module")
def server(sqlite_store: Database) -> Iterator[int]:
    """The web process on that database, with credentials demanded; its port."""
    port = free_port()
    variables = {"SCHED_DATABASE_PATH": sqlite_store.target, "DASHBOARD_PORT": str(port)}
    process = subprocess.Popen(
        [sys.executable, "manage.py", "runweb"],
        cwd=ROOT,
        env=clean_environment({**variables, "SCHED_AUTH": "required"}),
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_for(lambda: answers(port) or process.poll() is not None, "an answer", seconds=UP_SECONDS)
        yield port
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


@pytest.fixture
def who(sqlite_store: Database, django_db_blocker: DjangoDbBlocker) -> Iterator[Credentials]:
    with django_db_blocker.unblock(), as_default(sqlite_store):
        yield caller_of("client key")


def answers(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/api/health", timeout=2)
    except urllib.error.HTTPError:
        return True  # no engine runs here
    except OSError:
        return False
    return True


def shown(port: int, who: Credentials) -> dict[str, str]:
    return {"Host": f"localhost:{port}", "Authorization": f"Bearer {who.key}"}


def test_who_shows_no_credentials_is_refused_at_the_handshake(server: int) -> None:
    """403, and no socket."""
    with closing(Wire(server, {"Host": f"localhost:{server}"})) as wire:
        assert wire.status == 403


def test_a_key_lets_in_and_subscriptions_are_answered(server: int, who: Credentials) -> None:
    """Through the server as it is deployed; a bad message ends nothing."""
    with closing(Wire(server, shown(server, who))) as wire:
        assert wire.status == 101
        assert wire.answer({"subscribe": "overview", "id": 1})["snapshot"]["counts"]["RUNNING"] == 0
        assert wire.answer({"subscribe": "nothing", "id": 2})["error"]["code"] == "INVALID"
        assert wire.answer({"subscribe": {"list": {}}, "id": 3})["snapshot"]["workflows"] == []
        assert wire.answer({"subscribe": "x" * MESSAGE_MAX, "id": 4})["error"]["status"] == 400


def test_a_message_beyond_all_bounds_ends_the_connection(server: int, who: Credentials) -> None:
    """At its head, before anything of it is held."""
    with closing(Wire(server, shown(server, who))) as wire:
        wire.announce(4 * MESSAGE_MAX + 1)
        with pytest.raises(ConnectionResetError):
            wire.receive()


def test_who_sends_faster_than_he_is_answered_is_closed(server: int, who: Credentials) -> None:
    """With 4408; what the server would keep without a bound is counted as it comes."""
    with closing(Wire(server, shown(server, who))) as wire:
        wire.flood('{"subscribe": "overview", "id": 1}', 1_000)
        kind, data = wire.receive()
        while kind == TEXT:
            kind, data = wire.receive()
        assert (kind, int.from_bytes(data[:2])) == (CLOSE, TOO_MANY_WAIT)


def test_who_asks_for_much_and_reads_nothing_is_closed(
    server: int, who: Credentials, sqlite_store: Database, django_db_blocker: DjangoDbBlocker
) -> None:
    """With 4408: what the server keeps for him is counted, and has a bound."""
    with django_db_blocker.unblock(), as_default(sqlite_store):
        for _ in range(LARGE):
            start_workflow("Ship", memo={"large": "x" * LARGE_BYTES})
    try:
        with closing(Wire(server, shown(server, who))) as wire:
            wire.send(json.dumps({"subscribe": {"list": {}}, "id": 1}))
            wire.send(json.dumps({"unsubscribe": 1}))
            kind, data = wire.receive()
            while kind == TEXT:
                kind, data = wire.receive()
            assert (kind, int.from_bytes(data[:2])) == (CLOSE, TOO_MANY_WAIT)
    finally:
        with django_db_blocker.unblock():
            sqlite_store.clear()


def test_the_end_of_a_key_is_noticed(server: int, who: Credentials) -> None:
    """Within ten seconds and a little, by the process that runs."""
    with closing(Wire(server, shown(server, who))) as wire:
        assert wire.answer({"subscribe": "overview", "id": 1})["revision"] == 1
        assert keys.revoke(ApiKey.objects.get(name=who.name.removeprefix("key/")), datetime.now(UTC))
        kind, data = wire.receive()
        assert (kind, int.from_bytes(data[:2])) == (CLOSE, 4401)
