"""What is refused: each with the field, the value (shortened) and the rule, and nothing stored."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.api.caller import JSON, PROBLEM, Answer, Caller
from workflows.api.body import BODY_MAX
from workflows.service.cursors import RULE
from workflows.service.limits import PAYLOAD_MAX

SECRET = "hunter2"


@pytest.fixture(autouse=True)
def nothing_is_stored(api: Caller) -> Iterator[None]:
    yield
    assert set(api.driver.database.counts().values()) == {0}


def start(**more: object) -> dict[str, object]:
    return {"workflowName": "Ship", **more}


@pytest.mark.parametrize(
    ("body", "field", "rule"),
    [
        ({}, "workflowName", "is required and must be 1 to 200 characters"),
        (start(workflowName="  "), "workflowName", "1 to 200 characters"),
        (start(workflowName=None), "workflowName", "is required"),
        (start(workflowName="A B"), "workflowName", "A-Z a-z"),
        (start(workflowName="é"), "workflowName", "A-Z a-z"),
        (start(workflowName=7), "workflowName", "must be a string"),
        (start(workflowName="a\0b"), "workflowName", "A-Z a-z"),
        (start(workflowName="\ud800"), "workflowName", "surrogate"),
        (start(colour="red"), "colour", "is unknown; known are workflowName"),
        (start(workflowId=""), "workflowId", "1 to 200"),
        (start(workflowId="a b"), "workflowId", "A-Z a-z"),
        (start(workflowId="a\0b"), "workflowId", "A-Z a-z"),
        (start(workflowId="a\n"), "workflowId", "A-Z a-z"),
        (start(workflowId="."), "workflowId", "none of . .. counts"),
        (start(workflowId=".."), "workflowId", "none of . .. counts"),
        (start(workflowId="counts"), "workflowId", "none of . .. counts"),
        (start(workflowId="x" * 10_240), "workflowId", "1 to 200"),
        (start(workflowId=["a"]), "workflowId", "must be a string"),
        (start(taskQueue="a/b"), "taskQueue", "A-Z a-z"),
        (start(executionTimeoutSeconds=-1), "executionTimeoutSeconds", "more than 0"),
        (start(executionTimeoutSeconds=0), "executionTimeoutSeconds", "more than 0"),
        (start(executionTimeoutSeconds=1e-9), "executionTimeoutSeconds", "microsecond"),
        (start(executionTimeoutSeconds=1e300), "executionTimeoutSeconds", "at most"),
        (start(executionTimeoutSeconds=10**4000), "executionTimeoutSeconds", "at most"),
        (start(executionTimeoutSeconds="60"), "executionTimeoutSeconds", "number of seconds"),
        (start(executionTimeoutSeconds=True), "executionTimeoutSeconds", "number of seconds"),
        (start(memo=[1]), "memo", "must be a JSON object"),
        (start(searchAttributes="x"), "searchAttributes", "must be a JSON object"),
        (start(workflowIdReusePolicy="MAYBE"), "workflowIdReusePolicy", "one of ALLOW_DUPLICATE"),
        (start(workflowIdConflictPolicy="maybe"), "workflowIdConflictPolicy", "one of FAIL"),
        (start(workflowIdReusePolicy=""), "workflowIdReusePolicy", "one of ALLOW_DUPLICATE"),
        (start(workflowIdConflictPolicy=""), "workflowIdConflictPolicy", "one of FAIL"),
        (start(workflowIdConflictPolicy=7), "workflowIdConflictPolicy", "must be a string"),
    ],
)
def test_a_bad_start_names_its_field(api: Caller, body: dict[str, object], field: str, rule: str) -> None:
    """With the rule, in a short answer, however long the value was."""
    answer = api.post("workflows", json.dumps(body))
    assert (answer.status, answer.type, answer.json["code"]) == (400, PROBLEM, "INVALID")
    assert answer.fields == [field]
    assert rule in answer.rule
    assert len(answer.content) < 1500


def test_all_errors_come_at_once(api: Caller) -> None:
    """A body with three bad fields is answered with three errors, in the order of the fields."""
    answer = api.post("workflows", start(workflowName="", taskQueue="a b", executionTimeoutSeconds=-1))
    assert answer.fields == ["workflowName", "taskQueue", "executionTimeoutSeconds"]


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (b'{"workflowName":', "line 1, column 17"),
        (b'{"workflowName":"Ship"} {}', "Extra data"),
        (b'{"workflowName":"Ship",}', "Expecting property name"),
        (b"[]", "Expecting '{'"),
        (b"null", "Expecting '{'"),
        (b'{"workflowName":"Ship","workflowName":"Bill"}', "'workflowName' occurs twice"),
        (b'{"workflowName":"Ship","input":{"a":1,"a":2}}', "a name occurs twice"),
        (b'{"workflowName":"Ship","input":[NaN]}', "NaN is no JSON number"),
        (b'{"workflowName":"Ship","input":-Infinity}', "Infinity is no JSON number"),
        (b'{"workflowName":"Sh\xffip"}', "byte 19 is not UTF-8"),
        (b'\xef\xbb\xbf{"workflowName":"Ship"}', "Expecting '{'"),
        (b'{"workflowName":"Sh\x00ip"}', "Invalid control character"),
        (b'{"workflowName":"Ship","input":' + b"[" * 200_000, "nested too deeply"),
        (b"{'workflowName':'Ship'}", "Expecting property name"),
    ],
)
def test_what_is_no_json_object_is_refused(api: Caller, body: bytes, what: str) -> None:
    """Doubled keys, NaN, broken UTF-8 and bottomless nesting included; the answer says what is wrong."""
    answer = api.post("workflows", body)
    assert (answer.status, answer.json["code"], answer.fields) == (400, "MALFORMED", ["body"])
    assert what in answer.json["detail"]


def test_a_payload_too_large_is_refused_and_not_echoed(api: Caller) -> None:
    """The answer is 413, and holds nothing of the payload."""
    answer = api.post("workflows", start(input=SECRET + "x" * PAYLOAD_MAX))
    assert (answer.status, answer.json["code"], answer.fields) == (413, "TOO_LARGE", ["input"])
    assert SECRET not in answer.content.decode()


def test_a_body_too_large_is_refused(api: Caller) -> None:
    """The error is the body's, not that of the field that made it large."""
    answer = api.post("workflows", start(input="x" * BODY_MAX))
    assert (answer.status, answer.json["code"], answer.fields) == (413, "TOO_LARGE", ["body"])


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
)
@pytest.mark.parametrize("path", ["workflows", "workflows/a/cancel"])
def test_only_json_is_read(api: Caller, path: str, content_type: str) -> None:
    """No page of another site can have its visitors' browsers send it unasked; not even an empty body."""
    for body in (json.dumps(start()), ""):
        # Django's client leaves the content type of an empty body out, unless it is told so.
        answer = api.post(path, body, content_type=content_type, CONTENT_TYPE=content_type)
        assert (answer.status, answer.json["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")
        assert (answer.fields, answer.rule) == (["Content-Type"], "must be application/json")


def test_a_body_without_a_content_type_is_not_read(api: Caller) -> None:
    """Though there need not be one."""
    answer = api.post("workflows/a/cancel", b"{}", content_type="")
    assert (answer.status, answer.fields) == (415, ["Content-Type"])


def test_an_upload_is_refused_as_any_other_content_type(api: Caller) -> None:
    """A form with a file is answered 415 and not read."""
    answer = Answer(api.client.post("/api/workflows", {"workflowName": "Ship"}))
    assert (answer.status, answer.fields) == (415, ["Content-Type"])
    assert "multipart/form-data" in answer.json["errors"][0]["value"]


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", '"utf-8"'])
def test_a_charset_may_be_named(api: Caller, charset: str) -> None:
    """A content type with a parameter is JSON all the same."""
    answer = api.post("workflows/nobody/cancel", b"{}", content_type=f"application/json; charset={charset}")
    assert answer.status == 404


@pytest.mark.parametrize(
    ("content_type", "headers", "field", "value"),
    [
        ("application/json; charset=nope", {}, "Content-Type", "nope"),
        ("application/json; charset=utf-16", {}, "Content-Type", "utf-16"),
        (JSON, {"Content-Encoding": "gzip"}, "Content-Encoding", "gzip"),
    ],
)
def test_what_would_have_to_be_decoded_is_refused(
    api: Caller, content_type: str, headers: dict[str, str], field: str, value: str
) -> None:
    """Other charsets and compressed bodies are not guessed at."""
    answer = api.post("workflows", start(), CONTENT_TYPE=content_type, headers=headers)
    assert (answer.status, answer.json["code"], answer.fields) == (415, "UNSUPPORTED_MEDIA_TYPE", [field])
    assert value in answer.json["errors"][0]["value"]


@pytest.mark.parametrize("path", ["workflows/a/cancel", "workflows/a/terminate"])
def test_an_empty_body_needs_no_content_type_where_it_is_optional(api: Caller, path: str) -> None:
    """Nor the JSON of an empty object: it is taken, and the id is what nobody has."""
    assert api.post(path, b"", content_type="").status == 404


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:8080"])
def test_a_page_cannot_send_an_empty_body_unasked(api: Caller, origin: str) -> None:
    """Browsers name the origin of a page with what it posts; such a body must say that it is JSON."""
    answer = api.post("workflows/a/cancel", b"", content_type="", headers={"Origin": origin})
    assert (answer.status, answer.fields) == (415, ["Content-Type"])


@pytest.mark.parametrize("path", ["workflows", "workflows/a/signal"])
def test_a_demanded_body_says_that_it_is_json(api: Caller, path: str) -> None:
    """Where a field is required, so is the content type."""
    assert api.post(path, b"", content_type="").status == 415


@pytest.mark.parametrize(
    ("path", "query", "field"),
    [
        ("workflows", {"status": "BROKEN"}, "status"),
        ("workflows", {"status": "running"}, "status"),
        ("workflows", {"status": ""}, "status"),
        ("workflows", {"colour": "red"}, "colour"),
        ("workflows", {"pageSize": "0"}, "pageSize"),
        ("workflows", {"pageSize": "501"}, "pageSize"),
        ("workflows", {"pageSize": "٣"}, "pageSize"),
        ("workflows", {"pageSize": ["1", "2"]}, "pageSize"),
        ("workflows", {"cursor": ""}, "cursor"),
        ("workflows", {"cursor": "AAAA"}, "cursor"),
        ("workflows", {"cursor": "MTp4"}, "cursor"),
        ("workflows", {"cursor": "ü" * 10_000}, "cursor"),
        ("workflows", {"startedAfter": "yesterday"}, "startedAfter"),
        ("workflows", {"startedBefore": "2026-03-01T12:00:00"}, "startedBefore"),
        ("workflows", {"idPrefix": "a%"}, "idPrefix"),
        ("workflows", {"workflowName": "a\0"}, "workflowName"),
        ("workflows", {"workflowName": ""}, "workflowName"),
        ("workflows", {"workflowName": "é"}, "workflowName"),
        ("workflows/counts", {"pageSize": "1"}, "pageSize"),
        ("workflows/a/history", {"after": "-1"}, "after"),
        ("workflows/a/history", {"after": "9" * 20}, "after"),
        ("workflows/a/history", {"pageSize": "1001"}, "pageSize"),
        ("workflows/a/result", {"wait": "nan"}, "wait"),
        ("workflows/a/result", {"wait": "61"}, "wait"),
        ("workflows/a/result", {"wait": "soon"}, "wait"),
        ("workflows/a", {"runId": ""}, "runId"),
        ("workflows/a", {"runId": "7"}, "runId"),
        ("workflows/a%20b", {}, "workflowId"),
        ("workflows/a%00b", {}, "workflowId"),
        ("workflows/counts/history", {}, "workflowId"),
        (f"workflows/{'x' * 10_240}", {}, "workflowId"),
        ("metrics", {"window": "1"}, "window"),
    ],
)
def test_a_bad_query_names_its_field(api: Caller, path: str, query: dict[str, object], field: str) -> None:
    """In a short answer, however long the value was."""
    answer = api.get(path, **query)
    assert (answer.status, answer.json["code"], answer.fields) == (400, "INVALID", [field])
    assert len(answer.content) < 800


def test_a_made_up_cursor_is_told_apart(api: Caller) -> None:
    """Its rule is that cursors come from a page before."""
    assert api.get("workflows", cursor="made-up").rule == RULE


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("signal", {}, "name"),
        ("signal", {"name": "\x07"}, "name"),
        ("signal", {"name": " "}, "name"),
        ("signal", {"name": "é ok"}, "name"),
        ("signal", {"name": "go", "colour": 1}, "colour"),
        ("signal", {"name": "go", "payload": "x" * PAYLOAD_MAX}, "payload"),
        ("cancel", {"reason": 7}, "reason"),
        ("cancel", {"reason": "a\0b"}, "reason"),
        ("terminate", {"reason": "x" * 2001}, "reason"),
        ("terminate", {"force": True}, "force"),
    ],
)
def test_bad_steering_names_its_field(api: Caller, path: str, body: dict[str, object], field: str) -> None:
    """Unknown fields, control characters and sizes are held to as at a start."""
    answer = api.post(f"workflows/a/{path}", body)
    assert answer.status in (400, 413)
    assert answer.fields == [field]


@pytest.mark.parametrize(("key", "value"), [("", "''"), ("a b", "'a b'"), ("x" * 201, f"'{'x' * 59}…")])
def test_a_bad_idempotency_key_is_refused(api: Caller, key: str, value: str) -> None:
    """The error names the header and its value, shortened."""
    answer = api.post("workflows", start(), headers={"Idempotency-Key": key})
    assert (answer.status, answer.fields) == (400, ["Idempotency-Key"])
    assert answer.json["errors"][0]["value"] == value


@pytest.mark.parametrize(("memo", "value"), [([SECRET], "an array"), (SECRET, "a string"), (7, "a number")])
def test_a_memo_of_the_wrong_sort_is_told_by_its_sort(api: Caller, memo: object, value: str) -> None:
    """It is a payload: nothing of its content is shown."""
    answer = api.post("workflows", start(memo=memo))
    assert answer.json["errors"][0]["value"] == value


def test_paths_and_methods_that_are_none(api: Caller) -> None:
    """An unknown path and a wrong method are problems with a code, the latter with what is allowed."""
    missing = api.get("nothing/here")
    assert (missing.status, missing.type, missing.json["code"]) == (404, PROBLEM, "NO_SUCH_PATH")
    wrong = api.post("workflows/counts")
    assert (wrong.status, wrong.json["code"]) == (405, "METHOD_NOT_ALLOWED")
    assert "GET" in wrong.headers["Allow"]
