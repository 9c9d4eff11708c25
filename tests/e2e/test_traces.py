"""One trace for a workflow, across REST, engine, worker and activities; none that nobody asked for."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from tests.e2e.harness.backends import POSTGRES, Backend
from tests.e2e.harness.processes import ROOT, Process, clean_environment
from tests.e2e.harness.stack import POLLING, STREAMING, Stack
from tests.e2e.harness.traces import Collector, collector
from tests.e2e.harness.waiting import wait_for
from tests.servers.process import free_port

DOCUMENT = ROOT / "docs" / "observability.md"
AT_ONCE = {"OTEL_BSP_SCHEDULE_DELAY": "50"}
"""A process sends its spans so many milliseconds after they have ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced:
    """A platform of three processes that send their spans to a collector."""

    stack: Stack
    web: str
    sent: Collector
    variables: dict[str, str]

    def start_by_rest(self, workflow: str, workflow_id: str, given: object) -> None:
        body = json.dumps({"workflowName": workflow, "workflowId": workflow_id, "input": given}).encode()
        request = urllib.request.Request(
            f"{self.web}/api/workflows", body, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert answer.status == 201

    def until_sent(self, workflow_id: str, count: int) -> None:
        wait_for(
            lambda: len(self.sent.spans(workflow_id)) >= count,
            f"{count} spans of {workflow_id}; there are:\n{self.sent.tree(workflow_id)}",
        )


@pytest.fixture(scope="module", params=[STREAMING, POLLING])
def traced(
    request: pytest.FixtureRequest,
    backend_of: Callable[[str, str], Backend],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Traced]:
    mode, port = request.param, free_port()
    stack = Stack(backend_of(POSTGRES, f"traced-{mode}"), mode, tmp_path_factory.mktemp("traced"))
    with collector() as sent:
        variables = AT_ONCE | {"SCHED_OTLP_ENDPOINT": sent.endpoint}
        own = {"DASHBOARD_PORT": str(port), "ENGINE_ADDRESS": stack.address}
        web = Process(
            "web", ["manage.py", "runweb"], {**stack.backend.variables, **variables, **own}, stack.folder
        )
        try:
            stack.start_engine(**variables)
            stack.start_worker(**variables)
            address = f"http://127.0.0.1:{port}"
            wait_for(lambda: _answers(f"{address}/api/health"), "web process")
            yield Traced(stack=stack, web=address, sent=sent, variables=variables)
        finally:
            web.stop()
            stack.stop()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except OSError:
        return False


def turns(traced: Traced, workflow_id: str) -> int:
    """As history has them."""
    events = traced.stack.client.history(workflow_id)
    return sum(event.HasField("workflow_task_completed") for event in events)


def documented() -> str:
    (found,) = re.findall(r"<!-- a trace -->\n```\n(.*?)\n```", DOCUMENT.read_text(), re.DOTALL)
    return str(found)


def test_a_workflow_is_one_trace(traced: Traced, tell: Callable[[str], None]) -> None:
    """From the request that starts it to its last activity, as the documentation shows it."""
    traced.start_by_rest("OrderSaga", "order-4711", {"fail": "ship", "card": "visa-4111"})
    assert traced.stack.client.result("order-4711", timeout=30) == {"compensated": ["reserve", "charge"]}
    traced.until_sent("order-4711", len(documented().splitlines()))
    spans, tree = traced.sent.spans("order-4711"), traced.sent.tree("order-4711")
    tell(tree)
    assert [line.rstrip() for line in tree.splitlines()] == documented().splitlines()
    assert len({span.trace for span in spans}) == 1
    assert sum(span.name == "workflow.OrderSaga" for span in spans) == turns(traced, "order-4711")
    assert all(span.ended >= span.began for span in spans)
    assert "visa-4111" not in str(spans)


def test_each_attempt_has_a_span_that_says_how_it_ended(traced: Traced) -> None:
    """Three that fail, children of the one turn that has scheduled them. The start by gRPC is the first span."""
    handle = traced.stack.start("RetryDemo", workflow_id="retried")
    assert handle.result(30) == "retry demo done"
    traced.until_sent("retried", 9)
    spans = traced.sent.spans("retried")
    attempts = [span for span in spans if span.name == "activity.AlwaysFail"]
    assert [span.attributes["sched.attempt"] for span in attempts] == ["1", "2", "3"]
    assert all(span.failed for span in attempts)
    assert len({span.parent for span in attempts}) == 1
    (root,) = [span for span in spans if not span.parent]
    assert (root.name, root.service) == ("start.RetryDemo", "sched-engine")


def test_a_turn_that_is_replayed_is_told_of_once(traced: Traced) -> None:
    """Its run goes on at another worker, which repeats the first turn: each turn of the history has one span."""
    traced.stack.start("ApprovalGate", workflow_id="replayed")
    traced.stack.wait_until(traced.stack.client.handle("replayed"), "WS Y TS0")
    traced.until_sent("replayed", 3)
    traced.stack.workers.pop().stop()
    traced.stack.start_worker(**traced.variables)
    traced.stack.client.signal("replayed", "approve", "go")
    assert traced.stack.client.result("replayed", timeout=30) == "approved"
    traced.until_sent("replayed", 6)
    names = [span.name for span in traced.sent.spans("replayed")]
    assert names.count("workflow.ApprovalGate") == turns(traced, "replayed") == 2
    assert names.count("activity.Process") == 1


def test_log_lines_name_the_trace(traced: Traced) -> None:
    """Those of activities: whoever reads one finds the trace, and the other way round."""
    traced.stack.start("HelloWorld", "you", workflow_id="logged").result(30)
    traced.start_by_rest("OrderSaga", "told", {})
    assert traced.stack.client.result("told", timeout=30)["shipped"]
    (trace,) = {span.trace for span in traced.sent.spans("told")}
    wait_for(lambda: f"trace_id={trace}" in traced.stack.workers[-1].log, "line that names the trace")


UNASKED = """
import sys
import redis.asyncio  # loads what it finds of OpenTelemetry, for itself
before = set(sys.modules)
import schedproject.asgi
import workflows.engine.engine
import sched_sdk.worker
print([name for name in set(sys.modules) - before if name.startswith("opentelemetry")])
"""


def test_a_collector_that_is_away_costs_nothing(
    backend_of: Callable[[str, str], Backend], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Work goes on, and both processes end in order within their grace, though their spans go nowhere."""
    stack = Stack(backend_of(POSTGRES, "untold"), STREAMING, tmp_path_factory.mktemp("untold"))
    away = AT_ONCE | {"SCHED_OTLP_ENDPOINT": f"http://127.0.0.1:{free_port()}"}
    try:
        engine, worker = stack.start_engine(**away), stack.start_worker(**away)
        for _ in range(20):
            assert stack.start("Doubling", 1).result(30) == 3
    finally:
        stack.stop()
    assert (worker.returncode, engine.returncode) == (0, 0)


MISSING = """
import sys
sys.modules["opentelemetry"] = None
from workflows.management.processes.traced import trace_as
trace_as("sched-engine")
"""


def test_what_is_missing_is_told_with_its_remedy() -> None:
    """Traces are asked for, and OpenTelemetry is not installed."""
    variables = {"DJANGO_SETTINGS_MODULE": "schedproject.settings.engine", "SCHED_DATABASE_PATH": ":memory:"}
    found = subprocess.run(
        [sys.executable, "-c", MISSING],
        env=clean_environment(variables | {"SCHED_OTLP_ENDPOINT": "http://localhost:4317"}),
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert found.returncode == 1
    assert found.stderr == (
        "sched: SCHED_OTLP_ENDPOINT is set: opentelemetry is missing; pip install 'sched-server[otel]'.\n"
    )


def test_without_an_endpoint_nothing_is_imported(traced: Traced) -> None:
    """By engine, web and SDK."""
    variables = clean_environment({"DJANGO_SETTINGS_MODULE": "schedproject.settings.embedded"})
    found = subprocess.run(
        [sys.executable, "-c", UNASKED],
        env=variables | {"SCHED_DATABASE_PATH": ":memory:"},
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    assert found.stdout == "[]\n", found.stderr
