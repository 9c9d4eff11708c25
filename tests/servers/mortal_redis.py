"""A Redis of a test's own that is stopped, started again empty on the same port, full, or a read-only replica."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import redis

from tests.servers.process import free_port, make_folder, running
from tests.servers.redis import answers, find_binary


class MortalRedis:
    """One port, and one life after the other; each begins empty."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._running = ExitStack()

    def start(self) -> None:
        command = [str(find_binary()), "--bind", "127.0.0.1", "--port", str(self.port), "--save", ""]
        folder = make_folder("redis", None)
        self._running.enter_context(running(command, folder=folder, is_ready=lambda: answers(self.url)))

    def stop(self) -> None:
        self._running.close()

    @property
    def pid(self) -> int:
        with redis.Redis.from_url(self.url) as client:
            return int(client.info("server")["process_id"])

    def flush(self) -> None:
        with redis.Redis.from_url(self.url) as client:
            client.flushall()

    @contextmanager
    def full(self) -> Iterator[None]:
        """While the block runs there is no memory left: writes are refused."""
        with redis.Redis.from_url(self.url) as client:
            client.config_set("maxmemory", 1)
            yield
            client.config_set("maxmemory", 0)

    @contextmanager
    def replica(self) -> Iterator[None]:
        """While the block runs it is the read-only replica of a server that is gone, as after a fail-over."""
        with redis.Redis.from_url(self.url) as client:
            client.replicaof("127.0.0.1", str(free_port()))
            yield
            client.replicaof("NO", "ONE")
