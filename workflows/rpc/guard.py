"""What stands between gRPC and our methods: messages are parsed here, and calls let in.

**Bytes that are no message of ours** are refused as bad input, like every other.

Left alone, gRPC answers INTERNAL to what it cannot parse, with a traceback in our log; both say that the engine failed,
which it did not. So nothing raises where messages are parsed: broken ones come as `MALFORMED`, and the call is answered
INVALID_ARGUMENT before its method sees it. On a stream that ends the stream.

Fields that this engine does not know are skipped, as protobuf has it: the sender may be newer.

**Who may not call** is refused before the method sees it, too (`entrance`).

**More calls than can be borne** are refused with a hint when to come again. Each holds a message, a coroutine and a
place in some queue; without a bound a flood of callers ends in the kernel's killing the engine. Calls that bring
something back (completions, heartbeats) are not counted: they free what the others wait for.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final

import grpc
from google.protobuf.message import DecodeError

from workflows.access.principal import Denied, Unauthenticated
from workflows.access.rates import TooMany
from workflows.rpc.admission import Admission
from workflows.rpc.entrance import Entrance
from workflows.rpc.refusals import abort
from workflows.service.errors import FieldError, Invalid
from workflows.store.away import OUTAGES
from workflows.store.lanes import Overloaded

type Context = grpc.aio.ServicerContext[Any, Any]
type Unary = Callable[[Any, Context], Awaitable[Any]]
type Enter = Callable[[], AbstractContextManager[None]]
type Stream = Callable[[AsyncIterator[Any], Context], AsyncIterator[Any]]


class Malformed:
    """In the place of a message that could not be parsed."""


MALFORMED: Final = Malformed()
_RULE = "must be a message of its type, with text in UTF-8 and at most 100 messages within one another"


def error() -> Invalid:
    """Nothing of the bytes is shown: there may be payloads among them."""
    return Invalid([FieldError("message", "", _RULE)])


class Guarded:
    """A server as the generated code sees it: what it registers there is guarded.

    Args:
        server: the server.
        entrance: who is let in.
        admission: of the service that is registered.
        counted: the beginnings of the names of its methods that are counted; empty for all.
    """

    def __init__(
        self,
        server: grpc.aio.Server,
        entrance: Entrance,
        admission: Admission,
        counted: tuple[str, ...] = ("",),
    ) -> None:
        self._server = server
        self._entrance = entrance
        self._admission = admission
        self._counted = counted

    def add_generic_rpc_handlers(self, generic_rpc_handlers: Sequence[Any]) -> None:
        """The same handlers come by name, too."""

    def add_registered_method_handlers(self, service_name: str, method_handlers: Mapping[str, Any]) -> None:
        """Each method's handler, guarded."""
        guarded = {name: self._guarded(name, handler) for name, handler in method_handlers.items()}
        generic = grpc.method_handlers_generic_handler(service_name, guarded)
        self._server.add_generic_rpc_handlers((generic,))
        self._server.add_registered_method_handlers(service_name, guarded)

    def _guarded(self, name: str, handler: Any) -> Any:
        enter = self._admission.one if name.startswith(self._counted) else nullcontext
        parse, serialize = _parser(handler.request_deserializer), handler.response_serializer
        if handler.request_streaming:
            stream = _stream(handler.stream_stream, self._entrance, name, enter)
            return grpc.stream_stream_rpc_method_handler(stream, parse, serialize)
        unary = _unary(handler.unary_unary, self._entrance, name, enter)
        return grpc.unary_unary_rpc_method_handler(unary, parse, serialize)


def _parser(parse: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
    def parsed(data: bytes) -> Any:
        try:
            return parse(data)
        except DecodeError:
            return MALFORMED

    return parsed


_TURNED_AWAY = (Unauthenticated, Denied, TooMany, Overloaded, *OUTAGES)
"""By the guard. Methods answer theirs themselves."""


def _unary(method: Unary, entrance: Entrance, name: str, enter: Enter) -> Unary:
    async def guarded(request: Any, context: Context) -> Any:
        try:
            with enter():
                await entrance.admit(name, context)
                if request is MALFORMED:
                    raise error()
                return await method(request, context)
        except (*_TURNED_AWAY, Invalid) as refused:
            await abort(context, refused)

    return guarded


def _stream(method: Stream, entrance: Entrance, name: str, enter: Enter) -> Stream:
    async def guarded(requests: AsyncIterator[Any], context: Context) -> AsyncIterator[Any]:
        try:
            with enter():
                await entrance.admit(name, context)
                async with entrance.staying(context):
                    async for response in method(_parsed(requests), context):
                        yield response
        except _TURNED_AWAY as refused:
            await abort(context, refused)

    return guarded


async def _parsed(requests: AsyncIterator[Any]) -> AsyncIterator[Any]:
    """Raises `Invalid` at a message that could not be parsed; the method ends its stream with that."""
    async for request in requests:
        if request is MALFORMED:
            raise error()
        yield request
