"""What real processes tell is what the documentation lists, and nothing of what they work on is in it."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.test import Client

from tests.e2e.harness.backends import EMBEDDED, Backend
from tests.e2e.harness.processes import ROOT
from tests.e2e.harness.stack import POLLING, STREAMING, Stack, get_json
from tests.e2e.harness.waiting import wait_for
from tests.project.test_alerts import ALERTS, dashboard_queries
from tests.servers.process import free_port

DOCUMENT = ROOT / "docs" / "reference" / "metrics.md"
NAME = re.compile(r"\b(?:sched|django|process|python)_[a-z_]+\b")
LIBRARIES = ("python_", "process_", "django_")


class Scraped:
    """What an engine, a worker and the web process say after a workflow has run."""

    def __init__(self, stack: Stack, worker_port: int) -> None:
        self.stack = stack
        self.handle = stack.start("Doubling", 1, workflow_id="order-4711")
        assert self.handle.result(30) == 3
        self.engine = scrape(stack.metrics_port)
        self.worker = scrape(worker_port)
        self.web = Client().get("/metrics", headers={"host": "localhost"}).content.decode()


def scrape(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        return str(answer.read().decode())


def names(*pages: str) -> set[str]:
    """Of metrics, as they are queried: a counter's ends in _total. The time of a series' creation is none."""
    found = {name for page in pages for name in re.findall(r"^# TYPE (\S+) ", page, re.MULTILINE)}
    return {name for name in found if not name.endswith("_created")}


def value(page: str, series: str) -> float:
    (found,) = re.findall(rf"^{re.escape(series)} (\S+)$", page, re.MULTILINE)
    return float(found)


@pytest.fixture(scope="module", params=[STREAMING, POLLING])
def scraped(
    request: pytest.FixtureRequest,
    backend_of: Callable[[str, str], Backend],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Scraped]:
    mode, port = request.param, free_port()
    folder: Path = tmp_path_factory.mktemp("observed")
    stack = Stack(backend_of(EMBEDDED, f"observed-{mode}"), mode, folder)
    try:
        stack.start_engine()
        stack.start_worker(SCHED_WORKER_METRICS=str(port))
        yield Scraped(stack, port)
    finally:
        stack.stop()


@pytest.mark.django_db
def test_what_is_told_is_documented_and_what_is_documented_is_told(scraped: Scraped) -> None:
    """Of ours each metric, by its name, at the processes that the section names."""
    told = names(scraped.engine, scraped.worker, scraped.web)
    sections = re.split(r"^## ", DOCUMENT.read_text(), flags=re.MULTILINE)
    rows = {
        part.partition("\n")[0]: re.findall(r"^\| `(sched_\w+)` \|", part, re.MULTILINE) for part in sections
    }
    engine, worker = set(rows["Engine and web"]), set(rows["Worker"])
    assert {name for name in told if not name.startswith(LIBRARIES)} == engine | worker
    assert engine <= names(scraped.engine)
    assert "sched_workflows_started_total" in names(scraped.web)
    assert worker == {name for name in names(scraped.worker) if name.startswith("sched_")}


@pytest.mark.django_db
def test_no_metric_names_a_workflow(scraped: Scraped) -> None:
    """Neither its id nor that of its run."""
    run_id = scraped.stack.client.get("order-4711").execution.run_id
    for page in (scraped.engine, scraped.worker, scraped.web):
        assert "order-4711" not in page
        assert run_id not in page


@pytest.mark.django_db
def test_the_dashboard_and_the_alerts_ask_for_what_there_is(scraped: Scraped) -> None:
    """Each metric that they name is told by one of the processes; a histogram by its parts."""
    told = names(scraped.engine, scraped.worker, scraped.web)
    asked = set(NAME.findall("\n".join([*dashboard_queries(), ALERTS.read_text()])))
    assert len(asked) > 20
    assert {re.sub("_(bucket|sum|count)$", "", name) for name in asked} <= told


def test_a_worker_counts_turns_and_says_what_it_keeps(scraped: Scraped) -> None:
    """A workflow of one activity: two turns, of which the second finds the run in memory."""
    assert value(scraped.worker, "sched_worker_turns_total") == 2
    assert value(scraped.worker, "sched_worker_cache_hits_total") == 1
    assert value(scraped.worker, "sched_worker_replays_total") == 0
    assert value(scraped.worker, "sched_worker_runs_kept") == 0
    assert value(scraped.worker, 'sched_worker_slots{kind="workflow",queue="default"}') == 100
    assert value(scraped.worker, 'sched_worker_tasks{kind="activity",queue="default"}') == 0


def test_probes_are_answered_without_a_key(scraped: Scraped) -> None:
    """An engine that is well lives, is ready, and says how it fares."""
    port = scraped.stack.metrics_port
    for path in ("livez", "readyz"):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=5) as answer:
            assert answer.read() == b"yes\n"
    wait_for(lambda: scraped.stack.leads, "leader")
    health = get_json(f"http://127.0.0.1:{port}/healthz")
    assert (health["ok"], health["waiting"], health["inbox_lag_seconds"]) == (True, 0, 0.0)
