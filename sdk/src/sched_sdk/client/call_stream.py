"""One open StreamCalls: the calls of many callers on their way, and their answers.

Guarantees: what is asked for in one turn of the event loop travels together, in messages of bounded size; a caller
hears its own answer, whatever the others wait for; one that gives up (cancelled, or out of time) is forgotten on both
sides. When the stream ends, every caller that has no answer is told so by `StreamEnded`, and may ask again elsewhere.

    calls ──► queue ──► write ──► engine          read ──► answers ──► callers
                          │                         │
                          └─ half-closes when the engine drains, or after a while without calls
"""

import asyncio
from collections import deque
from typing import Any

import grpc
from grpc import aio

from sched_sdk.logs import component_logger
from sched_sdk.proto.v1 import workflow_pb2 as pb
from sched_sdk.refusals import Refusal, read_refusal, refusal_of_call, to_error

MESSAGE_BYTES = 1024 * 1024
"""Of one message, unless a single call is larger."""
MESSAGE_CALLS = 250
"""Of one message; the engine takes four times as many."""
ELEMENT_OVERHEAD = 8
"""Of a repeated field's element: tag and length."""
TIMEOUT_SECONDS_MAX = 86_400.0
"""The most that the engine is told; here a call ends in its own time."""
IDLE_SECONDS = 30.0
"""Without a call for so long it ends: a client that is forgotten shall not hold a stream for ever."""
LOST = frozenset(
    {grpc.StatusCode.OK, grpc.StatusCode.CANCELLED, grpc.StatusCode.UNKNOWN, grpc.StatusCode.INTERNAL}
)
"""What gRPC says when a connection is lost in the middle of a message, beside UNAVAILABLE."""
log = component_logger("client")


class StreamEnded(Exception):
    """The stream is over; calls without an answer may have had their effect."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


class CallStream:
    """Lives on the event loop in which it was made, from its first call until it ends.

    Attributes:
        takes_calls: False: it is over, or about to be.
        has_worked: Whether the engine has ever said anything on it.
    """

    def __init__(self, talk: aio.StreamStreamCall[pb.StreamCallsRequest, pb.StreamCallsResponse]) -> None:
        self.takes_calls = True
        self.has_worked = False
        self._talk = talk
        self._loop = asyncio.get_running_loop()
        self._last_id = 0
        self._open: dict[int, asyncio.Future[Any]] = {}
        self._queue: deque[pb.Call] = deque()
        self._canceled: list[int] = []
        self._wake = asyncio.Event()
        self._writing = self._loop.create_task(self._write())
        self._reading = self._loop.create_task(self._read())

    async def call(self, kind: str, request: Any, seconds: float) -> Any:
        """Send a request and wait for its response.

        Args:
            kind: The field of `Call` that it goes into.
            seconds: What the call may take.

        Raises:
            RefusedError: The engine refused, or did not answer in time.
            StreamEnded: The stream ended before the answer came.
        """
        self._last_id = call_id = self._last_id + 1
        told = min(seconds, TIMEOUT_SECONDS_MAX)
        future: asyncio.Future[Any] = self._loop.create_future()
        self._open[call_id] = future
        self._queue.append(pb.Call(id=call_id, timeout_seconds=told, **{kind: request}))
        self._wake.set()
        timer = self._loop.call_later(seconds, _time_is_up, future)
        try:
            return await future
        finally:
            timer.cancel()
            if self._open.pop(call_id, None) is not None:  # it gives up
                self._canceled.append(call_id)
                self._wake.set()

    def leave(self) -> None:
        """Take no more calls; what is open is still answered."""
        self.takes_calls = False
        self._wake.set()

    async def close(self) -> None:
        """End it at once; calls under way are cancelled."""
        self.takes_calls = False
        calls, self._open = self._open, {}
        for future in calls.values():
            future.cancel()
        self._talk.cancel()
        self._writing.cancel()
        await asyncio.wait([self._writing, self._reading])

    async def _write(self) -> None:
        """Send what there is, when there is something. A failure shows at the reader's side, with its status."""
        try:
            while self.takes_calls:
                await self._wait_for_calls()
                await asyncio.sleep(0)  # what becomes ready in this turn of the loop travels along
                await self._write_all()
            await self._talk.done_writing()
        except (aio.AioRpcError, asyncio.InvalidStateError):
            return
        except Exception:
            log.exception("calls could not be sent; the stream is opened again")
            self._talk.cancel()

    async def _wait_for_calls(self) -> None:
        idle = self._loop.call_later(IDLE_SECONDS, self._rest)
        try:
            await self._wake.wait()
        finally:
            idle.cancel()
        self._wake.clear()

    def _rest(self) -> None:
        """Nobody has asked for anything for long."""
        self.takes_calls = bool(self._open)
        self._wake.set()

    async def _write_all(self) -> None:
        while self._queue or self._canceled:
            message = self._next_message()
            if message.calls or message.canceled:
                await self._talk.write(message)

    def _next_message(self) -> pb.StreamCallsRequest:
        """As much as fits. Of calls that nobody waits for any more none that was not sent."""
        calls: list[pb.Call] = []
        room = MESSAGE_BYTES
        while self._queue and len(calls) < MESSAGE_CALLS:
            call = self._queue[0]
            if call.id in self._open:
                room -= call.ByteSize() + ELEMENT_OVERHEAD
                if room < 0 and calls:
                    break
                calls.append(call)
            self._queue.popleft()
        canceled, self._canceled = self._canceled[:MESSAGE_CALLS], self._canceled[MESSAGE_CALLS:]
        return pb.StreamCallsRequest(calls=calls, canceled=canceled)

    async def _read(self) -> None:
        refusal = Refusal(status=grpc.StatusCode.UNAVAILABLE, message="the stream was ended")
        try:
            while isinstance(response := await self._talk.read(), pb.StreamCallsResponse):
                self._take_in(response)
        except aio.AioRpcError as error:
            refusal = _end_of(read_refusal(error))
        finally:
            self._end(refusal)

    def _take_in(self, response: pb.StreamCallsResponse) -> None:
        self.has_worked = True
        for answer in response.answers:
            future = self._open.pop(answer.id, None)
            if future is not None and not future.done():
                _settle(future, answer)
        if response.draining:
            self.leave()

    def _end(self, refusal: Refusal) -> None:
        self.takes_calls = False
        self._writing.cancel()
        calls, self._open = self._open, {}
        for future in calls.values():
            if not future.done():
                future.set_exception(StreamEnded(refusal))


def _settle(future: asyncio.Future[Any], answer: pb.CallAnswer) -> None:
    kind = answer.WhichOneof("answer")
    if kind == "error":
        future.set_exception(to_error(refusal_of_call(answer.error)))
    elif kind is None:
        unknown = Refusal(status=grpc.StatusCode.UNKNOWN, message="the engine's answer is of an unknown kind")
        future.set_exception(to_error(unknown))
    else:
        found = getattr(answer, kind)
        kept = type(found)()
        kept.CopyFrom(found)  # else it would hold all that came with it
        future.set_result(kept)


def _time_is_up(future: asyncio.Future[Any]) -> None:
    if not future.done():
        late = Refusal(status=grpc.StatusCode.DEADLINE_EXCEEDED, message="Deadline Exceeded")
        future.set_exception(to_error(late))


def _end_of(refusal: Refusal) -> Refusal:
    """A stream's own refusal is that of each of its calls; a lost connection is UNAVAILABLE, however gRPC calls it."""
    if refusal.reason or refusal.status not in LOST:
        return refusal
    return Refusal(status=grpc.StatusCode.UNAVAILABLE, message=refusal.message or "the stream was lost")
