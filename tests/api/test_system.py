"""Health, the API's description, and failures that nobody foresaw."""

from __future__ import annotations

import re
import threading
from typing import Any, NoReturn

import pytest
from django.db import OperationalError
from django.test import Client
from drf_spectacular.validation import validate_schema
from pytest_django import Settings

from tests.api.caller import Answer
from timers.clock import SystemClock
from workflows.api import health
from workflows.service import limits
from workflows.store import reader

pytestmark = pytest.mark.django_db

HOST = {"host": "localhost"}


def get(path: str) -> Answer:
    return Answer(Client(headers=HOST, raise_request_exception=False).get(f"/api/{path}"))


def fine() -> None:
    """A probe of a part that is there."""


def broken() -> NoReturn:
    raise ConnectionRefusedError


_released = threading.Event()


def hanging() -> None:
    _released.wait(30)


def probes(settings: Settings, **parts: str) -> None:
    settings.SCHED_PROBES = {part: (f"{__name__}.{name}", {}) for part, name in parts.items()}


def test_all_well(settings: Settings) -> None:
    """200, with each part up."""
    probes(settings, engine="fine", redis="fine")
    answer = get("health")
    assert answer.status == 200
    assert answer.json == {
        "status": "up",
        "parts": dict.fromkeys(("database", "engine", "redis"), "up"),
    }


def test_one_part_down(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    """503; the other parts are told as they are, and the log names the one."""
    probes(settings, engine="broken", redis="fine")
    answer = get("health")
    assert answer.status == 503
    assert answer.json == {"status": "down", "parts": {"database": "up", "engine": "down", "redis": "up"}}
    assert "engine is down" in caplog.text


@pytest.mark.timing
def test_a_part_that_hangs_is_down_soon(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    """Health answers within its patience, whatever a part does."""
    probes(settings, engine="hanging")
    clock = SystemClock()
    begun = clock.monotonic()
    answer = get("health")
    _released.set()
    assert clock.monotonic() - begun < health.PATIENCE + 0.5
    assert (answer.status, answer.json["parts"]["engine"]) == (503, "down")
    assert "did not answer" in caplog.text


def test_the_description_is_valid_and_complete(settings: Settings) -> None:
    """Valid OpenAPI; every operation is in it, with its refusals and its idempotency key."""
    answer = get("schema")
    assert answer.status == 200
    document: dict[str, Any] = answer.json
    validate_schema(document)  # type: ignore[no-untyped-call]
    operations = {
        f"{method.upper()} {path}": operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    assert set(operations) == {
        "POST /api/workflows",
        "GET /api/workflows",
        "GET /api/workflows/counts",
        "GET /api/workflows/{workflow_id}",
        "GET /api/workflows/{workflow_id}/history",
        "GET /api/workflows/{workflow_id}/pending",
        "GET /api/workflows/{workflow_id}/result",
        "POST /api/workflows/{workflow_id}/signal",
        "POST /api/workflows/{workflow_id}/cancel",
        "POST /api/workflows/{workflow_id}/terminate",
        "POST /api/workflows/{workflow_id}/retry",
        "GET /api/bulk",
        "POST /api/bulk",
        "GET /api/bulk/{number}",
        "POST /api/bulk/{number}/stop",
        "GET /api/me",
        "GET /api/attention",
        "GET /api/audit",
        "GET /api/health",
        "GET /api/metrics",
        "GET /api/task-queues",
        "GET /api/task-queues/{name}",
        "GET /api/workers",
        "GET /api/stats",
    }
    start = operations["POST /api/workflows"]
    assert set(start["responses"]) >= {"201", "400", "409", "413", "415", "503"}
    assert "Idempotency-Key" in {parameter["name"] for parameter in start["parameters"]}
    assert "application/problem+json" in start["responses"]["400"]["content"]


def test_the_description_carries_the_limits() -> None:
    """Patterns, lengths and bounds are those that requests are held to."""
    document: dict[str, Any] = get("schema").json
    start = document["components"]["schemas"]["Start"]["properties"]
    asked = {
        each["name"]: each["schema"]
        for path in ("/api/workflows", "/api/workflows/{workflow_id}/result")
        for operation in document["paths"][path].values()
        for each in operation["parameters"]
    }
    for schema in (*map(start.get, ("workflowName", "workflowId", "taskQueue")), asked["Idempotency-Key"]):
        assert (schema["minLength"], schema["maxLength"]) == (1, limits.IDENTIFIER_MAX)
        matches = re.compile(schema["pattern"]).search
        assert matches("a.b_c:d@e+f-1")
        assert not any(map(matches, ("", "a b", "é", "x" * 201)))
    for schema in (start["workflowId"], asked["workflow_id"]):
        matches = re.compile(schema["pattern"]).search
        assert not any(map(matches, limits.RESERVED_IDS))
        assert matches("counts-1")
    assert start["executionTimeoutSeconds"]["maximum"] == limits.TIMEOUT_MAX.total_seconds()
    assert (asked["pageSize"]["minimum"], asked["pageSize"]["maximum"]) == (1, 500)
    assert (asked["wait"]["minimum"], asked["wait"]["maximum"]) == (0, 60)


def test_the_description_is_made_without_complaint(capsys: pytest.CaptureFixture[str]) -> None:
    """Its generator finds nothing that it cannot describe, and no name that means two things."""
    get("schema")
    assert "arning" not in capsys.readouterr().err


def test_the_page_of_the_description_needs_nothing_inline() -> None:
    """Its scripts and styles are resources of the site, as the content security policy demands."""
    client = Client(headers=HOST)
    page = client.get("/api/docs")
    text = page.content.decode()
    assert page.status_code == 200
    assert "<style" not in text
    assert text.count("<script src=") == text.count("<script")
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    script = client.get("/api/docs", {"script": ""})
    assert script.status_code == 200
    assert b"/api/schema" in script.content


@pytest.mark.parametrize("path", ["schema?x=1", "schema?version=2", "docs?x=1"])
def test_the_description_s_paths_refuse_unknown_parameters(path: str) -> None:
    """As all others do."""
    answer = get(path)
    assert (answer.status, answer.json["code"]) == (400, "INVALID")
    assert "is unknown" in answer.rule


def test_a_database_that_is_away_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """503 with a time to retry after, and nothing of the driver's message."""

    def away(_: object) -> NoReturn:
        raise OperationalError("connection to 10.0.0.1 refused")

    monkeypatch.setattr(reader, "counts", away)
    answer = get("workflows/counts")
    assert (answer.status, answer.json["code"]) == (503, "UNAVAILABLE")
    assert answer.headers["Retry-After"] == "1"
    assert b"10.0.0.1" not in answer.content


def test_an_outage_is_two_lines(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """When it begins and when it ends, however many requests are refused meanwhile."""
    caplog.set_level("INFO", logger="workflows.api")

    def away(_: object) -> NoReturn:
        raise OperationalError("gone")

    assert get("workflows/counts").status == 200  # ends what a test before has begun
    caplog.clear()
    with monkeypatch.context() as patched:
        patched.setattr(reader, "counts", away)
        for _ in range(3):
            assert get("workflows/counts").status == 503
    for _ in range(2):
        assert get("workflows/counts").status == 200
    told = [record.getMessage() for record in caplog.records if record.name.startswith("workflows.api")]
    assert told == [
        "the REST API cannot reach the database: OperationalError",
        "the REST API is up again",
    ]


def test_a_failure_of_ours_is_logged_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """500 with a code; what went wrong is in the log alone."""

    def fail(_: object) -> NoReturn:
        raise ZeroDivisionError("inner workings")

    monkeypatch.setattr(reader, "counts", fail)
    answer = get("workflows/counts")
    assert (answer.status, answer.json["code"]) == (500, "INTERNAL")
    assert b"inner workings" not in answer.content
    assert "Counts failed" in caplog.text
