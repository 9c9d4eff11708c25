"""`Idempotency-Key`: however often and whenever a request comes, it has one effect and is answered for that."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections

from tests.api.caller import Answer, Caller
from workflows.core import inputs as i

KEY = {"headers": {"Idempotency-Key": "key-1"}}
START = {"workflowName": "Ship", "workflowId": "order-1"}
ACTS = {
    "start": ("workflows", START),
    "signal": ("workflows/order-1/signal", {"name": "go"}),
    "cancel": ("workflows/order-1/cancel", {}),
    "terminate": ("workflows/order-1/terminate", {}),
    "retry": ("workflows/order-1/retry", {}),
}
HISTORIES = {
    "start": "WS",
    "signal": "WS SR",
    "cancel": "WS WCR",
    "terminate": "WS WT",
    "retry": "WS",
}


def prepare(api: Caller, act: str, workflow_id: str = "order-1") -> None:
    """What the act acts on."""
    if act == "start":
        return
    api.start({"workflowName": "Ship", "workflowId": workflow_id})
    if act == "retry":
        api.driver.commit(i.TerminateRequested(run_id=api.run_of(workflow_id)))


def ids_of(answer: Answer) -> dict[str, Any]:
    """What an answer says of the effect: not whether it was this request's."""
    assert answer.status in (200, 201, 202), answer.content
    return {name: value for name, value in answer.json.items() if name.endswith("Id")}


def rows(api: Caller) -> dict[str, int]:
    return api.driver.database.counts()


@pytest.mark.parametrize("act", ACTS)
def test_the_same_key_twice_has_one_effect_and_one_answer(api: Caller, act: str) -> None:
    """The second stores nothing, and names the same run."""
    prepare(api, act)
    path, body = ACTS[act]
    first = api.post(path, body, **KEY)
    stored = rows(api)
    again = api.post(path, body, **KEY)
    assert rows(api) == stored
    assert ids_of(again) == ids_of(first)
    assert api.drain("order-1") == HISTORIES[act]
    late = api.post(path, body, **KEY)  # once the engine has decided it, too
    assert ids_of(late) == ids_of(first)
    assert api.drain("order-1") == HISTORIES[act]


@pytest.mark.parametrize("act", ACTS)
def test_a_key_belongs_to_a_workflow_id(api: Caller, act: str) -> None:
    """For another id it is another key: both requests have their effects."""
    path, body = ACTS[act]
    for workflow_id in ("order-1", "order-2"):
        prepare(api, act, workflow_id)
        mine = {**body, "workflowId": workflow_id} if act == "start" else body
        answer = api.post(path.replace("order-1", workflow_id), mine, **KEY)
        assert answer.status in (201, 202)
        assert api.drain(workflow_id) == HISTORIES[act]


def test_a_key_of_another_act_is_a_repeat_of_that(api: Caller) -> None:
    """A retry with the key of a start is answered for the start's run, which repeats none."""
    api.post("workflows", START, **KEY)
    run_id = api.run_of("order-1")
    api.driver.commit(i.TerminateRequested(run_id=run_id))
    answer = api.post("workflows/order-1/retry", **KEY)
    assert answer.json == {"workflowId": "order-1", "runId": run_id, "retryOfRunId": None}
    assert rows(api)["executions"] == 1


def test_a_refused_request_does_not_use_its_key_up(api: Caller) -> None:
    """What was refused may be tried again with the same key once nothing is in its way."""
    api.start(START)
    assert api.post("workflows/order-1/retry", **KEY).status == 409
    api.driver.commit(i.TerminateRequested(run_id=api.run_of("order-1")))
    assert api.post("workflows/order-1/retry", **KEY).status == 202


@pytest.mark.parametrize("act", ACTS)
def test_two_at_the_same_moment_have_one_effect(postgres_api: Caller, act: str) -> None:
    """Whichever is first: the other waits for it, and is answered for the same run."""
    prepare(postgres_api, act)
    path, body = ACTS[act]
    answers = at_once(4, lambda: postgres_api.post(path, body, **KEY))
    assert len({tuple(sorted(ids_of(each).items())) for each in answers}) == 1
    assert sum(each.json.get("changed", each.status == 201) for each in answers) == (
        0 if act == "retry" else 1
    )
    assert postgres_api.drain("order-1") == HISTORIES[act]
    assert rows(postgres_api)["executions"] == (2 if act == "retry" else 1)
    assert rows(postgres_api)["requests"] == 1


def at_once(count: int, ask: Callable[[], Answer]) -> list[Answer]:
    """The answers to requests that begin together, each on a thread and a connection of its own."""
    barrier = threading.Barrier(count)
    answers: list[Answer] = []

    def one() -> None:
        barrier.wait(10)
        try:
            answers.append(ask())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(answers) == count
    return answers
