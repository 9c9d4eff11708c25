"""Logs are one line per event and never carry user data or credentials."""

from __future__ import annotations

import json
import logging
import logging.config
from collections.abc import Iterator

import pytest
import structlog
from structlog.typing import FilteringBoundLogger

from schedproject import logs


@pytest.fixture(autouse=True)
def keep_configuration() -> Iterator[None]:
    """The configuration of the test process comes back after each test."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture(params=["text", "json"])
def log(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> FilteringBoundLogger:
    """A logger of a process that was configured for the format."""
    logging.config.dictConfig(logs.configure("info", request.param))
    logger: FilteringBoundLogger = structlog.get_logger("sched.test")
    return logger


def test_private_values_are_hidden(log: FilteringBoundLogger, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever is logged under a private key is replaced."""
    log.info("started", workflow_id="order-1", payload={"card": "4711"}, token="4711", dsn="4711")
    line = capsys.readouterr().err
    assert line.count("\n") == 1, line
    assert "order-1" in line
    assert line.count("[hidden]") == 3
    assert "4711" not in line


def test_a_traceback_shows_no_local_variable(
    log: FilteringBoundLogger, capsys: pytest.CaptureFixture[str]
) -> None:
    """The lines of the code are shown, the values are not."""
    local = "47" + "11"
    try:
        raise LookupError(len(local))
    except LookupError:
        log.exception("failed")
    text = capsys.readouterr().err
    assert "LookupError: 4" in text
    assert local not in text


def test_libraries_log_in_the_same_format(capsys: pytest.CaptureFixture[str]) -> None:
    """A logger of the standard library gives the same JSON as ours."""
    logging.config.dictConfig(logs.configure("info", "json"))
    logging.getLogger("some.library").warning("%d left", 3)
    event = json.loads(capsys.readouterr().err)
    assert (event["event"], event["level"], event["logger"]) == ("3 left", "warning", "some.library")


def test_lower_levels_are_silent(capsys: pytest.CaptureFixture[str]) -> None:
    """`SCHED_LOG_LEVEL` holds for our loggers and for those of libraries."""
    logging.config.dictConfig(logs.configure("error", "text"))
    structlog.get_logger("sched.test").warning("ours")
    logging.getLogger("some.library").warning("theirs")
    assert capsys.readouterr().err == ""
