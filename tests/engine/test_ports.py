"""Probes: whether a process is at work, and whether callers should come."""

from __future__ import annotations

import asyncio
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from workflows.engine.ports import MetricsPort, turns


class Probed:
    """A port whose answers are told by a test."""

    def __init__(self) -> None:
        self.lives = self.ready = True
        self._port = MetricsPort(
            "127.0.0.1", 0, lambda: {"ok": True}, lambda: self.lives, lambda: self.ready, lambda _: False
        )
        self._port.start()

    def status(self, path: str) -> int:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port.port}{path}", timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code

    def stop(self) -> None:
        self._port.stop()


@pytest.fixture
def probed() -> Iterator[Probed]:
    port = Probed()
    yield port
    port.stop()


@pytest.mark.parametrize(("path", "other"), [("/livez", "/readyz"), ("/readyz", "/livez")])
def test_each_question_has_its_own_answer(probed: Probed, path: str, other: str) -> None:
    """200 for yes, 503 for no; without a key."""
    assert probed.status(path) == 200
    probed.lives, probed.ready = path != "/livez", path != "/readyz"
    assert (probed.status(path), probed.status(other), probed.status("/healthz")) == (503, 200, 200)


def test_metrics_want_a_key_and_other_paths_are_none(probed: Probed) -> None:
    """Whatever probes may ask."""
    assert (probed.status("/metrics"), probed.status("/")) == (401, 404)


async def test_an_event_loop_that_turns_lives() -> None:
    """It is asked from another thread, and answers while others work on it."""
    assert await asyncio.to_thread(turns, asyncio.get_running_loop())


def test_an_event_loop_that_is_stuck_or_closed_does_not() -> None:
    """A callback that never ends; an end."""
    loop, stuck, release = asyncio.new_event_loop(), threading.Event(), threading.Event()

    def block() -> None:
        stuck.set()
        release.wait()
        loop.stop()

    loop.call_soon(block)
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    stuck.wait()
    assert not turns(loop, patience=0.01)
    release.set()
    thread.join()
    loop.close()
    assert not turns(loop, patience=0.01)
