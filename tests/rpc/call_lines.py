"""A client's end of StreamCalls, and both ways of a call: by itself and on a stream."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import grpc
from google.rpc import status_pb2  # type: ignore[import-untyped]
from grpc_status import rpc_status
from sched_sdk.proto.v1 import workflow_pb2 as pb

from tests.rpc.peers import SECONDS, Peer

METHODS = {
    "start": "StartWorkflow",
    "signal": "SignalWorkflow",
    "signal_with_start": "SignalWithStartWorkflow",
    "cancel": "CancelWorkflow",
    "terminate": "TerminateWorkflow",
    "result": "GetWorkflowResult",
}
REQUESTS: dict[str, Any] = {
    "start": pb.StartWorkflowRequest,
    "signal": pb.SignalWorkflowRequest,
    "signal_with_start": pb.SignalWithStartWorkflowRequest,
    "cancel": pb.CancelWorkflowRequest,
    "terminate": pb.TerminateWorkflowRequest,
    "result": pb.GetWorkflowResultRequest,
}


class CallLine:
    """Sends calls, and keeps the answers until somebody asks for them."""

    def __init__(self, peer: Peer) -> None:
        self.call: Any = peer.client.StreamCalls()
        self.answers: dict[int, pb.CallAnswer] = {}
        self.messages: list[pb.StreamCallsResponse] = []

    async def send(self, *calls: pb.Call, canceled: Any = ()) -> None:
        await self.call.write(pb.StreamCallsRequest(calls=calls, canceled=canceled))

    async def answer(self, call_id: int) -> pb.CallAnswer:
        while call_id not in self.answers:
            await self.read()
        return self.answers.pop(call_id)

    async def read(self) -> pb.StreamCallsResponse:
        async with asyncio.timeout(SECONDS):
            message = await self.call.read()
        if not isinstance(message, pb.StreamCallsResponse):
            raise EOFError
        self.messages.append(message)
        for each in message.answers:
            assert each.id not in self.answers, "answered twice"
            self.answers[each.id] = each
        return message

    async def end(self) -> None:
        """Half-closes, and reads to the end."""
        await self.call.done_writing()
        try:
            while True:
                await self.read()
        except EOFError:
            pass


@asynccontextmanager
async def a_line(peer: Peer) -> AsyncIterator[CallLine]:
    line = CallLine(peer)
    try:
        yield line
    finally:
        line.call.cancel()


def a_call(call_id: int, kind: str, timeout_seconds: float = 0, **fields: Any) -> pb.Call:
    request: dict[str, Any] = {kind: REQUESTS[kind](**fields)}
    return pb.Call(id=call_id, timeout_seconds=timeout_seconds, **request)


@dataclass(frozen=True)
class Answered:
    """A response, or a status with its details."""

    response: Any = None
    status: Any = None


async def by_itself(peer: Peer, kind: str, request: Any, timeout: float | None = None) -> Answered:  # noqa: ASYNC109 - gRPC's word
    try:
        return Answered(response=await getattr(peer.client, METHODS[kind])(request, timeout=timeout))
    except grpc.aio.AioRpcError as error:
        status = rpc_status.from_call(error)  # type: ignore[arg-type]
        return Answered(
            status=status or status_pb2.Status(code=error.code().value[0], message=error.details())
        )


async def on_a_stream(peer: Peer, kind: str, request: Any, timeout: float | None = None) -> Answered:  # noqa: ASYNC109
    given: dict[str, Any] = {kind: request}
    async with a_line(peer) as line:
        await line.send(pb.Call(id=7, timeout_seconds=timeout, **given))
        answer = await line.answer(7)
    name = answer.WhichOneof("answer")
    assert name is not None
    if name == "error":
        return Answered(status=status_pb2.Status.FromString(answer.error.SerializeToString()))
    return Answered(response=getattr(answer, name))
