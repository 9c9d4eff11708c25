"""The wire between versions: what one release says the other can read, and what it does not know is passed over."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import grpc
import pytest
from sched_sdk.proto.v1 import common_pb2, history_pb2, worker_pb2, workflow_pb2

from tests.e2e.harness.processes import ROOT, clean_environment
from tests.rpc.peers import Peer, finish, subscription, turn
from tests.upgrade.contract import told
from tests.upgrade.fleet import path_of

# A field that nobody knows, with the largest number that there is: 536870911, a string.
UNKNOWN = bytes([0xFA, 0xFF, 0xFF, 0xFF, 0x0F, 5]) + b"later"


def contract_of(code: Path) -> dict[str, Any]:
    """What the messages of this code say of themselves."""
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("contract.py"))],
        env=clean_environment(path_of(code)),
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(json.loads(done.stdout))


def test_the_contract_only_grows(old: Path) -> None:
    """Each field of an older release has its name, number and type still; each method has its messages."""
    then = contract_of(old)
    assert len(then) > 40
    now = told()
    lost = {
        f"{name}.{part}": (what, now.get(name, {}).get(part))
        for name, parts in then.items()
        for part, what in parts.items()
        if now.get(name, {}).get(part) != what
    }
    assert lost == {}


def test_each_side_reads_its_own_contract() -> None:
    """The script tells of the code on its path: of ours the same as in this process."""
    assert contract_of(ROOT) == json.loads(json.dumps(told()))


async def test_an_engine_passes_over_fields_that_it_does_not_know(peer: Peer) -> None:
    """A newer SDK may say more: starts, polls, turns and signals are taken as if it had not."""
    start = workflow_pb2.StartWorkflowRequest(workflow_id="w", workflow_type="Type")
    await said_with_more(peer, "WorkflowService/StartWorkflow", start)
    poll = worker_pb2.PollTaskRequest(subscription=subscription(), wait_seconds=10)
    answer = worker_pb2.PollWorkflowTaskResponse.FromString(
        await said_with_more(peer, "WorkerService/PollWorkflowTask", poll)
    )
    signal = workflow_pb2.SignalWorkflowRequest(workflow_id="w", name="go")
    await said_with_more(peer, "WorkflowService/SignalWorkflow", signal)
    await said_with_more(peer, "WorkerService/CompleteWorkflowTask", turn(answer.task, finish()))
    assert await peer.names("w") == "WS SR Y WC"


async def said_with_more(peer: Peer, rpc: str, request: Any) -> bytes:
    """The bytes of the answer to a request that has one more field."""
    method: Any = peer.channel.unary_unary(f"/sched.v1.{rpc}")
    answer: bytes = await method(request.SerializeToString() + UNKNOWN)
    return answer


async def test_a_command_of_a_newer_sdk_is_refused_and_the_task_stays(peer: Peer) -> None:
    """What an engine cannot decide it must not pass over: nothing is stored, and another turn is taken."""
    await peer.start("w")
    task = await peer.poll_workflow()
    newer = worker_pb2.Command.FromString(UNKNOWN)
    with pytest.raises(grpc.aio.AioRpcError) as refusal:
        await peer.complete_turn(task, newer)
    assert refusal.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert "must be a command that this engine knows" in str(refusal.value.details())
    assert await peer.names("w") == "WS"
    await peer.complete_turn(task, finish())
    assert await peer.names("w") == "WS Y WC"


def test_what_is_passed_over_is_not_lost() -> None:
    """A payload, an event and a wait keep what this code does not know, as long as nobody takes them apart."""
    for message in (common_pb2.Payload(data=b"1"), history_pb2.HistoryEvent(number=3), history_pb2.Wait()):
        data = message.SerializeToString() + UNKNOWN
        assert type(message).FromString(data).SerializeToString() == data
