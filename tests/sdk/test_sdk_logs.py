"""Log lines: the fields by which an operator searches, as text and as JSON, and never a payload."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sched_sdk import logs
from sched_sdk.proto.v1.worker_pb2 import CompletionAck

from tests.sdk.peer import activity_task, peer_engine, started_event, workflow_task
from tests.sdk.replaying import history
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


def test_one_line_keeps_both_ends() -> None:
    """Of a long text; breaks become spaces."""
    assert logs.one_line("event 3 is another\nat flow.py:7") == "event 3 is another at flow.py:7"
    cut = logs.one_line("a" * 50 + "b" * 50, longest=20)
    assert (cut[0], cut[-1], len(cut)) == ("a", "b", 19)


async def lines_of(caplog: pytest.LogCaptureFixture, kind: str, task: Any, *, code: int = 0) -> list[str]:
    """What a worker says above info of one task, to which the engine answers with that code."""
    caplog.set_level(logging.DEBUG, "sched_sdk")
    async with peer_engine() as peer:
        client = client_of(peer)

        @client.activity("Fails")
        def fails(ctx: Any, secret: str) -> None:
            raise ValueError("no stock\nof either " + "x" * 1000)

        @client.workflow("Broken")
        def broken(ctx: Any, secret: str) -> None:
            raise KeyError("☠")

        @client.workflow("Changed")
        def changed(ctx: Any, secret: str) -> None:
            ctx.sleep(1)

        @client.activity("Fine")
        def fine(ctx: Any, secret: str) -> str:
            return secret

        def ack(completion: Any) -> CompletionAck:
            return CompletionAck(
                id=completion.id, code=code, reason="STALE_TASK", message="the task is\ngone"
            )

        peer.acks = ack
        async with running_worker(client, streaming=True):
            peer.give(kind, task)
            await peer.until(lambda: peer.completions)
    assert "pssst" not in caplog.text
    return [line.getMessage() for line in caplog.records if line.levelno >= logging.WARNING]


async def test_a_failed_attempt_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """In one line: type, attempt, and the exception, shortened. Where it was raised is told to who debugs."""
    (line,) = await lines_of(caplog, "activity", activity_task("Fails", '"pssst"', attempt=2))
    assert line.startswith("activity Fails failed, attempt 2: ValueError: no stock of either xxx")
    assert len(line) < 400
    (record,) = [record for record in caplog.records if record.levelno == logging.DEBUG and record.exc_info]
    assert isinstance(record.exc_info, tuple)
    assert record.exc_info[0] is ValueError


async def test_a_failed_workflow_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """In one line, with the type of the exception; its stack trace is told to who debugs."""
    (line,) = await lines_of(caplog, "workflow", workflow_task("Broken", started_event("Broken", '"pssst"')))
    assert line == "workflow Broken failed, order-1: KeyError: '☠'"
    assert any("in broken" in record.getMessage() for record in caplog.records)


async def test_a_refused_completion_names_its_task(caplog: pytest.LogCaptureFixture) -> None:
    """Activity, attempt and workflow, in one line."""
    (line,) = await lines_of(caplog, "activity", activity_task("Fine", '"pssst"'), code=9)
    assert line == (
        "the engine refused a completion (STALE_TASK), activity Fine, attempt 1 of workflow order-1: "
        "the task is gone; it is dropped"
    )
    (record,) = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert (record.__dict__["activity_type"], record.__dict__["workflow_id"]) == ("Fine", "order-1")


async def test_a_task_that_goes_back_is_one_line(caplog: pytest.LogCaptureFixture) -> None:
    """Though its details, for an operator's page, are several."""
    scheduled = history("WS, Y, AS0(Fine), AC0")
    task = workflow_task("Changed", started_event("Changed", '"pssst"'), *scheduled[1:])
    (line,) = await lines_of(caplog, "workflow", task)
    assert line.startswith("a task of workflow order-1 goes back: event 3 is ActivityTaskScheduled Fine")
    assert "\n" not in line
    assert "test_sdk_logs.py" in line
