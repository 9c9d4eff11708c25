"""Credentials: where they come from, and what is said where they do not do. The engine's side is played by the test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import pytest
from sched_sdk.cli.exits import Exit
from sched_sdk.proto.v1 import common_pb2, history_pb2, workflow_pb2

from tests.cli.calling import Caller, Said
from tests.sdk.peer import Peer, peer_engine, reason


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    async with peer_engine() as peer:
        peer.script("ListWorkflows", workflow_pb2.ListWorkflowsResponse())
        yield peer


async def said_by(peer: Peer, *words: str) -> Said:
    """On a thread of its own: the engine's side runs here."""
    return await asyncio.to_thread(Caller(peer.address), *words)


async def test_the_key_of_the_environment_is_sent(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    """SCHED_API_KEY, as everywhere in the SDK."""
    monkeypatch.setenv("SCHED_API_KEY", "key-1")
    assert (await said_by(peer, "list")).status == Exit.DONE
    assert peer.metadata[-1]["authorization"] == "Bearer key-1"


async def test_a_file_with_the_key_wins(peer: Peer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The line break at its end is none of it."""
    monkeypatch.setenv("SCHED_API_KEY", "key-1")
    (tmp_path / "key").write_text("key-2\n")
    assert (await said_by(peer, "--api-key-file", str(tmp_path / "key"), "list")).status == Exit.DONE
    assert peer.metadata[-1]["authorization"] == "Bearer key-2"


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (grpc.StatusCode.UNAUTHENTICATED, "The engine wants an API key that it knows: set SCHED_API_KEY"),
        (grpc.StatusCode.PERMISSION_DENIED, "The API key does not allow this: set SCHED_API_KEY"),
    ],
)
async def test_a_key_that_does_not_do_is_a_refusal(peer: Peer, status: grpc.StatusCode, advice: str) -> None:
    """With a sentence that names the variable."""
    peer.failures.append((status, [reason("ACCESS")]))
    said = await said_by(peer, "list")
    assert (said.status, said.out) == (Exit.REFUSED, "")
    assert advice in said.err
    peer.failures.append((status, [reason("ACCESS")]))
    said = await said_by(peer, "--json", "list")
    assert (said.status, said.problem["code"]) == (Exit.REFUSED, "ACCESS")
    assert said.problem["advice"].startswith(advice)


async def test_an_engine_that_does_not_answer_in_time(peer: Peer) -> None:
    """Told as such, since it may have done it all the same."""
    peer.silent = True
    said = await said_by(peer, "--timeout", "0.2", "start", "Order")
    assert said.status == Exit.UNREACHABLE
    assert "DEADLINE_EXCEEDED" in said.err
    assert "It may have been done all the same" in said.err


async def test_a_description_says_what_is_withheld(peer: Peer) -> None:
    """In a line, and to programs."""
    run = workflow_pb2.WorkflowExecution(workflow_id="order-1", run_id="run-1")
    for hidden in (True, False):
        found = workflow_pb2.WorkflowDescription(execution=run, payloads_hidden=hidden)
        peer.script("GetWorkflow", found, found)
        said = await said_by(peer, "describe", "order-1")
        assert ("hidden from this API key, which lacks see-payloads" in said.out) is hidden
        said = await said_by(peer, "--json", "describe", "order-1")
        assert said.document["payloadsHidden"] is hidden


async def test_a_history_says_once_what_is_withheld(peer: Peer) -> None:
    """Beside the events, whose lines are the same for programs."""
    events = [history_pb2.HistoryEvent(number=number) for number in (1, 2)]
    peer.script(
        "GetWorkflowHistory",
        workflow_pb2.GetWorkflowHistoryResponse(events=events[:1], next_after=1, payloads_hidden=True),
        workflow_pb2.GetWorkflowHistoryResponse(events=events[1:], payloads_hidden=True),
    )
    said = await said_by(peer, "history", "order-1")
    assert len(said.out.splitlines()) == 2
    assert said.err.splitlines() == ["payloads are hidden from this API key, which lacks see-payloads"]


@pytest.mark.parametrize("flags", [(), ("--json",)])
async def test_a_result_that_is_withheld_is_not_told_as_none(peer: Peer, flags: tuple[str, ...]) -> None:
    """The run has ended, its payloads are hidden from the key: the result is asked for, which an engine refuses."""
    ended = workflow_pb2.WorkflowExecution(
        workflow_id="order-1", run_id="run-1", status=common_pb2.WORKFLOW_STATUS_COMPLETED
    )
    hidden = workflow_pb2.WorkflowDescription(execution=ended, payloads_hidden=True)
    peer.script("GetWorkflow", hidden)
    peer.script(
        "GetWorkflowResult", workflow_pb2.GetWorkflowResultResponse(status=common_pb2.WORKFLOW_STATUS_FAILED)
    )
    said = await said_by(peer, *flags, "result", "order-1")
    assert [type(each).__name__ for each in peer.requests] == [
        "GetWorkflowRequest",
        "GetWorkflowResultRequest",
    ]
    assert said.status == Exit.FAILED, "what the engine says to that is what is told"
