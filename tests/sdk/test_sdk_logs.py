"""Log lines: the fields by which an operator searches, as text and as JSON, and never a payload."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sched_sdk import logs

from tests.sdk.peer import activity_task, peer_engine
from tests.sdk.working import client_of, running_worker


@contextmanager
def bare_logging() -> Iterator[logging.Logger]:
    """Logging that nobody has configured, put back afterwards."""
    logger, root = logging.getLogger(logs.ROOT), logging.getLogger()
    before = (logger.handlers[:], logger.level, logger.propagate, root.handlers[:])
    logger.handlers[:] = root.handlers[:] = []
    try:
        yield logger
    finally:
        logger.handlers[:], logger.level, logger.propagate, root.handlers[:] = before


def record(formatter: logging.Formatter, **fields: object) -> str:
    made = logging.LogRecord("sched_sdk.worker", logging.INFO, "file", 1, "did %s", ("it",), None)
    made.__dict__.update(fields)
    return formatter.format(made)


def test_json_lines_carry_the_fields() -> None:
    """One object a line; fields that are not there are not shown."""
    line = json.loads(record(logs.JsonFormatter(), component="worker", workflow_id="o-1", attempt=2))
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "info",
        "logger": "sched_sdk.worker",
        "message": "did it",
        "component": "worker",
        "workflow_id": "o-1",
        "attempt": 2,
    }


def test_text_lines_carry_the_fields() -> None:
    """After the message, as key=value."""
    line = record(logs.TextFormatter(), component="worker", run_id="r-1")
    assert line.endswith("info    did it component=worker run_id=r-1")


def test_it_configures_what_nobody_has_configured() -> None:
    """Once, with the level of the settings."""
    with bare_logging() as logger:
        for _ in range(2):
            logs.configure(level="warning", format_="json")
        (handler,) = logger.handlers
        assert isinstance(handler.formatter, logs.JsonFormatter)
        assert logger.level == logging.WARNING


def test_an_applications_configuration_wins() -> None:
    """With a handler at the root nothing is added."""
    with bare_logging() as logger:
        logging.getLogger().addHandler(logging.NullHandler())
        logs.configure(level="debug", format_="json")
        assert logger.handlers == []


async def test_an_activitys_logger_names_its_attempt(caplog: pytest.LogCaptureFixture) -> None:
    """Workflow, run, type, activity, attempt; its payload is nobody's business."""
    caplog.set_level(logging.DEBUG, "sched_sdk")
    async with peer_engine() as peer:
        client = client_of(peer)

        @client.activity("Talks")
        def talks(ctx: Any, secret: str) -> str:
            ctx.logger.info("working")
            return secret

        async with running_worker(client, streaming=True):
            peer.give("activity", activity_task("Talks", '"pssst"'))
            await peer.until(lambda: peer.completions)
    (line,) = [record for record in caplog.records if record.getMessage() == "working"]
    found = {name: getattr(line, name) for name in logs.FIELDS}
    assert found == {
        "component": "activity",
        "workflow_id": "order-1",
        "run_id": "run-1",
        "workflow_type": "Order",
        "activity_id": 3,
        "activity_type": "Talks",
        "attempt": 1,
    }
    assert "pssst" not in caplog.text
