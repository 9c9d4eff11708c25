"""docs/deployment.md, as plain processes: from Postgres and Redis to two engines, three workers, a key and a trace."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from tests.docs.samples import samples
from tests.e2e.harness.processes import ROOT, clean_environment
from tests.e2e.harness.traces import Collector, collector
from tests.servers.postgres import postgres_server
from tests.servers.process import free_port
from tests.servers.redis import redis_server

pytestmark = [pytest.mark.e2e, pytest.mark.redis]
PAGE = ROOT / "docs" / "deployment.md"
SECONDS_MAX = 120
SECTION = "## As plain processes"
INSTALLS = "pip install"
OURS = ("50051", "50052", "9090", "9091", "8080")
"""Ports that the page's processes listen on."""
# Not every machine has psql; what it is asked for here is two statements.
PSQL = f"""#!{sys.executable}
import os, sys, psycopg
with psycopg.connect(os.environ["SUPERUSER"], autocommit=True) as connection:
    for statement in sys.argv[sys.argv.index("-c") + 1 :: 2]:
        connection.execute(statement)
"""


@pytest.fixture
def sent() -> Iterator[Collector]:
    with collector() as made:
        yield made


@pytest.fixture
def script(sent: Collector) -> Iterator[tuple[str, dict[str, str]]]:
    """The page's commands at servers and ports of the test's own, and what the shell has in its environment."""
    with postgres_server() as dsn, redis_server() as redis_url:
        postgres = conninfo_to_dict(dsn)
        changed = {
            "localhost:5432": f"{postgres['host']}:{postgres['port']}",
            "redis://localhost:6379/0": redis_url,
            "http://localhost:4317": sent.endpoint,
        }
        text = "\n".join(commands())
        for theirs, ours in changed.items():
            assert theirs in text, f"the page no longer says {theirs}"
            text = text.replace(theirs, ours)
        # The page leaves out what is ordinary: an engine's ports, and that of the web.
        ports = {ordinary: str(free_port()) for ordinary in OURS}
        text = re.sub(r"\b(?:" + "|".join(OURS) + r")\b", lambda found: ports[found[0]], text)
        variables = {
            "ENGINE_PORT": ports["50051"],
            "ENGINE_ADDRESS": f"localhost:{ports['50051']}",
            "SCHED_METRICS_PORT": ports["9090"],
            "DASHBOARD_PORT": ports["8080"],
            "SUPERUSER": dsn,
        }
        yield text, variables


def commands() -> list[str]:
    """Without the one that installs: the test has what it installs."""
    lines = PAGE.read_text().splitlines()
    begin = lines.index(SECTION)
    found = [each.text for each in samples(PAGE, "sh") if each.line > begin]
    assert INSTALLS in found[0]
    return found[1:]


def test_the_commands_lead_to_a_workflow_that_ends_and_its_trace(
    script: tuple[str, dict[str, str]], sent: Collector, tmp_path: Path
) -> None:
    """One after the other in one shell, which ends with all that it has started."""
    text, variables = script
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "psql").write_text(PSQL)
    (tools / "psql").chmod(0o755)
    clone = tmp_path / "clone"
    clone.mkdir()
    for shared in (".venv", "manage.py"):
        (clone / shared).symlink_to(ROOT / shared)
    environment = clean_environment(variables)
    done = subprocess.run(
        ["bash", "-euc", f"trap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n{text}"],
        cwd=clone,
        env=environment | {"PATH": f"{tools}:{environment['PATH']}", "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS_MAX,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    documents = [json.loads(each) for each in re.findall(r"\{[^\n]*?\}(?=\{|\n|$)", done.stdout)]
    assert any(each.get("status") == "COMPLETED" for each in documents), done.stdout
    tree = sent.tree("order-4711")
    for part in ("sched-web", "sched-engine", "sched-worker", "activity.Charge"):
        assert part in tree, tree
