"""What is answered to messages on `/ws`."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.api.caller import Caller
from tests.api.credentials import HOST
from tests.live.wire import PATIENCE_SECONDS, connected, converse
from workflows.live.connection import SUBSCRIPTIONS_MAX
from workflows.live.messages import MESSAGE_MAX

OURS = {"host": HOST}
pytestmark = pytest.mark.usefixtures("live_threads")


def say(*messages: Any) -> list[Any]:
    answers = asyncio.run(converse(OURS, *messages))
    assert answers is not None
    return answers


def test_each_topic_is_answered_with_what_rest_answers(api: Caller) -> None:
    """Counts, the first page, a description; each with its id and the first revision."""
    workflow_id = api.start({"workflowName": "Ship", "taskQueue": "payments", "input": {"big": 10**30}})
    api.start({"workflowName": "Other"})
    overview, listed, one = say(
        {"subscribe": "overview", "id": 0},
        {"subscribe": {"list": {"taskQueue": "payments", "status": "RUNNING"}}, "id": 7},
        {"subscribe": {"workflow": workflow_id}, "id": 2**53 - 1},
    )
    counts = api.get("workflows/counts").json
    assert overview["snapshot"].pop("recent") == api.get("workflows").json["workflows"]
    approximate = counts.pop("approximate")
    assert overview == {
        "id": 0,
        "revision": 1,
        "snapshot": {"counts": counts, "approximate": approximate},
    }
    assert listed == {"id": 7, "revision": 1, "snapshot": api.get("workflows", taskQueue="payments").json}
    assert one["id"] == 2**53 - 1
    assert one["snapshot"] == {"workflow": api.get(f"workflows/{workflow_id}").json}
    assert one["snapshot"]["workflow"]["input"] == {"big": 10**30}


BAD: list[tuple[Any, int | None, str, str]] = [
    ({"subscribe": "everything", "id": 1}, 1, "subscribe", "must be"),
    ({"subscribe": {"list": {}, "workflow": "a"}, "id": 1}, 1, "subscribe", "must be"),
    ({"subscribe": {"list": []}, "id": 1}, 1, "subscribe", "must be"),
    ({"subscribe": {"list": {"status": 7}}, "id": 1}, 1, "status", "must be a string"),
    ({"subscribe": {"list": {"status": "ASLEEP"}}, "id": 1}, 1, "status", "must be one of RUNNING"),
    ({"subscribe": {"list": {"colour": "red"}}, "id": 1}, 1, "colour", "is unknown"),
    ({"subscribe": {"workflow": "a b"}, "id": 1}, 1, "workflowId", "must be 1 to 200 characters"),
    ({"subscribe": "overview", "id": -1}, None, "id", "must be a whole number"),
    ({"subscribe": "overview", "id": True}, None, "id", "must be a whole number"),
    ({"subscribe": "overview"}, None, "id", "is missing; it must be a whole number"),
    ({"subscribe": "overview", "id": 1, "key": "x"}, 1, "key", "is unknown"),
    ({"id": 1}, 1, "subscribe", "is missing; it must be"),
    ({"unsubscribe": 3}, 3, "unsubscribe", "must be the id of a subscription"),
    ([], None, "body", "must be a JSON object"),
]


@pytest.mark.parametrize(("message", "number", "field", "rule"), BAD, ids=[str(each[0]) for each in BAD])
def test_a_bad_message_is_answered_and_ends_nothing(
    api: Caller, message: Any, number: int | None, field: str, rule: str
) -> None:
    """With field, value and rule, under the id where there is one; the next message is answered as ever."""
    refused, answered = say(message, {"subscribe": "overview", "id": 1})
    assert (refused["id"], refused["error"]["status"]) == (number, 400)
    (error,) = refused["error"]["errors"]
    assert error["field"] == field
    assert rule in error["rule"]
    assert answered["revision"] == 1


@pytest.mark.parametrize(
    ("message", "value"),
    [
        ({"subscribe": "everything", "id": 1}, "'everything'"),
        ({"subscribe": {"list": []}, "id": 1}, """'{"list":[]}'"""),
        ({"subscribe": {"list": {"status": 7}}, "id": 1}, "7"),
        ({"subscribe": "overview", "id": "one"}, "'one'"),
        ({"subscribe": "overview", "id": 10**40}, str(10**40)),
        ({"subscribe": "overview"}, ""),
    ],
    ids=str,
)
def test_a_refusal_quotes_what_it_refuses(api: Caller, message: Any, value: str) -> None:
    """And nothing where there was nothing."""
    (refused,) = say(message)
    assert refused["error"]["errors"][0]["value"] == value


def test_what_is_not_there_is_told(api: Caller) -> None:
    """And makes no subscription: the id can be used again."""
    missing, answered = say({"subscribe": {"workflow": "a"}, "id": 1}, {"subscribe": "overview", "id": 1})
    assert (missing["id"], missing["error"]["code"]) == (1, "NOT_FOUND")
    assert answered["id"] == 1


def test_subscriptions_are_bounded_and_can_be_ended(api: Caller) -> None:
    """An id is one subscription's; one more than there may be is refused until one is ended."""
    many: list[Any] = [{"subscribe": "overview", "id": number} for number in range(SUBSCRIPTIONS_MAX)]
    taken, *_, over, ended, again = say(
        many[0],
        *many[1:],
        {"subscribe": "overview", "id": 99},
        {"unsubscribe": 3},
        {"subscribe": "overview", "id": 99},
    )
    assert taken["revision"] == 1
    assert f"at most {SUBSCRIPTIONS_MAX}" in over["error"]["errors"][0]["rule"]
    assert ended == {"id": 3, "unsubscribed": True}
    assert again["id"] == 99
    first, second = say(many[0], many[0])
    assert (first["revision"], second["error"]["errors"][0]["field"]) == (1, "id")


@pytest.mark.parametrize(
    "frame", [{"bytes": b"\x00"}, {"text": "x" * (MESSAGE_MAX + 1)}, {"text": '{"a":1,"a":2}'}]
)
async def test_what_is_no_message_is_refused(frame: dict[str, Any]) -> None:
    """Binary, too long, not JSON as we take it: the connection goes on."""
    async with connected(OURS) as socket:
        await socket.send_input({"type": "websocket.receive", **frame})
        answer = await socket.receive_json_from(PATIENCE_SECONDS)
        assert (answer["id"], answer["error"]["status"]) == (None, 400)
        assert "xxx" not in str(answer)
        await socket.send_json_to({"unsubscribe": 1})
        assert (await socket.receive_json_from(PATIENCE_SECONDS))["id"] == 1
