"""The engine alone: what it does not load, and what it weighs."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.e2e.harness.backends import POSTGRES_REDIS, Backend
from tests.e2e.harness.processes import Process
from tests.e2e.harness.stack import STREAMING, Stack
from tests.e2e.harness.waiting import wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.redis]

RESIDENT_MIB_MAX = 160
FOREIGN = re.compile(r"(workflows\.(api|admin|live)|django\.contrib\.admin|daphne|drf_spectacular)(\.|$)")


@pytest.fixture
def engine(backend_of: Callable[[str, str], Backend], tmp_path: Path) -> Iterator[tuple[Stack, Process]]:
    """`runengine` on Postgres and Redis, which writes down what it imports."""
    stack = Stack(backend_of(POSTGRES_REDIS, "idle"), STREAMING, tmp_path)
    ports = {"ENGINE_PORT": str(stack.port), "SCHED_METRICS_PORT": str(stack.metrics_port)}
    process = Process(
        "engine",
        ["-X", "importtime", "manage.py", "runengine"],
        {**stack.backend.variables, **ports},
        tmp_path,
    )
    stack.engine = process
    wait_for(lambda: stack.health() or process.returncode is not None, "engine")
    yield stack, process
    stack.stop()


def test_6_the_engine_loads_no_web_and_stays_small(engine: tuple[Stack, Process]) -> None:
    """No REST of ours, no admin, no Daphne; under 160 MiB once it serves, leads and its loops have run."""
    stack, process = engine
    wait_for(lambda: leads(stack), "leadership")
    imported = {
        line.rpartition("|")[2].strip() for line in process.log.splitlines() if "import time:" in line
    }
    assert "workflows.engine.engine" in imported
    assert sorted(filter(FOREIGN.match, imported)) == []
    assert psutil.Process(process.pid).memory_info().rss / 2**20 < RESIDENT_MIB_MAX


def leads(stack: Stack) -> bool:
    with urllib.request.urlopen(f"http://127.0.0.1:{stack.metrics_port}/healthz", timeout=2) as answer:
        return bool(json.load(answer)["leader"])
