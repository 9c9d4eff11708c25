"""Roles × doors × actions: who is let in by REST and WebSocket to do what. The other doors stand with their tests.

A door is a function that tries an action with somebody's credentials and says what came of it; it answers for those
actions that can be taken there. A new door is a new entry of `DOORS`, and the table stays as it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from tests.access.table import TABLE, Outcome, expected
from tests.api.caller import JSON, Answer, Caller
from tests.api.credentials import Credentials, caller_of
from tests.live.wire import converse
from workflows.access.actions import Action


@dataclass(frozen=True, slots=True)
class World:
    """One workflow, with an input that is nobody's business."""

    api: Caller
    workflow_id: str


def rest(world: World, who: Credentials, action: Action) -> Outcome | None:
    """By the statuses of REST; None: it cannot be tried there."""
    path = f"/api/workflows/{world.workflow_id}"
    post = {
        Action.START: ("/api/workflows", {"workflowName": "Ship"}),
        Action.SIGNAL: (f"{path}/signal", {"name": "go"}),
        Action.CANCEL: (f"{path}/cancel", {}),
        Action.TERMINATE: (f"{path}/terminate", {}),
        Action.RETRY: (f"{path}/retry", {}),
    }
    get = {Action.READ: path, Action.SEE_PAYLOADS: path, Action.SEE_AUDIT: "/api/audit"}
    if action in post:
        answer = Answer(who.client.post(*post[action], content_type=JSON))
    elif action in get:
        answer = Answer(who.client.get(get[action]))
    else:
        return None
    if action is Action.READ:
        assert answer.status == who.client.get("/api/attention").status_code
    if action is Action.SEE_PAYLOADS and answer.status == 200:
        return _seen(answer.json["input"], hidden=answer.json["payloadsHidden"])
    if answer.status == 401:
        return Outcome.UNKNOWN
    if answer.status == 403:
        assert answer.json["action"] in (action, Action.READ)
        return Outcome.DENIED
    # It was let in, and runs still: that is no question of who asks.
    return _allowed(answer.status < 300 or (action, answer.status) == (Action.RETRY, 409))


def websocket(world: World, who: Credentials, action: Action) -> Outcome | None:
    """By subscriptions; it reads, and no more."""
    topics: dict[Action, Any] = {
        Action.READ: "overview",
        Action.SEE_PAYLOADS: {"workflow": world.workflow_id},
    }
    if action not in topics:
        return None
    answers = asyncio.run(converse(who.headers, {"subscribe": topics[action], "id": 1}))
    if answers is None:
        return Outcome.UNKNOWN
    (answer,) = answers
    if "error" in answer:
        assert answer["error"]["action"] == Action.READ
        return Outcome.DENIED
    if action is Action.SEE_PAYLOADS:
        found = answer["snapshot"]["workflow"]
        return _seen(found["input"], hidden=found["payloadsHidden"])
    return _allowed("counts" in answer["snapshot"])


DOORS: Mapping[str, Callable[[World, Credentials, Action], Outcome | None]] = {
    "rest": rest,
    "websocket": websocket,
}


def _seen(payload: object, *, hidden: bool) -> Outcome:
    assert payload == (None if hidden else "for my eyes")
    return Outcome.DENIED if hidden else Outcome.ALLOWED


def _allowed(is_so: bool) -> Outcome:
    assert is_so
    return Outcome.ALLOWED


@pytest.mark.parametrize("role", TABLE)
@pytest.mark.parametrize("door", DOORS)
def test_each_role_does_what_it_may_and_no_more(
    api: Caller, guard: Callable[[], None], door: str, role: str
) -> None:
    """By every door, for every action that can be taken there."""
    workflow_id = api.start({"workflowName": "Ship", "input": "for my eyes"})
    guard()
    world, who = World(api, workflow_id), caller_of(role)
    found = {action: DOORS[door](world, who, action) for action in Action}
    tried = {action: outcome for action, outcome in found.items() if outcome is not None}
    assert tried == {action: expected(role, action) for action in tried}
    assert Action.READ in tried


def test_nobody_is_told_what_is_wrong_with_a_key(api: Caller, guard: Callable[[], None]) -> None:
    """Whatever it is, the answer is the same, byte for byte; that there is none is told in other words."""
    guard()
    roles = ["expired key", "revoked key", "unknown key", "none"]
    answers = {role: Answer(caller_of(role).client.get("/api/workflows")) for role in roles}
    for answer in answers.values():
        assert (answer.status, answer.json["code"]) == (401, "NOT_AUTHENTICATED")
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="sched"'
    none = answers.pop("none")
    assert none.json["detail"].startswith("credentials are required")
    assert {answer.content for answer in answers.values()} == {answers["unknown key"].content}
    assert (
        answers["unknown key"].json["detail"].startswith("the API key in the Authorization header is unknown")
    )


def test_a_key_counts_in_its_header_alone(api: Caller, guard: Callable[[], None]) -> None:
    """In a URL, where logs would keep it, or in a body it is no credential."""
    guard()
    key, nobody = caller_of("client key").key, caller_of("none").client
    for path in (f"/api/workflows?key={key}", f"/api/workflows?access_token={key}"):
        assert nobody.get(path).status_code == 401
    assert nobody.post("/api/workflows", {"access_token": key}, content_type=JSON).status_code == 401
    assert Answer(nobody.get("/api/workflows", headers={"authorization": f"Bearer {key}"})).status == 200
