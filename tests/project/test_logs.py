"""Logs are one line per event and never carry user data or credentials."""

from __future__ import annotations

import json
import logging
import logging.config
import re
from collections.abc import Iterator
from io import StringIO

import pytest
import structlog
from django.test import Client
from pytest_django import Settings
from sched_sdk.logs import TextFormatter
from structlog.typing import FilteringBoundLogger

from schedproject import logs


class Configured:
    """A logger of a process that was configured for a level and a format, and what it wrote."""

    def __init__(self, level: str, log_format: str) -> None:
        logging.config.dictConfig(logs.configure(level, log_format))
        self._written = StringIO()
        for handler in logging.getLogger().handlers:
            if type(handler) is logging.StreamHandler:
                handler.setStream(self._written)
        self.ours: FilteringBoundLogger = structlog.get_logger("sched.test")
        self.theirs = logging.getLogger("some.library")

    def text(self) -> str:
        return self._written.getvalue()


@pytest.fixture(autouse=True)
def keep_configuration() -> Iterator[None]:
    """The configuration of the test process comes back after each test."""
    root, refused = logging.getLogger(), logging.getLogger("django.security.DisallowedHost")
    handlers, filters = list(root.handlers), list(refused.filters)
    loggers = [root, *(logging.getLogger(name) for name in logs.configure("info", "text")["loggers"])]
    levels = [logger.level for logger in loggers]
    yield
    root.handlers[:], refused.filters[:] = handlers, filters
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


@pytest.fixture(params=["text", "json"])
def log(request: pytest.FixtureRequest) -> Configured:
    return Configured("info", request.param)


def test_private_values_are_hidden(log: Configured) -> None:
    """Whatever is logged under a private key is replaced, and an event is one line."""
    log.ours.info("started", workflow_id="order-1", payload={"card": "4711"}, token="4711", dsn="4711")
    assert log.text().count("\n") == 1
    assert "order-1" in log.text()
    assert log.text().count("[hidden]") == 3
    assert "4711" not in log.text()


def test_a_traceback_shows_no_local_variable(log: Configured) -> None:
    """The lines of the code are shown, the values are not."""
    local = "47" + "11"
    try:
        raise LookupError(len(local))
    except LookupError:
        log.ours.exception("failed")
    assert "LookupError: 4" in log.text()
    assert local not in log.text()


def test_libraries_log_in_the_same_format() -> None:
    """A logger of the standard library gives the same JSON as ours."""
    log = Configured("info", "json")
    log.theirs.warning("%d left", 3)
    event = json.loads(log.text())
    assert (event["message"], event["level"], event["logger"]) == ("3 left", "warning", "some.library")


def test_lower_levels_are_silent() -> None:
    """`SCHED_LOG_LEVEL` holds for our loggers and for those of libraries."""
    log = Configured("error", "text")
    log.ours.warning("ours")
    log.theirs.warning("theirs")
    assert log.text() == ""


def test_lines_look_like_those_of_the_sdk() -> None:
    """Server and demo worker write to one terminal: time, level, message, then what varies."""
    log = Configured("info", "text")
    log.ours.info("started", component="engine", workflow_id="order-1")
    record = logging.makeLogRecord(
        {
            "name": "sched_sdk",
            "levelname": "INFO",
            "msg": "started",
            "component": "engine",
            "workflow_id": "order-1",
        }
    )
    pattern = re.compile(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00 info    started component=engine workflow_id=order-1"
    )
    assert pattern.fullmatch(TextFormatter().format(record))
    assert pattern.match(log.text())


def test_a_text_with_line_breaks_is_one_line() -> None:
    """Whatever a message or a value holds."""
    log = Configured("info", "text")
    log.ours.info("two\nlines", reason="and\r\nmore")
    assert log.text().count("\n") == 1


def test_a_foreign_host_name_is_told_in_one_line(log: Configured) -> None:
    """Without a traceback; it is the caller's affair."""
    answer = Client().get("/admin/login/", headers={"host": "evil.example"})
    assert answer.status_code == 400
    assert log.text().count("\n") == 1
    assert "Host: 'evil.example': must be one of SCHED_ALLOWED_HOSTS" in log.text()
    assert "Traceback" not in log.text()


@pytest.mark.django_db
def test_a_part_that_is_down_is_told_once(log: Configured, settings: Settings) -> None:
    """However many probes ask: a line when it is down and one when it is up, and none for the 503 of each probe."""
    for probe, status in (("time.monotonic", 200), ("operator.truediv", 503), ("time.monotonic", 200)):
        settings.SCHED_PROBES = {"thing": (probe, {})}
        for _ in range(3):
            assert Client().get("/api/health", headers={"host": "localhost"}).status_code == status
    assert log.text().count("\n") == 2
    assert "thing is down: TypeError" in log.text()
    assert "thing is up again" in log.text()


def test_a_request_that_is_refused_is_not_told(log: Configured) -> None:
    """Those are counted by a metric."""
    assert Client().get("/no/such/page", headers={"host": "localhost"}).status_code == 404
    assert log.text() == ""
