"""Roles × actions by gRPC and by the command line, of the table of all doors, against an engine that demands keys."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import grpc
import pytest
from sched_sdk.proto.v1 import worker_pb2
from sched_sdk.proto.v1 import workflow_pb2 as pb

from tests.access.table import TABLE, Outcome, expected
from tests.api.credentials import machine
from tests.cli.calling import Caller
from tests.rpc.peers import Peer, connected, payload, running, subscription
from tests.store.databases import Database
from workflows.access.actions import ROLES, Action
from workflows.engine.engine import Engine
from workflows.service.reading import look as in_thread

SECRET = b'"for my eyes"'
REFUSALS = {
    grpc.StatusCode.UNAUTHENTICATED: Outcome.UNKNOWN,
    grpc.StatusCode.PERMISSION_DENIED: Outcome.DENIED,
}
ANOTHER = (Action.SEE_AUDIT, Action.MANAGE_KEYS)
"""Done at other doors alone."""


@pytest.fixture
async def engine(database: Database) -> AsyncIterator[Engine]:
    async with running(database, open_access=False) as engine:
        yield engine


def key_of(role: str) -> str:
    """Of a machine that was given the role; empty for none."""
    match role:
        case "expired key":
            return machine(Action, lives=timedelta(seconds=-1)).key
        case "revoked key":
            return machine(Action, revoked=True).key
        case "unknown key":
            return f"sched_{'a' * 8}_{'b' * 43}"
        case "none":
            return ""
    return machine(ROLES[role.removesuffix(" key")]).key


async def grpc_door(engine: Engine, key: str, action: Action) -> Outcome:
    """By status; where payloads are hidden, by what is there."""
    target: dict[str, Any] = {"workflow_id": "order"}
    async with connected(engine) as peer:
        calls: dict[Action, Callable[..., Awaitable[Any]]] = {
            Action.READ: lambda **m: peer.client.GetWorkflow(pb.GetWorkflowRequest(**target), **m),
            Action.SEE_PAYLOADS: lambda **m: peer.client.GetWorkflow(pb.GetWorkflowRequest(**target), **m),
            Action.START: lambda **m: peer.client.StartWorkflow(
                pb.StartWorkflowRequest(workflow_type="Type"), **m
            ),
            Action.SIGNAL: lambda **m: peer.client.SignalWorkflow(
                pb.SignalWorkflowRequest(name="go", **target), **m
            ),
            Action.CANCEL: lambda **m: peer.client.CancelWorkflow(pb.CancelWorkflowRequest(**target), **m),
            Action.TERMINATE: lambda **m: peer.client.TerminateWorkflow(
                pb.TerminateWorkflowRequest(**target), **m
            ),
            Action.RETRY: lambda **m: peer.client.RetryWorkflow(pb.RetryWorkflowRequest(**target), **m),
            Action.WORK: lambda **m: peer.worker.PollWorkflowTask(_poll(), **m),
        }
        metadata = [("authorization", f"Bearer {key}")] if key else []
        try:
            found = await calls[action](metadata=metadata)
        except grpc.aio.AioRpcError as error:
            return REFUSALS[error.code()]
    if action is Action.SEE_PAYLOADS:
        assert (found.input.data == SECRET) is not found.payloads_hidden
        return Outcome.DENIED if found.payloads_hidden else Outcome.ALLOWED
    return Outcome.ALLOWED


def _poll() -> worker_pb2.PollTaskRequest:
    return worker_pb2.PollTaskRequest(subscription=subscription(task_queue="empty"), wait_seconds=0.01)


async def cli_door(engine: Engine, key: str, action: Action) -> Outcome | None:
    """By exit code and what is said; None: it is no command."""
    words = {
        Action.READ: ("describe", "order"),
        Action.SEE_PAYLOADS: ("describe", "order"),
        Action.START: ("start", "Type"),
        Action.SIGNAL: ("signal", "order", "go"),
        Action.CANCEL: ("cancel", "order"),
        Action.TERMINATE: ("terminate", "order", "--yes"),
        Action.RETRY: ("retry", "order"),
    }.get(action)
    if words is None:
        return None
    call = Caller(f"127.0.0.1:{engine.port}")
    said = await asyncio.to_thread(call, "--json", *words)
    if said.status:
        assert said.status == 1
        return {"UNAUTHENTICATED": Outcome.UNKNOWN, "PERMISSION_DENIED": Outcome.DENIED}[said.problem["code"]]
    if action is Action.SEE_PAYLOADS:
        return Outcome.ALLOWED if SECRET.decode() in said.out else Outcome.DENIED
    return Outcome.ALLOWED


DOORS = {"grpc": grpc_door, "cli": cli_door}


@pytest.mark.parametrize("role", TABLE)
@pytest.mark.parametrize("door", DOORS)
async def test_each_role_does_what_it_may_and_no_more(
    engine: Engine, door: str, role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By both doors, for every action that can be taken there; in the table's order, so that a retry finds an end."""
    key = await in_thread(key_of, role)
    admin = await in_thread(key_of, "client key")
    monkeypatch.setenv("SCHED_API_KEY", key)
    async with connected(engine) as peer:
        await _begin(peer, admin)
        found = {}
        for action in (each for each in Action if each not in ANOTHER):
            if action is Action.RETRY:
                await _end(peer, admin)
            found[action] = await DOORS[door](engine, key, action)
    tried = {action: outcome for action, outcome in found.items() if outcome is not None}
    assert tried == {action: expected(role, action) for action in tried}
    assert len(tried) >= 7


async def _begin(peer: Peer, key: str) -> None:
    request = pb.StartWorkflowRequest(workflow_type="Type", workflow_id="order", input=payload(SECRET))
    await peer.client.StartWorkflow(request, metadata=[("authorization", f"Bearer {key}")])


async def _end(peer: Peer, key: str) -> None:
    request = pb.TerminateWorkflowRequest(workflow_id="order")
    await peer.client.TerminateWorkflow(request, metadata=[("authorization", f"Bearer {key}")])
