"""One client's stream: calls of many callers come in, answers go out as they become ready.

It parses, checks and calls as unary methods do (`calls`). What came in one message goes to the committing threads
together; what becomes ready while an answer is on its way travels in the next message, up to `MESSAGE_BYTES`.

A call is bounded by its deadline, and a stream in how many are open, in the bytes that these hold, and in the answers
that its client does not read. A message that breaks the contract ends it; a call that does is answered.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any

from google.rpc import code_pb2  # type: ignore[import-untyped]
from sched_sdk.proto.v1 import common_pb2
from sched_sdk.proto.v1 import workflow_pb2 as pb

from workflows.rpc.admission import Admission
from workflows.rpc.calls import Calls
from workflows.rpc.entrance import check_kind
from workflows.rpc.open_call import Begin, OpenCall
from workflows.rpc.refusals import REFUSALS, refusal_of, status_message
from workflows.service.errors import FieldError, Invalid, invalid
from workflows.store.lanes import Overloaded

_LOGGER = logging.getLogger(__name__)

CALLS_MAX = 1_000
"""Of one message, and as many ids of calls that are cancelled."""
CALLS_AT_ONCE = 25
"""Checked before others have their turn."""
OPEN_MAX = 10_000
"""Calls of a stream without an answer."""
OPEN_BYTES_MAX = 64 * 1024 * 1024
"""Of their requests, as long as they are not committed."""
MESSAGE_BYTES = 1024 * 1024
"""Of one message to a client, unless a single answer is larger."""
UNREAD_MAX = 10_000
"""Answers that a client has not read. Past it nothing more is read from it."""
UNREAD_BYTES_MAX = 8 * 1024 * 1024
"""Of these; past it nothing more is read either, and waits are answered RUNNING: their results are asked for again."""
TIMEOUT_SECONDS_MAX = 86_400
TIMEOUT_RULE = f"must be 0 to {TIMEOUT_SECONDS_MAX}"
KINDS_RULE = "one is required: start, signal, signal_with_start, cancel, terminate or result"
_ANSWERS = {"signal_with_start": "start"}
_RUNNING = common_pb2.WORKFLOW_STATUS_RUNNING


class StreamedCall(OpenCall):
    """With what it holds of its stream."""

    __slots__ = ("_let_go", "size", "timer")

    def __init__(self, answered: Callable[[Any], None], size: int, let_go: Callable[[int], None]) -> None:
        super().__init__(answered)
        self.size = size
        self.timer: asyncio.TimerHandle | None = None
        self._let_go = let_go

    def committed(self) -> None:
        super().committed()
        self._free()

    def drop(self) -> None:
        super().drop()
        self._free()
        if self.timer is not None:
            self.timer.cancel()

    def _free(self) -> None:
        self._let_go(self.size)
        self.size = 0


class CallStream:
    """A connected client. Lives on the event loop of its call.

    Args:
        calls: what the calls do.
        admission: counts those of all streams.
    """

    def __init__(self, calls: Calls, admission: Admission) -> None:
        self._admission = admission
        self._kinds: dict[str, Callable[[Any], Begin]] = {
            "start": calls.start,
            "signal": calls.signal,
            "signal_with_start": calls.signal_with_start,
            "cancel": calls.cancel,
            "terminate": calls.terminate,
            "result": calls.result,
        }
        self._loop = asyncio.get_running_loop()
        self._open: dict[int, StreamedCall] = {}
        self._open_bytes = 0
        self._answers: deque[tuple[pb.CallAnswer, int]] = deque()
        """Each with its bytes."""
        self._unread_bytes = 0
        self._ready = asyncio.Event()
        self._room = asyncio.Event()
        self._ended = False
        self._draining = False

    def drain(self) -> None:
        """The engine is about to stop: tell the client, which then reconnects elsewhere."""
        self._draining = True
        self._ready.set()

    def close(self) -> None:
        """No call is answered any more. What was begun and not committed is committed all the same."""
        for call_id in list(self._open):
            self._forget(call_id).drop()

    async def receive(self, requests: AsyncIterator[pb.StreamCallsRequest]) -> None:
        """Take in what the client sends, until it closes its half.

        Raises:
            Invalid: it breaks the contract of the stream, which then ends.
        """
        try:
            async for request in requests:
                await self.take(request)
                while self._is_deaf:
                    self._room.clear()
                    await self._room.wait()
        except Invalid:
            self.close()
            raise
        finally:
            self._ended = True
            self._ready.set()

    async def take(self, request: pb.StreamCallsRequest) -> None:
        """One message of the client. What it asks for is begun together, so that it is committed together."""
        _check_count("calls", len(request.calls))
        _check_count("canceled", len(request.canceled))
        begun: list[tuple[StreamedCall, Begin]] = []
        for place, call in enumerate(request.calls):
            self._check_id(f"calls[{place}].id", call.id)
            self._accept(call, begun)
            if place % CALLS_AT_ONCE == CALLS_AT_ONCE - 1:
                await asyncio.sleep(0)
        for opened, begin in begun:
            opened.begin(begin)
        for call_id in request.canceled:
            self._end(call_id, code_pb2.CANCELLED, "Cancelled")

    async def responses(self) -> AsyncIterator[pb.StreamCallsResponse]:
        """What goes out: as much as is ready, in bounded messages."""
        told = False
        while True:
            await self._ready.wait()
            self._ready.clear()
            while self._answers:
                yield self._message()
            if self._draining and not told:
                told = True
                yield pb.StreamCallsResponse(draining=True)
            if self._ended and not self._open and not self._answers:
                return

    @property
    def _is_deaf(self) -> bool:
        return len(self._answers) >= UNREAD_MAX or self._unread_bytes >= UNREAD_BYTES_MAX

    def _check_id(self, field: str, call_id: int) -> None:
        if call_id == 0:
            raise invalid(field, call_id, "must be at least 1")
        if call_id in self._open:
            raise invalid(field, call_id, "must not be that of a call without an answer")

    def _accept(self, call: pb.Call, begun: list[tuple[StreamedCall, Begin]]) -> None:
        """What may be begun is, with the others of its message."""
        kind, size = call.WhichOneof("request") or "", call.ByteSize()
        try:
            _check_call(call, kind)
            self._check_room(size)
            check_kind(kind)
            begin = self._kinds[kind](getattr(call, kind))
            self._admission.enter()
        except Exception as error:  # it must not take the answers of the others along
            self._put(call.id, kind, error)
            return
        answered = partial(self._answer, call.id, kind)
        opened = StreamedCall(answered, size, self._let_go)
        self._open_bytes += size
        self._open[call.id] = opened
        if call.timeout_seconds:
            opened.timer = self._loop.call_later(call.timeout_seconds, self._time_is_up, call.id)
        begun.append((opened, begin))

    def _check_room(self, size: int) -> None:
        if len(self._open) >= OPEN_MAX:
            raise Overloaded(f"{OPEN_MAX} calls of this stream are under way")
        if self._open_bytes and self._open_bytes + size > OPEN_BYTES_MAX:
            raise Overloaded(f"calls of this stream with {OPEN_BYTES_MAX} bytes wait to be committed")

    def _let_go(self, size: int) -> None:
        self._open_bytes -= size

    def _forget(self, call_id: int) -> StreamedCall:
        self._admission.leave()
        return self._open.pop(call_id)

    def _time_is_up(self, call_id: int) -> None:
        self._end(call_id, code_pb2.DEADLINE_EXCEEDED, "Deadline Exceeded")

    def _end(self, call_id: int, code: int, message: str) -> None:
        """As gRPC ends a unary call by itself, with no details."""
        if call_id in self._open:
            self._forget(call_id).drop()
            self._send(pb.CallAnswer(id=call_id, error=pb.CallError(code=code, message=message)))

    def _answer(self, call_id: int, kind: str, found: Any) -> None:
        self._forget(call_id)
        self._put(call_id, kind, found)

    def _put(self, call_id: int, kind: str, found: Any) -> None:
        if isinstance(found, BaseException):
            self._send(pb.CallAnswer(id=call_id, error=error_of(found)))
            return
        answer = pb.CallAnswer(id=call_id, **{_ANSWERS.get(kind, kind): found})
        if self._unread_bytes >= UNREAD_BYTES_MAX:
            _withhold_result(answer)
        self._send(answer)

    def _send(self, answer: pb.CallAnswer) -> None:
        size = answer.ByteSize()
        self._answers.append((answer, size))
        self._unread_bytes += size
        self._ready.set()

    def _message(self) -> pb.StreamCallsResponse:
        answers: list[pb.CallAnswer] = []
        size = 0
        while self._answers and (not answers or size + self._answers[0][1] <= MESSAGE_BYTES):
            answer, its_bytes = self._answers.popleft()
            answers.append(answer)
            size += its_bytes
        self._unread_bytes -= size
        self._room.set()
        return pb.StreamCallsResponse(answers=answers)


def _check_count(field: str, count: int) -> None:
    if count > CALLS_MAX:
        raise Invalid([FieldError(field, str(count), f"must be at most {CALLS_MAX}")])


def _check_call(call: pb.Call, kind: str) -> None:
    if not 0 <= call.timeout_seconds <= TIMEOUT_SECONDS_MAX:
        raise Invalid([FieldError("timeout_seconds", f"{call.timeout_seconds:g}", TIMEOUT_RULE)])
    if not kind:
        raise Invalid([FieldError("request", "", KINDS_RULE)])


def error_of(error: BaseException) -> pb.CallError:
    if not isinstance(error, REFUSALS):
        _LOGGER.error("a call failed", exc_info=error)
    status = status_message(refusal_of(error))
    return pb.CallError(code=status.code, message=status.message, details=status.details)


def _withhold_result(answer: pb.CallAnswer) -> None:
    """Of an answer that waits to be read: RUNNING, and who waits for it asks again."""
    if answer.HasField("result"):
        result = answer.result
    elif answer.start.HasField("result"):
        result = answer.start.result
    else:
        return
    result.ClearField("result")
    result.ClearField("failure")
    result.status = _RUNNING
