"""`runengine --processes`: engines on one port, and what becomes of the work when one of them, or the parent, ends."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest
from sched_sdk.client import Client

from tests.e2e.harness import histories
from tests.e2e.harness.backends import POSTGRES_REDIS, Backend
from tests.e2e.harness.load import load_on
from tests.e2e.harness.several import PROCESSES, Several, all_gone, has_ended
from tests.e2e.harness.waiting import wait_for
from tests.e2e.test_runengine import refused

pytestmark = pytest.mark.redis
CONNECTIONS = 64
"""That the kernel deals all of them out to one process happens once in 2 ** 63 times."""
GRACE_SECONDS = 8.0
ORPHAN_SECONDS = 10.0
WORKFLOWS = 20


@pytest.fixture
def several(backend_of: Callable[[str, str], Backend], tmp_path: Path) -> Iterator[Several]:
    """Two engines of one parent, and no worker yet."""
    made = Several(backend_of(POSTGRES_REDIS, "several-processes"), tmp_path)
    try:
        made.start()
        yield made
    finally:
        made.stop()


def connections(several: Several) -> list[int]:
    """How many connections each engine has taken."""
    port = several.stack.port
    return [
        sum(each.laddr.port == port and each.status == psutil.CONN_ESTABLISHED for each in taken)
        for taken in (engine.net_connections("tcp") for engine in several.engines())
    ]


def test_they_are_engines_of_their_own_on_one_port(several: Several) -> None:
    """Each with a name and a metrics port; one leads; the kernel deals connections out; nobody else has the port."""
    names = {several.health(place)["engine"] for place in range(PROCESSES)}
    assert len(names) == PROCESSES
    assert {engine.pid for engine in several.engines()} == {child.pid for child in several.children()}
    wait_for(
        lambda: [several.health(place).get("leader") for place in range(PROCESSES)].count(True) == 1, "leader"
    )
    with ExitStack() as opened:
        for _ in range(CONNECTIONS):
            opened.enter_context(socket.create_connection(("127.0.0.1", several.stack.port)))
        wait_for(lambda: sum(connections(several)) >= CONNECTIONS, "connections")
        assert min(connections(several)) > 0
    said = refused({**several.stack.backend.variables, "ENGINE_PORT": str(several.stack.port)})
    assert f"port {several.stack.port} is taken by process " in said
    also_shared = {"ENGINE_PORT": str(several.stack.port), "SCHED_ENGINE_PROCESSES": "2"}
    assert refused({**several.stack.backend.variables, **also_shared}) == said


@pytest.mark.parametrize("place", range(PROCESSES))
def test_a_worker_at_one_of_them_serves_callers_at_both(several: Several, place: int) -> None:
    """Tasks find it through Redis, results their callers through the database; equal results, equal histories."""
    stack = several.stack
    several.start_worker_at(place)
    with ExitStack() as opened:
        clients = [opened.enter_context(Client(stack.address)) for _ in range(WORKFLOWS)]
        handles = [client.start("Doubling", number) for number, client in enumerate(clients)]
        assert min(connections(several)) > 0
        assert [handle.result(60) for handle in handles] == [2 * number + 1 for number in range(WORKFLOWS)]
        for handle in handles:
            stack.wait_until(handle, "WS, Y, AS, AC, Y, WC")


def test_one_after_the_other_is_killed_and_nothing_is_lost(several: Several) -> None:
    """The port is served all the time: no start is refused, and each that was acknowledged ends as it should."""
    stack = several.stack
    for place in range(PROCESSES):
        several.start_worker_at(place)
    with load_on(stack) as load:
        for place in range(PROCESSES):
            done = len(load.acknowledged)
            wait_for(lambda done=done: len(load.acknowledged) > done + 5, "load")  # type: ignore[misc]
            killed = several.engine(place)
            killed.kill()
            another = several.wait_for_another(place, killed)
            assert another.ppid() == several.parent.pid
            several.parent.wait_for_line(
                f"engine process {place + 1} was ended by SIGKILL; it is started again in "
            )
    assert len(several.children()) == PROCESSES


def test_while_one_is_down_the_other_serves_the_port(several: Several) -> None:
    """To whoever comes anew, and to whoever was with the one that died: an activity goes on where it was."""
    stack = several.stack
    folder = stack.folder / "held"
    folder.mkdir()
    several.start_worker_at(0)
    held = stack.start("HeldUntilTold", str(folder))
    wait_for((folder / "running").exists, "held activity")
    dead = several.engine(0)
    dead.kill()
    wait_for(lambda: has_ended(dead), "end")
    with Client(stack.address) as client:
        assert client.start("Doubling", 4).result(60) == 9
    (folder / "go").touch()
    assert held.result(60) == "told"
    [completed] = histories.attributes(stack.wait_until(held, "WS, Y, AS, AC, Y, WC"), "AC")
    assert (completed.attempt, completed.delivery) == (1, 1)
    several.wait_for_another(0, dead)


def test_replaced_one_by_one(several: Several) -> None:
    """SIGTERM to each in turn: it drains, ends, and its place is taken; callers notice nothing."""
    stack = several.stack
    for place in range(PROCESSES):
        several.start_worker_at(place)
    with load_on(stack):
        for place in range(PROCESSES):
            leaving = several.engine(place)
            leaving.terminate()
            several.wait_for_another(place, leaving)
            several.parent.wait_for_line(
                f"engine process {place + 1} ended with status 0; it is started again in "
            )
    assert "ending at once" not in several.parent.log


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_a_signal_to_the_parent_stops_all_of_them_in_order(several: Several, number: signal.Signals) -> None:
    """Within the grace, with work in hand, status 0; what was in flight goes on at the next start."""
    stack = several.stack
    for place in range(PROCESSES):
        several.start_worker_at(place)
    handle = stack.start("MonthlyReport")
    stack.wait_until(handle, "WS, Y, AS, TS, AC")
    with all_gone(several.children(), 0.0):
        several.parent.send(number)
        asked = time.monotonic()
        assert several.parent.ended() == 0, several.parent.tail
        assert time.monotonic() - asked <= GRACE_SECONDS
    assert "Traceback" not in several.parent.log
    several.start()
    assert handle.result(60) == "Report completed"


def test_one_that_is_frozen_does_not_keep_the_parent(
    backend_of: Callable[[str, str], Backend], tmp_path: Path
) -> None:
    """It is killed a second after the grace; status 1 tells that not all ended in order."""
    several = Several(backend_of(POSTGRES_REDIS, "several-processes"), tmp_path)
    try:
        several.start(SCHED_SHUTDOWN_GRACE_SECONDS="2")
        several.engine(1).suspend()
        with all_gone(several.children(), 0.0):
            several.parent.send(signal.SIGTERM)
            assert several.parent.ended() == 1
    finally:
        several.stop()


def test_a_second_signal_ends_all_at_once(several: Several) -> None:
    """Frozen ones, too."""
    for engine in several.engines():
        engine.suspend()
    with all_gone(several.children(), 1.0):
        several.parent.send(signal.SIGTERM)
        several.parent.send(signal.SIGINT)
        assert several.parent.ended(GRACE_SECONDS / 2) in (128 + signal.SIGTERM, 128 + signal.SIGINT)


def test_nothing_outlives_a_parent_that_is_killed(several: Several) -> None:
    """Its engines notice, end, and the next parent has the port."""
    with all_gone(several.children(), ORPHAN_SECONDS):
        several.parent.kill()
    several.start()


def test_all_or_none_start(backend_of: Callable[[str, str], Backend], tmp_path: Path) -> None:
    """The metrics port of the second is taken: one line that names it, and no process is left."""
    several = Several(backend_of(POSTGRES_REDIS, "several-processes"), tmp_path)
    several.stack.client.close()
    taken = several.stack.metrics_port + 1
    with socket.create_server(("127.0.0.1", taken)):
        variables = {"SCHED_ENGINE_PROCESSES": "2", "SCHED_METRICS_PORT": str(taken - 1)}
        said = refused({**several.stack.backend.variables, **variables})
    assert said.startswith(f"sched: port {taken} is taken by process ")
    assert "SCHED_METRICS_PORT" in said
