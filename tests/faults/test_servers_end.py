"""A private server ends with the process that started it, however that process ends."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

START_BOTH = """
import sys
from tests.servers.postgres import postgres_server
from tests.servers.redis import redis_server
with postgres_server(fsync=False), redis_server():
    print("up", flush=True)
    sys.stdin.read()
"""
GONE_SECONDS = 15
SERVER_FOLDERS = ("sched-postgres-", "sched-redis-")


@pytest.fixture
def owner() -> Iterator[subprocess.Popen[str]]:
    """A process that has started both servers and waits."""
    process = subprocess.Popen(
        [sys.executable, "-c", START_BOTH], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        yield process
        process.kill()


@pytest.mark.parametrize(
    "number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda number: number.name
)
def test_servers_end_with_their_owner(owner: subprocess.Popen[str], number: signal.Signals) -> None:
    """Ctrl-C, SIGTERM or SIGKILL of the owner leaves no server, no keeper and no folder behind."""
    family = psutil.Process(owner.pid).children(recursive=True)
    folders = set(folders_of(family))
    owner.send_signal(number)
    assert_gone(family)
    assert folders
    assert not any(folder.exists() for folder in folders)


def test_a_server_ends_with_its_keeper(owner: subprocess.Popen[str]) -> None:
    """SIGKILL of the keepers, the last line of defence, ends the servers too."""
    process = psutil.Process(owner.pid)
    family = process.children(recursive=True)
    folders = set(folders_of(family))
    for keeper in process.children():
        keeper.kill()
    assert_gone(family)
    for folder in folders:  # nobody was left to remove them
        shutil.rmtree(folder, ignore_errors=True)


def folders_of(processes: list[psutil.Process]) -> Iterator[Path]:
    """The servers' own folders; Postgres runs in the data folder within its own."""
    for process in processes:
        place = Path(process.cwd())
        yield from (folder for folder in (place, *place.parents) if folder.name.startswith(SERVER_FOLDERS))


def assert_gone(processes: list[psutil.Process]) -> None:
    assert len(processes) >= 2
    wait_until(lambda: not any(map(alive, processes)))


def alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + GONE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "processes are left over"
        time.sleep(0.05)
