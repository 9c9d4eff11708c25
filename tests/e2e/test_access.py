"""Scenario 42, over gRPC and with real processes: an engine that demands keys and speaks TLS."""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sched_sdk import Client
from sched_sdk.refusals import EngineUnavailableError, NotPermittedError, UnauthenticatedError
from sched_sdk.settings import Tls

from tests.e2e.harness.backends import POSTGRES_REDIS, Backend
from tests.e2e.harness.processes import ROOT, clean_environment
from tests.e2e.harness.stack import POLLING, STREAMING, Stack
from tests.e2e.harness.waiting import wait_for
from tests.servers.certificates import certificate

pytestmark = [pytest.mark.e2e, pytest.mark.redis]


class Guarded(Stack):
    """Keys are demanded, and a certificate of callers where `mutual`."""

    def __init__(self, backend: Backend, mode: str, folder: Path, *, mutual: bool) -> None:
        super().__init__(backend, mode, folder)
        self.own, self.callers = self._pair("engine"), self._pair("caller")
        self.mutual = mutual
        self.required = {
            "SCHED_AUTH": "required",
            "SCHED_TLS_CERT": str(self.own[0]),
            "SCHED_TLS_KEY": str(self.own[1]),
            **({"SCHED_TLS_CA": str(self.callers[0])} if mutual else {}),
        }

    def _pair(self, name: str) -> tuple[Path, Path]:
        paths = (self.folder / f"{name}.pem", self.folder / f"{name}.key")
        for path, data in zip(paths, certificate(), strict=True):
            path.write_bytes(data)
        return paths

    def keyed(self, key: str) -> dict[str, str]:
        """What a caller's environment says."""
        found = {"SCHED_API_KEY": key, "SCHED_TLS_CA": str(self.own[0])}
        if self.mutual:
            found |= {"SCHED_TLS_CERT": str(self.callers[0]), "SCHED_TLS_KEY": str(self.callers[1])}
        return found

    @property
    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.own[0]))

    def healthz(self) -> dict[str, Any]:
        address = f"https://127.0.0.1:{self.metrics_port}/healthz"
        with urllib.request.urlopen(address, timeout=5, context=self.trust) as answer:
            return dict(json.load(answer))

    def client_with(self, key: str | None) -> Client:
        cert, private = (path.read_bytes() for path in self.callers)
        tls = Tls(
            ca=self.own[0].read_bytes(),
            cert=cert if self.mutual else None,
            key=private if self.mutual else None,
        )
        return Client(self.address, api_key=key, tls=tls)

    def apikey(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`manage.py apikey …`, as an administrator runs it."""
        return subprocess.run(
            [sys.executable, "manage.py", "apikey", *arguments],
            cwd=ROOT,
            env=clean_environment(self.backend.variables),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def key(self, name: str, *arguments: str) -> str:
        made = self.apikey("create", name, *arguments)
        assert made.returncode == 0, made.stderr
        return made.stdout.strip()


@pytest.fixture(params=["server", "mutual"])
def guarded(
    request: pytest.FixtureRequest, backend_of: Callable[[str, str], Backend], tmp_path: Path
) -> Iterator[Guarded]:
    mode = {"server": STREAMING, "mutual": POLLING}[request.param]
    stack = Guarded(
        backend_of(POSTGRES_REDIS, f"access-{request.param}"),
        mode,
        tmp_path,
        mutual=request.param == "mutual",
    )
    try:
        stack.start_engine(**stack.required)
        yield stack
    finally:
        stack.stop()


def test_42_who_has_a_key_works_and_who_has_none_does_not(guarded: Guarded) -> None:
    """A worker and a client with keys run a workflow; strangers, and keys that are revoked, do not get in."""
    worker_key, client_key = guarded.key("worker", "--role", "worker"), guarded.key("app", "--role", "client")
    worker = guarded.start_worker(**guarded.keyed(worker_key))
    stranger = guarded.start_worker(**guarded.keyed("sched_aaaaaaaa_" + "x" * 43))
    with guarded.client_with(client_key) as client:
        assert client.start("Doubling", 1, workflow_id="order").result(60) == 3
        first = client.start("Doubling", 1).history()[0]
        assert first.workflow_execution_started.identity.startswith("grpc:key/app")
        wait_for(lambda: "SCHED_API_KEY" in stranger.log, "the stranger hears what it lacks")
        with guarded.client_with(None) as nobody, pytest.raises(UnauthenticatedError):
            nobody.start("Doubling", 1)
        with guarded.client_with(worker_key) as other, pytest.raises(NotPermittedError, match="start"):
            other.start("Doubling", 1)
        assert guarded.apikey("revoke", "app").returncode == 0
        wait_for(lambda: _is_refused(client), "the revoked key is refused", seconds=15)
    assert worker.returncode is None


def _is_refused(client: Client) -> bool:
    try:
        next(iter(client.list()), None)
    except UnauthenticatedError:
        return True
    return False


def test_42_what_is_not_encrypted_or_not_known_is_not_heard(guarded: Guarded) -> None:
    """A key is not taken in clear text; nor, where callers must show a certificate, from one without."""
    key = guarded.key("clear", "--role", "client")
    for tls in (None, Tls(ca=guarded.own[0].read_bytes(), cert=None, key=None)):
        if tls is not None and not guarded.mutual:
            continue
        with (
            Client(guarded.address, api_key=key, tls=tls) as client,
            pytest.raises(EngineUnavailableError),
        ):
            client.start("Doubling", 1)


def test_42_metrics_want_a_key_and_health_does_not(guarded: Guarded) -> None:
    """Who restarts processes has no key; who counts what they do has one that may read."""
    address, trust = f"https://127.0.0.1:{guarded.metrics_port}/metrics", guarded.trust
    assert guarded.healthz()["ok"]
    with pytest.raises(OSError):
        urllib.request.urlopen(address.replace("https", "http"), timeout=5)
    with pytest.raises(urllib.error.HTTPError, match="401") as refusal:
        urllib.request.urlopen(address, timeout=5, context=trust)
    refusal.value.close()
    for role, allowed in (("worker", False), ("viewer", True)):
        key = guarded.key(f"metrics-{role}", "--role", role)
        request = urllib.request.Request(address, headers={"Authorization": f"Bearer {key}"})
        if allowed:
            with urllib.request.urlopen(request, timeout=5, context=trust) as answer:
                assert b"sched_workflows_started_total" in answer.read()
        else:
            with pytest.raises(urllib.error.HTTPError, match="401") as refusal:
                urllib.request.urlopen(request, timeout=5, context=trust)
            refusal.value.close()


def test_keys_are_listed_and_bad_ones_refused(guarded: Guarded) -> None:
    """The list shows what each may and never its text; a refusal names what is wrong, and makes nothing."""
    text = guarded.key("ci", "--action", "read", "--expires", "30d")
    listed = guarded.apikey("list").stdout
    assert "ci  valid, until " in listed
    assert "never used, may: read" in listed
    assert text not in listed
    for arguments, rule in (
        (("create", "ci", "--role", "viewer"), "that of no other key"),
        (("create", "no one", "--role", "viewer"), "must be 1 to 100 characters"),
        (("create", "new"), "at least one is required"),
        (("create", "new", "--role", "viewer", "--expires", "1y"), "'1y' must be a whole number"),
        (("create", "new", "--role", "king"), "invalid choice: 'king'"),
        (("revoke", "new"), "no API key is named 'new'"),
    ):
        refused = guarded.apikey(*arguments)
        assert refused.returncode != 0
        assert rule in refused.stderr
        assert "Traceback" not in refused.stderr
    assert "new" not in guarded.apikey("list").stdout.split()
    assert guarded.apikey("revoke", "ci").stdout == "ci is revoked\n"
    assert guarded.apikey("revoke", "ci").stdout == "ci was revoked before\n"
    assert "ci  revoked" in guarded.apikey("list").stdout
