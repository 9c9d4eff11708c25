"""The composition at work: its commands and its environments, as processes, on a real Postgres and a real Redis."""

from __future__ import annotations

import json
import re
import secrets
import signal
import ssl
import stat
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis
from psycopg import sql

from tests.deploy import composition
from tests.deploy.composed import Replica
from tests.e2e.harness.waiting import wait_for
from tests.servers.postgres import postgres_server
from tests.servers.process import free_port, make_folder, running
from tests.servers.redis import find_binary

pytestmark = [pytest.mark.e2e, pytest.mark.redis]

ONE_SHOT = ("certificate", "migrate", "worker-key", "scrape-key")


def answers(url: str) -> bool:
    """Whether the Redis is there, and takes the password."""
    try:
        with redis.Redis.from_url(url) as client:
            return bool(client.ping())
    except redis.ConnectionError:
        return False


@contextmanager
def redis_of(service: dict[str, Any], password: str) -> Iterator[str]:
    """The composition's Redis, by its command; where it is."""
    folder, port = make_folder("redis", None), free_port()
    command = [str(find_binary()), *service["command"][1:], "--port", str(port), "--dir", str(folder)]
    url = f"redis://:{password}@127.0.0.1:{port}/0"
    with running(command, folder=folder, is_ready=lambda: answers(url)):
        yield f"127.0.0.1:{port}"


def postgres_of(service: dict[str, Any], dsn: str) -> str:
    """The user and the database that the image makes of its environment; where the server is."""
    said = service["environment"]
    with psycopg.connect(dsn, autocommit=True) as connection:
        user, name = sql.Identifier(said["POSTGRES_USER"]), sql.Identifier(said["POSTGRES_DB"])
        password = sql.Literal(said["POSTGRES_PASSWORD"])
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(user, password))
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, user))
        return f"127.0.0.1:{connection.info.port}"


class Composed:
    """All services of ours, the one-shot ones run in the order of the file, the servers started."""

    def __init__(self, document: dict[str, Any], hosts: dict[str, str], folder: Path) -> None:
        services = composition.of_image(document)
        self.hosts, self.folder = hosts, folder
        self.engines = self._replicas("engine", services["engine"])
        hosts["engine:50051"] = f"localhost:{self.engines[0].port('50051')}"
        self.once = {name: self._replicas(name, services[name])[0] for name in ONE_SHOT}
        [self.web] = self._replicas("web", services["web"])
        self.workers = self._replicas("worker", services["worker"])
        self.servers = [*self.engines, self.web, *self.workers]

    def _replicas(self, name: str, service: dict[str, Any]) -> list[Replica]:
        count = service.get("deploy", {}).get("replicas", 1)
        return [Replica(f"{name}-{number + 1}", service, self.hosts, self.folder) for number in range(count)]

    def start(self) -> None:
        for volume in ("tls", "trust", "worker-key", "scrape-key"):
            (self.folder / volume).mkdir()
        for each in self.once.values():
            each.run()
        for group in (self.engines, [self.web], self.workers):
            for each in group:
                each.start()
            for each in group:
                wait_for(lambda each=each: _well(each), f"health of {each.name}", seconds=90)  # type: ignore[misc]

    def stop(self) -> None:
        for each in self.servers:
            if each.was_started:
                each.process.stop()

    def ask(self, path: str, key: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """REST, as it comes from the proxy."""
        headers = {
            "Authorization": f"Bearer {key}",
            "Content-Type": "application/json",
            "X-Forwarded-Proto": "https",
        }
        data = None if body is None else json.dumps(body).encode()
        address = f"http://localhost:{self.web.port('8080')}{path}"
        with urllib.request.urlopen(urllib.request.Request(address, data, headers), timeout=60) as answer:
            return dict(json.load(answer))


def _well(replica: Replica) -> bool:
    assert replica.process.returncode is None, replica.process.tail
    return replica.is_healthy()


@pytest.fixture(scope="module")
def composed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Composed]:
    # No digits: the ports are found by theirs.
    letters = {name: re.sub(r"\d", "x", secrets.token_hex(32)) for name in composition.asked_for()}
    document = composition.read(letters)
    services = document["services"]
    with ExitStack() as stack:
        hosts = {
            "postgres:5432": postgres_of(services["postgres"], stack.enter_context(postgres_server())),
            "redis:6379": stack.enter_context(redis_of(services["redis"], letters["REDIS_PASSWORD"])),
        }
        made = Composed(document, hosts, tmp_path_factory.mktemp("composed"))
        try:
            made.start()
            yield made
        finally:
            made.stop()


def test_a_workflow_that_rest_starts_completes(composed: Composed) -> None:
    """Two engines, web and three workers with the credentials that were made on the way, and a caller's key."""
    key = composed.once["migrate"].run(["python", "manage.py", "apikey", "create", "ada", "--role", "client"])
    body = {"workflowName": "HelloWorld", "workflowId": "hello-1", "input": "ada"}
    composed.ask("/api/workflows", key, body)
    answer = composed.ask("/api/workflows/hello-1/result?wait=30", key)
    assert (answer["status"], answer["result"]) == ("COMPLETED", "Hello workflow completed")
    assert composed.ask("/api/workflows/hello-1", key)["status"] == "COMPLETED"


def test_each_engine_tells_prometheus_and_only_by_key(composed: Composed) -> None:
    """The key that was made for it, and the certificate that it is given, are enough for /metrics."""
    key = (composed.folder / "scrape-key" / "key").read_text().strip()
    trust = ssl.create_default_context(cafile=composed.folder / "trust" / "cert.pem")
    leaders = 0.0
    for engine in composed.engines:
        address = f"https://localhost:{engine.port('9090')}/metrics"
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(address, timeout=10, context=trust)
        asked = urllib.request.Request(address, headers={"Authorization": f"Bearer {key}"})
        with urllib.request.urlopen(asked, timeout=10, context=trust) as answer:
            found = re.search(r"^sched_leader (\d)", answer.read().decode(), re.MULTILINE)
        assert found is not None
        leaders += float(found[1])
    assert leaders == 1


def test_what_was_made_once_is_kept(composed: Composed) -> None:
    """The one-shot services run at each `up`: the certificate and the keys stay, and are their owner's alone."""
    kept = [composed.folder / part for part in ("tls/key.pem", "worker-key/key", "scrape-key/key")]
    before = [path.read_bytes() for path in kept]
    for each in composed.once.values():
        each.run()
    assert [path.read_bytes() for path in kept] == before
    assert {stat.S_IMODE(path.stat().st_mode) for path in kept} == {0o600}


def test_sigterm_ends_all_within_their_grace(composed: Composed) -> None:
    """In good order, and sooner than Docker would kill them. The last test here: nothing is left then."""
    for each in composed.servers:
        each.process.send(signal.SIGTERM)
    for each in composed.servers:
        assert each.process.ended(composition.seconds(each.service["stop_grace_period"])) == 0, (
            each.process.tail
        )
