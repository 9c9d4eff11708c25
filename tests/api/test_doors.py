"""What is refused before a view is found, or without one; and the numbers, cursors and nesting of what views read."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

import pytest

from tests.api.caller import JSON, PROBLEM, Answer, Caller
from workflows.api.shedding import Shedding
from workflows.service.cursors import FILTERS_RULE

SECRET = "hunter2"
DIGITS = 6_000


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "a b", "[::1", "localhost:99x"])
def test_a_foreign_host_is_a_problem_below_the_api(api: Caller, host: str, caplog: Any) -> None:
    """With field, value and rule, before anything is read; the log has a line of it, and no traceback."""
    answer = Answer(api.client.post("/api/workflows", b"{", content_type=JSON, headers={"host": host}))
    assert (answer.status, answer.type, answer.json["code"]) == (400, PROBLEM, "INVALID")
    assert answer.json["errors"] == [
        {
            "field": "Host",
            "value": f"'{host}'",
            "rule": "must be one of SCHED_ALLOWED_HOSTS; unless they are set, a name of loopback",
        }
    ]
    assert all(record.exc_info is None for record in caplog.records)


def test_a_foreign_host_is_told_plainly_elsewhere(api: Caller) -> None:
    """The pages of operators have no problems to show."""
    answer = Answer(api.client.get("/admin/", headers={"host": "evil.example"}))
    assert (answer.status, answer.type) == (400, "text/plain; charset=utf-8")


@pytest.mark.parametrize(
    "path", ["/api/", "/api/workflows/", "/api/workflows/a/", "/api/%ff", "/api/a/b/c/d"]
)
def test_every_path_below_the_api_that_is_none_is_a_problem(api: Caller, path: str) -> None:
    """A trailing slash is one, too."""
    answer = Answer(api.client.get(path))
    assert (answer.status, answer.type, answer.json["code"]) == (404, PROBLEM, "NO_SUCH_PATH")


@pytest.mark.parametrize("path", ["workflows", "workflows/a/signal", "workflows/a/cancel"])
@pytest.mark.parametrize(
    "content_type", ["multipart/form-data", "multipart/form-data; boundary=", ";", "x" * 5_000]
)
def test_forms_and_nonsense_are_no_json(api: Caller, path: str, content_type: str) -> None:
    """A form without a boundary is refused for what it is, and not read."""
    answer = api.post(path, b"--x", content_type=content_type, CONTENT_TYPE=content_type)
    assert (answer.status, answer.fields) == (415, ["Content-Type"])
    assert len(answer.content) < 800


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
@pytest.mark.parametrize("path", ["workflows", "workflows/a", "workflows/a/signal", "health", "metrics"])
def test_methods_that_are_none(api: Caller, method: str, path: str) -> None:
    """A problem that says which are."""
    answer = Answer(getattr(api.client, method)(f"/api/{path}", b"{}", content_type=JSON))
    assert (answer.status, answer.type, answer.json["code"]) == (405, PROBLEM, "METHOD_NOT_ALLOWED")
    assert answer.headers["Allow"]


@pytest.mark.parametrize(
    ("payload", "rule"),
    [
        ("1" * DIGITS, "an integer has 6000 digits; at most 4300 can be carried"),
        ("1e400", "beyond the range of a double"),
        ("[-1e400]", "beyond the range of a double"),
        ("[" * 501 + "]" * 501, "nested too deeply"),
    ],
    ids=["digits", "range", "in a list", "nesting"],
)
@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("workflows", '{"workflowName":"Ship","input":%s}', "input"),
        ("workflows", '{"workflowName":"Ship","memo":{"a":%s}}', "memo"),
        ("workflows", '{"workflowName":"Ship","searchAttributes":{"a":%s}}', "searchAttributes"),
        ("workflows/a/signal", '{"name":"go","payload":%s}', "payload"),
    ],
)
def test_what_no_worker_could_read_is_refused_by_field(
    api: Caller, path: str, body: str, field: str, payload: str, rule: str
) -> None:
    """It is JSON, but whoever is handed it would be stuck with it. Nothing of it is shown, and nothing stored."""
    answer = api.post(path, body % payload)
    assert (answer.status, answer.json["code"], answer.fields) == (400, "INVALID", [field])
    assert rule in answer.rule
    assert answer.json["errors"][0]["value"] == ""
    assert set(api.driver.database.counts().values()) == {0}


def test_big_integers_keep_their_value(api: Caller) -> None:
    """Up to what can be carried, byte for byte."""
    digits = "7" * 4_300
    workflow_id = api.start(f'{{"workflowName":"Ship","input":[{digits},1E+300,-0.0]}}')
    assert f'"input":[{digits},1E+300,-0.0]'.encode() in api.get(f"workflows/{workflow_id}").content


def test_a_name_that_occurs_twice_in_a_payload_is_not_shown(api: Caller) -> None:
    """It is a part of the payload."""
    answer = api.post("workflows", '{"workflowName":"Ship","input":{"hunter2":1,"hunter2":2}}')
    assert (answer.status, answer.json["code"]) == (400, "MALFORMED")
    assert SECRET not in answer.content.decode()


def test_what_is_wrong_with_a_body_does_not_show_it(api: Caller, caplog: Any) -> None:
    """Neither to the caller nor to the log."""
    with caplog.at_level(logging.DEBUG):
        for body in (
            f'{{"workflowName":"Ship","input":"{SECRET}',
            f'{{"input":"{SECRET}","workflowName":7}}',
        ):
            assert SECRET not in api.post("workflows", body).content.decode()
    assert SECRET not in caplog.text


def test_a_cursor_belongs_to_its_filters(api: Caller) -> None:
    """With others it would begin in the middle; with the same it goes on."""
    for _ in range(3):
        api.start({"workflowName": "Ship", "taskQueue": "payments"})
    cursor = api.get("workflows", taskQueue="payments", pageSize=2).json["nextCursor"]
    assert len(api.get("workflows", taskQueue="payments", cursor=cursor).json["workflows"]) == 1
    for filters in ({}, {"taskQueue": "other"}, {"taskQueue": "payments", "status": "RUNNING"}):
        answer = api.get("workflows", cursor=cursor, **filters)
        assert (answer.status, answer.fields, answer.rule) == (400, ["cursor"], FILTERS_RULE)


class Web:
    """An application that answers when it is told to."""

    def __init__(self) -> None:
        self.released = asyncio.Event()
        self.entered = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.entered += 1
        await self.released.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})


async def test_requests_beyond_the_bound_are_shed_with_a_hint() -> None:
    """Before they are read. Health is asked all the same, and who ends makes room."""
    web = Web()
    shedding = Shedding(web, most=2)
    answers: list[Any] = []

    async def receive() -> Any:
        raise AssertionError("nothing is read")

    async def ask(path: str) -> None:
        async def send(message: Any) -> None:
            answers.append(message)

        await shedding({"type": "http", "path": path}, receive, send)

    async with asyncio.TaskGroup() as callers:
        for path in ("/api/workflows", "/admin/", "/api/health"):
            callers.create_task(ask(path))
        await asyncio.sleep(0)
        assert web.entered == 3

        await ask("/api/workflows")

        start, body = answers
        assert (start["status"], dict(start["headers"])[b"retry-after"]) == (503, b"1")
        assert json.loads(body["body"])["code"] == "OVERLOADED"
        web.released.set()
    await ask("/api/workflows")
    assert web.entered == 4
