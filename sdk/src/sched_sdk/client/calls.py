"""How a client's calls travel: those that write or wait on one stream of their connection, all others by themselves.

The stream is opened with the first call, and again after it has ended. An engine that has no such stream is asked by
unary calls; they do the same.
"""

from typing import Any

import grpc
from grpc import aio

from sched_sdk import clock
from sched_sdk.client.call_stream import CallStream, StreamEnded
from sched_sdk.refusals import to_error
from sched_sdk.transport import Connection

STREAMED = {
    "StartWorkflow": "start",
    "SignalWorkflow": "signal",
    "SignalWithStartWorkflow": "signal_with_start",
    "CancelWorkflow": "cancel",
    "TerminateWorkflow": "terminate",
    "GetWorkflowResult": "result",
}
"""Methods that have a place on the stream, and its name."""
UNARY_SECONDS = 60.0
"""After which an engine without streams is tried again: another may have taken its place."""


class Calls:
    """The calls of one connection, and as it of one event loop."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._stream: CallStream | None = None
        self._unary_until = 0.0

    async def once(self, method: str, request: Any, seconds: float) -> Any:
        """One try of a call.

        Raises:
            RefusedError: The engine refused, or is away.
        """
        kind = STREAMED.get(method)
        if kind is None or clock.monotonic() < self._unary_until:
            return await self._unary(method, request, seconds)
        stream = self._opened()
        try:
            return await stream.call(kind, request, seconds)
        except StreamEnded as ended:
            refusal, has_worked = ended.refusal, stream.has_worked
        if refusal.status is grpc.StatusCode.UNIMPLEMENTED:
            self._unary_until = clock.monotonic() + UNARY_SECONDS
        elif has_worked or refusal.status is not grpc.StatusCode.UNAVAILABLE:
            raise to_error(refusal)
        # gRPC loses the status of a stream that ends while it is written to; a unary call will tell.
        return await self._unary(method, request, seconds)

    async def close(self) -> None:
        """End the stream; calls under way are cancelled."""
        stream, self._stream = self._stream, None
        if stream is not None:
            await stream.close()

    async def _unary(self, method: str, request: Any, seconds: float) -> Any:
        return await self._connection.once(getattr(self._connection.workflows, method), request, seconds)

    def _opened(self) -> CallStream:
        if self._stream is None or not self._stream.takes_calls:
            talk: aio.StreamStreamCall[Any, Any] = self._connection.workflows.StreamCalls(
                metadata=self._connection.metadata
            )
            self._stream = CallStream(talk)
        return self._stream
