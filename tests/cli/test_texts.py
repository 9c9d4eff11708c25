"""What is typed and what is shown, by itself: durations, JSON, spans, text that would steer a terminal."""

from __future__ import annotations

import json

import pytest
from sched_sdk.cli import documents, events, json_text, screen, shown, words
from sched_sdk.cli.json_text import Spliced
from sched_sdk.proto.v1 import history_pb2
from sched_sdk.proto.v1.common_pb2 import FAILURE_KIND_TIMEOUT, Failure, Payload, RetryPolicy


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("90", 90),
        ("1.5", 1.5),
        ("500ms", 0.5),
        ("30s", 30),
        ("5m", 300),
        ("1.5h", 5_400),
        ("2d", 172_800),
    ],
)
def test_durations(text: str, seconds: float) -> None:
    """Seconds unless there is a unit."""
    found = words.duration(text, option="--wait")
    assert found is not None
    assert found.total_seconds() == seconds


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0.0s"), (59.94, "59.9s"), (61, "1m 1s"), (3_720, "1h 2m"), (183_600, "2d 3h")]
)
def test_spans(seconds: float, text: str) -> None:
    """Two units, the largest that say something."""
    assert shown.span(seconds) == text


def test_payloads_are_spliced_in_as_they_are() -> None:
    """But for line breaks between their tokens: a document is one line."""
    text = '{\n  "n": 1.10,\r\n  "line": "a\\nb"\n}'
    line = json_text.dumps({"k": [Spliced(text), "ü", None, 1]})
    assert line == '{"k":[{   "n": 1.10,    "line": "a\\nb" },"ü",null,1]}'
    assert json.loads(line)["k"][0] == json.loads(text)


@pytest.mark.parametrize(
    ("payload", "document"),
    [
        (Payload(), None),
        (Payload(data=b"null"), Spliced("null")),
        (Payload(data=b"1.10", encoding="json/plain"), Spliced("1.10")),
        (Payload(data=b"\xff", encoding="binary"), {"encoding": "binary", "base64": "/w=="}),
        (Payload(data=b"{"), {"encoding": "json/plain", "base64": "ew=="}),
    ],
)
def test_a_payload_that_is_no_json_is_shown_all_the_same(payload: Payload, document: object) -> None:
    """By its encoding or by damage."""
    assert documents.payload(payload) == document


def test_text_from_elsewhere_does_not_steer_the_terminal() -> None:
    """Escapes, line feeds and turned writing are shown as what they are."""
    assert screen.plain("a\x1b[31mb\x00\x9b\u202ec\r") == "a\\x1b[31mb\\x00\\x9b\\u202ec\\r"
    assert screen.plain("two\nlines\tü") == "two\nlines\tü"


def test_a_long_payload_is_cut_for_people_and_says_so() -> None:
    """A result alone never is."""
    text = '"' + "x" * 5_000 + '"'
    assert shown.payload(Spliced(text)) == text[:2_000] + "… (5,002 characters)"
    assert shown.payload(Spliced(text), whole=True) == text
    assert (shown.payload(None), shown.payload(None, whole=True)) == ("", "null")


def test_a_failure_is_told_with_kind_and_causes() -> None:
    """One without a type by its kind."""
    cause = Failure(type="OutOfStock", message="sold out", non_retryable=True)
    failure = Failure(kind=FAILURE_KIND_TIMEOUT, message="too late", cause=cause)
    assert shown.failure(failure) == ["TIMEOUT: too late", "caused by OutOfStock: sold out (not retried)"]


def test_attributes_of_an_event_are_told_in_the_words_of_rest() -> None:
    """Spans as seconds, payloads spliced, what there is none of left out; 0 of a number is a value."""
    event = history_pb2.HistoryEvent(
        number=3,
        time_us=1_700_000_000_000_001,
        activity_task_scheduled=history_pb2.ActivityTaskScheduled(
            activity_type="Do",
            input=Payload(data=b"1.10"),
            retry=RetryPolicy(initial_interval_us=1_500_000, backoff_coefficient=2.0, maximum_attempts=0),
            heartbeat_timeout_us=2_000_000,
            headers={"traceparent": "00"},
        ),
    )
    assert events.document(event) == {
        "number": 3,
        "type": "ActivityTaskScheduled",
        "time": "2023-11-14T22:13:20.000001Z",
        "attributes": {
            "command": 0,
            "activityType": "Do",
            "input": Spliced("1.10"),
            "retry": {"initialIntervalSeconds": 1.5, "backoffCoefficient": 2.0, "maximumAttempts": 0},
            "heartbeatTimeoutSeconds": 2.0,
            "detached": False,
            "headers": {"traceparent": "00"},
        },
    }


def test_an_event_of_a_newer_engine_is_shown_as_unknown() -> None:
    """It has its number and its place."""
    told = events.document(history_pb2.HistoryEvent(number=7))
    assert told == {"number": 7, "type": "Unknown", "time": None, "attributes": {}}
