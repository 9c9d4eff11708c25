"""Scenario 30, and more trouble with Redis: it holds hints, so no workflow is lost, whatever becomes of it.

One engine, one worker and one web process live through all of it.
"""

from __future__ import annotations

import json
import os
import signal
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from sched_sdk.client import WorkflowHandle

from tests.e2e.harness.backends import POSTGRES_REDIS, Backend
from tests.e2e.harness.processes import Process
from tests.e2e.harness.slow_wire import SlowWire
from tests.e2e.harness.stack import STREAMING, Stack
from tests.e2e.harness.waiting import let_pass, wait_for
from tests.servers.mortal_redis import MortalRedis
from tests.servers.process import free_port

SLOW_SECONDS = 0.2
"""Added to every answer: hundreds of times what is usual, and within what an engine waits for."""
BEGINS, ENDS = "Redis (dispatch) is unavailable", "Redis (dispatch) is back"
LIVE_BEGINS, LIVE_ENDS = "Redis (live updates) is unavailable", "Redis (live updates) is back"
"""Of the feed's own connection, which notices for itself: a server that is full still tells who listens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Who is there. Between the engine and Redis there is a wire."""

    stack: Stack
    redis: MortalRedis
    wire: SlowWire
    web: str

    def healthz(self) -> tuple[int, dict[str, Any]]:
        return answer_of(f"http://127.0.0.1:{self.stack.metrics_port}/healthz")

    def api_health(self) -> tuple[int, dict[str, Any]]:
        return answer_of(f"{self.web}/api/health")

    @property
    def log(self) -> str:
        assert self.stack.engine is not None
        return self.stack.engine.log

    def stop_redis(self) -> None:
        self.wire.down()
        self.redis.stop()

    def start_redis(self) -> None:
        self.redis.start()
        self.wire.up()


def answer_of(url: str) -> tuple[int, dict[str, Any]]:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, json.load(refusal)


@pytest.fixture(scope="module")
def scene(
    backend_of: Callable[[str, str], Backend], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scene]:
    redis = MortalRedis()
    redis.start()
    wire = SlowWire("127.0.0.1", redis.port)
    variables = {
        **backend_of(POSTGRES_REDIS, "redis-trouble").variables,
        "SCHED_REDIS_URL": f"redis://127.0.0.1:{wire.port}/0",
    }
    folder = tmp_path_factory.mktemp("redis-trouble")
    stack = Stack(Backend(name=POSTGRES_REDIS, variables=variables), STREAMING, folder)
    port = str(free_port())
    web = Process(
        "web",
        ["-m", "daphne", "-v", "0", "-b", "127.0.0.1", "-p", port, "schedproject.asgi:application"],
        {**variables, "ENGINE_ADDRESS": stack.address},
        folder,
    )
    try:
        stack.start_engine()
        stack.start_worker()
        made = Scene(stack=stack, redis=redis, wire=wire, web=f"http://127.0.0.1:{port}")
        stack.warm_up()
        wait_for(lambda: serves(made.web), "web process")
        yield made
    finally:
        web.stop()
        stack.stop()
        wire.down()
        redis.stop()


def serves(web: str) -> bool:
    try:
        return answer_of(f"{web}/api/health")[0] == 200
    except OSError:
        return False


class Work:
    """Some of it begins before the trouble, some in the middle of it, and all of it ends as ever."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._napping = stack.start("Nap", 0.5)
        self._listening = stack.start("SignalDemo")
        self._doubling: list[WorkflowHandle] = []
        stack.wait_until(self._listening, "WS, Y, TS")

    def go_on(self) -> None:
        """Acknowledged while Redis is in trouble."""
        self._doubling += [self._stack.start("Doubling", number) for number in range(5)]
        self._listening.signal("go", "on")

    def ended(self) -> None:
        assert [handle.result(60) for handle in self._doubling] == [2 * number + 1 for number in range(5)]
        assert self._napping.result(60) == "rested"
        assert self._listening.result(60) == "got go=on"
        for handle in self._doubling:
            self._stack.wait_until(handle, "WS, Y, AS, AC, Y, WC")
        self._stack.wait_until(self._napping, "WS, Y, TS, TF, Y, WC")
        self._stack.wait_until(self._listening, "WS, Y, TS, SR, Y, TX, WC")


@contextmanager
def told(scene: Scene, *, outages: int) -> Iterator[None]:
    """The engine's log has a line for the beginning and one for the end of each outage, and no other of Redis."""
    before = len(scene.log)

    def count(line: str) -> int:
        return scene.log.count(line, before)

    yield
    wait_for(
        lambda: count(ENDS) >= outages and count(LIVE_ENDS) == count(LIVE_BEGINS), "line that it is over"
    )
    said = scene.log[before:]
    lines = [line for line in said.splitlines() if "redis" in line.lower()]
    assert (said.count(BEGINS), said.count(ENDS)) == (outages, outages), said
    assert said.count(LIVE_BEGINS) <= outages, said
    assert len(lines) == sum(map(said.count, (BEGINS, ENDS, LIVE_BEGINS, LIVE_ENDS))), said
    assert "Traceback" not in said


def all_is_well(scene: Scene) -> bool:
    return scene.healthz()[1]["redis"] == "ok" and scene.api_health()[0] == 200


def redis_alone_is_down(scene: Scene) -> bool:
    """The engine is well, since a restart of it would not help; the platform is not."""
    (engine, said), (platform, document) = scene.healthz(), scene.api_health()
    return (
        (engine, said["ok"], said["database"], said["redis"]) == (200, True, "ok", "unreachable")
        and (platform, document["status"]) == (503, "down")
        and document["parts"] == {"database": "up", "engine": "up", "redis": "down"}
    )


def test_30_flushed(scene: Scene) -> None:
    """Streams and groups are made anew by who misses them; nobody calls it an outage."""
    with told(scene, outages=0):
        work = Work(scene.stack)
        scene.redis.flush()
        work.go_on()
        scene.redis.flush()
        work.ended()
    assert all_is_well(scene)


def test_30_stopped_for_ten_seconds_and_restarted_empty(scene: Scene) -> None:
    """Clients are served meanwhile; all of it is found again, and health is that of the moment."""
    with told(scene, outages=1):
        work = Work(scene.stack)
        scene.stop_redis()
        try:
            work.go_on()
            wait_for(lambda: redis_alone_is_down(scene), "truth about Redis")
            stays_away_for_ten_seconds()
            assert redis_alone_is_down(scene)
        finally:
            scene.start_redis()
        work.ended()
    wait_for(lambda: all_is_well(scene), "health")


def stays_away_for_ten_seconds() -> None:
    let_pass(10.0)


def test_an_outage_is_noticed_without_traffic(scene: Scene) -> None:
    """So is its end: nobody has to start a workflow first."""
    with told(scene, outages=1):
        scene.stop_redis()
        try:
            wait_for(lambda: redis_alone_is_down(scene), "truth about Redis")
        finally:
            scene.start_redis()
        wait_for(lambda: all_is_well(scene), "health")


@pytest.mark.parametrize("refusing", [MortalRedis.full, MortalRedis.replica])
def test_refusing(scene: Scene, refusing: Callable[[MortalRedis], AbstractContextManager[None]]) -> None:
    """A server without memory, or a read-only replica, answers and carries nothing: it counts as away."""
    with told(scene, outages=1):
        work = Work(scene.stack)
        with refusing(scene.redis):
            work.go_on()
            wait_for(lambda: redis_alone_is_down(scene), "truth about Redis")
        work.ended()
    wait_for(lambda: all_is_well(scene), "health")


def test_slow(scene: Scene) -> None:
    """Answers that come late are no outage."""
    with told(scene, outages=0):
        work = Work(scene.stack)
        scene.wire.delay = SLOW_SECONDS
        try:
            work.go_on()
            work.ended()
            assert all_is_well(scene)
        finally:
            scene.wire.delay = 0.0


def test_frozen(scene: Scene) -> None:
    """Connections stay, and nothing is answered: no commit waits for it."""
    with told(scene, outages=1):
        work = Work(scene.stack)
        pid = scene.redis.pid
        os.kill(pid, signal.SIGSTOP)
        try:
            work.go_on()
            wait_for(lambda: redis_alone_is_down(scene), "truth about Redis")
        finally:
            os.kill(pid, signal.SIGCONT)
        work.ended()
    wait_for(lambda: all_is_well(scene), "health")
