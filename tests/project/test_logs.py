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
from workflows.core.inputs import LeaseExpired, SignalSent, StartRequested
from workflows.core.keys import TaskKey, TaskKind
from workflows.store.batch import fields_of
from workflows.store.lanes import Drain


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
    log.ours.info(
        "started", workflow_id="order-1", payload={"card": "visa-4711"}, token="visa-4711", dsn="visa-4711"
    )
    assert log.text().count("\n") == 1
    assert "order-1" in log.text()
    assert log.text().count("[hidden]") == 3
    assert "visa-4711" not in log.text()


def test_private_values_are_hidden_however_deep(log: Configured) -> None:
    """In what is logged as a mapping of mappings, too; what is not private is shown."""
    log.ours.info("started", event_of={"attributes": {"input": {"card": "visa-4711"}, "name": "go"}})
    assert "visa-4711" not in log.text()
    assert "[hidden]" in log.text()
    assert "go" in log.text()


KEY = "sched_abcdefgh_" + "x" * 43


def test_keys_and_passwords_are_hidden_in_texts(log: Configured) -> None:
    """In a message, a value and the text of an exception."""
    log.theirs.warning("refused %s", KEY)
    log.ours.info("connecting", address="redis://user:s3cret@redis.internal:6379/0")
    try:
        raise OSError("host=db password=s3cret: no route")
    except OSError:
        log.theirs.exception("lost postgresql://sched:s3cret@db/sched")
    assert KEY not in log.text()
    assert "s3cret" not in log.text()
    assert "redis.internal" in log.text()
    assert "no route" in log.text()


FIELDS = {
    "workflow_id": "order-1",
    "run_id": "r-1",
    "workflow_type": "Order",
    "activity_id": 5,
    "activity_type": "Charge",
    "attempt": 2,
}


def test_a_line_of_ours_names_its_component_and_what_it_is_about() -> None:
    """In JSON each as a field; what a library puts beside its message is left out, payloads and requests among it."""
    log = Configured("info", "json")
    logging.getLogger("workflows.store.commit_thread").error(
        "given up", extra=FIELDS | {"request": object(), "payload": "4711"}
    )
    logging.getLogger("timers.loop").warning("fails")
    first, second = map(json.loads, log.text().splitlines())
    assert {name: first[name] for name in FIELDS} == FIELDS
    assert (first["component"], second["component"]) == ("store", "timers")
    assert first.keys() - FIELDS.keys() == {"time", "level", "logger", "message", "component"}


def test_text_lines_tell_the_fields_in_their_order() -> None:
    """Component and ids first, whatever else there is."""
    log = Configured("info", "text")
    logging.getLogger("workflows.engine.hints").warning("odd", extra=FIELDS)
    assert (
        "odd component=engine workflow_id=order-1 run_id=r-1 workflow_type=Order activity_id=5 "
        "activity_type=Charge attempt=2" in log.text()
    )


def test_an_input_that_is_given_up_is_named() -> None:
    """A start by its ids and type, a hint by its run, an activity's outcome by run, activity and attempt."""
    start = StartRequested(workflow_id="o", run_id="r", workflow_type="T", task_queue="q")
    assert fields_of(start) == {"workflow_id": "o", "run_id": "r", "workflow_type": "T"}
    assert fields_of(Drain("r")) == {"run_id": "r"}
    assert fields_of(SignalSent(run_id="r", name="go")) == {"run_id": "r"}
    turn, attempt = TaskKey("r", TaskKind.WORKFLOW, 1, 1), TaskKey("r", TaskKind.ACTIVITY, 5, 2)
    assert fields_of(LeaseExpired(key=turn, delivery=1)) == {"run_id": "r"}
    assert fields_of(LeaseExpired(key=attempt, delivery=1)) == {"run_id": "r", "activity_id": 5, "attempt": 2}


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
