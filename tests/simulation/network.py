"""The network: calls and streams between processes. Messages take as long as the scheduler likes.

A stream keeps its order and loses nothing while it lives; when it breaks, what is on its way is lost, on both ways. A
unary call's request or answer may be lost, or come twice.
"""

# ruff: noqa: ASYNC109 - stubs of gRPC take their time-out as an argument

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Any

import grpc
from grpc import aio

from tests.simulation.loop import SimLoop
from tests.simulation.scheduler import Entity, Process, Scheduler

UNAVAILABLE = grpc.StatusCode.UNAVAILABLE


def rpc_error(code: grpc.StatusCode, details: str, trailing: Any = ()) -> aio.AioRpcError:
    return aio.AioRpcError(code, aio.Metadata(), aio.Metadata(*trailing), details=details)


class Context:
    """Of one call, as servicers use it."""

    def __init__(self) -> None:
        self.status: Any = None

    async def abort_with_status(self, status: Any) -> None:
        self.status = status
        raise aio.AbortError

    def error(self) -> aio.AioRpcError:
        status = self.status
        return rpc_error(status.code, status.details, status.trailing_metadata)


class Wire(Entity):
    """One direction: messages on their way, in order."""

    def __init__(self, scheduler: Scheduler) -> None:
        super().__init__(None)
        self._scheduler = scheduler
        self._messages: deque[tuple[SimLoop, Callable[[Any], None], Any]] = deque()
        self.is_held = False

    def send(self, to: SimLoop, receive: Callable[[Any], None], message: Any) -> None:
        self._messages.append((to, receive, message))
        if not self.is_held:
            self._scheduler.wake(self)

    def step(self) -> None:
        loop, receive, message = self._messages.popleft()
        if not loop.is_closed():
            loop.call_soon(receive, message)
        if not self._messages:
            self._scheduler.rest(self)

    def cut(self) -> None:
        self._messages.clear()
        self._scheduler.rest(self)

    def hold(self) -> None:
        """Nothing arrives for now."""
        self.is_held = True
        self._scheduler.rest(self)

    def release(self) -> None:
        self.is_held = False
        if self._messages:
            self._scheduler.wake(self)


class Server(Process):
    """A process that answers calls."""

    loop: SimLoop
    workers: Any
    workflows: Any
    serves = False
    unanswered = 0
    """Unary calls under way."""


END = object()


class Stream:
    """A bidirectional stream; the client's half is what the SDK's wire uses of a grpc.aio call."""

    def __init__(self, network: Network, loop: SimLoop, server: Server, method: str) -> None:
        self.network = network
        self.loop = loop
        self.server = server
        self.is_over = False
        self.up, self.down = Wire(network.scheduler), Wire(network.scheduler)
        self._requests: asyncio.Queue[Any] = asyncio.Queue()
        self._responses: asyncio.Queue[Any] = asyncio.Queue()
        self._serving: asyncio.Task[None] | None = None
        self._method = method
        self.up.send(server.loop, self._accept, None)
        network.streams.append(self)

    async def write(self, message: Any) -> None:
        if self.is_over:
            raise rpc_error(UNAVAILABLE, "simulated: the stream is broken")
        self.up.send(self.server.loop, self._requests.put_nowait, message)

    async def done_writing(self) -> None:
        await self.write(END)

    async def read(self) -> Any:
        message = await self._responses.get()
        if isinstance(message, Exception):
            self._responses.put_nowait(message)
            raise message
        if message is END:
            self._responses.put_nowait(message)
            return aio.EOF
        return message

    def cancel(self) -> None:
        """By the client."""
        self._end()
        self._tell_server()

    def sever(self) -> None:
        """It breaks; both sides learn of it in their own time."""
        if self.is_over:
            return
        rng = self.network.scheduler.rng
        self._end(arrives=rng.random() < 0.5)
        self.network.scheduler.after(rng.choice((0.0, 0.01, 0.5)), self._tell_client)
        self.network.scheduler.after(rng.choice((0.0, 0.01, 0.5, 3.0)), self._tell_server)

    def _end(self, *, arrives: bool = False) -> None:
        """`arrives`: what the client has sent reaches the server all the same."""
        self.is_over = True
        if arrives:
            self.up.release()
        else:
            self.up.cut()
        self.down.cut()
        if self in self.network.streams:
            self.network.streams.remove(self)

    def _tell_client(self) -> None:
        if not self.loop.is_closed():
            error = rpc_error(UNAVAILABLE, "simulated: the stream is broken")
            self.loop.call_soon(self._responses.put_nowait, error)

    def _tell_server(self) -> None:
        if not self.server.loop.is_closed():
            self.server.loop.call_soon(self._cancel_serving)

    def _cancel_serving(self) -> None:
        if self._serving is not None:
            self._serving.cancel()

    def _accept(self, _: None) -> None:
        if self.server.serves:
            self._serving = self.server.loop.create_task(self._serve())
        else:
            self.down.send(self.loop, self._responses.put_nowait, rpc_error(UNAVAILABLE, "not serving"))

    async def _serve(self) -> None:
        context = Context()
        end: Any = END
        try:
            async for response in getattr(self.server.workers, self._method)(self._iterate(), context):
                self._answer(response)
        except aio.AbortError:
            end = context.error()
        self._answer(end)

    def _answer(self, response: Any) -> None:
        if not self.is_over:
            self.down.send(self.loop, self._responses.put_nowait, response)

    async def _iterate(self) -> AsyncIterator[Any]:
        while (message := await self._requests.get()) is not END:
            yield message


class Network:
    """Who can be reached."""

    def __init__(self, scheduler: Scheduler) -> None:
        self.scheduler = scheduler
        self.servers: list[Server] = []
        self.streams: list[Stream] = []
        self.calls: dict[Call, None] = {}
        self.loss = 0.0
        """Share of unary requests, and of their answers, that are lost."""
        self.doubled = 0.0
        """Share of unary requests that arrive twice."""

    def pick(self) -> Server | None:
        """One that serves, as a balancer would choose it."""
        serving = [server for server in self.servers if server.is_alive and server.serves]
        return self.scheduler.rng.choice(serving) if serving else None

    @property
    def unanswered(self) -> int:
        """Calls and completions that live engines owe an answer."""
        found = 0
        for server in self.servers:
            if server.is_alive:
                found += server.unanswered + sum(stream._unanswered for stream in server.workers._streams)
        return found

    def gone(self, process: Process, loop: SimLoop) -> None:
        """A process has died: its streams break, and so do its calls."""
        for call in self.calls:
            if call.server is process:
                self.scheduler.after(self.scheduler.rng.choice((0.0, 0.01, 0.5)), call.fail)
            elif call.loop is loop:
                self.scheduler.after(self.scheduler.rng.choice((0.0, 0.01, 0.5)), call.abandon)
        for stream in list(self.streams):
            if stream.server is process or stream.loop is loop:
                stream.sever()

    async def call(self, loop: SimLoop, method: str, request: Any, timeout: float) -> Any:
        """A unary call to whichever engine is there."""
        server = self.pick()
        if server is None:
            await asyncio.sleep(0.01)
            raise rpc_error(UNAVAILABLE, "simulated: connection refused")
        call = Call(self, loop, server, method, request)
        self.calls[call] = None
        late = loop.call_later(timeout, call.expire)
        try:
            call.send()
            if self.scheduler.rng.random() < self.doubled:
                call.send()
            return await call.answer
        finally:
            del self.calls[call]
            late.cancel()
            if not call.is_told:
                call.abandon()


class Call:
    """A unary call under way."""

    def __init__(self, network: Network, loop: SimLoop, server: Server, method: str, request: Any) -> None:
        self.network = network
        self.loop = loop
        self.server = server
        self.answer: asyncio.Future[Any] = loop.create_future()
        self.is_told = False
        """An answer of the server has come."""
        self._method = method
        self._request = request
        self._serving: list[asyncio.Task[None]] = []

    def send(self) -> None:
        """On its way, if it is not lost there."""
        if self.network.scheduler.rng.random() >= self.network.loss:
            Wire(self.network.scheduler).send(self.server.loop, self._accept, None)

    def fail(self) -> None:
        """The server is gone; the client learns of it in its own time."""
        if not self.loop.is_closed():
            self.loop.call_soon(self._tell, rpc_error(UNAVAILABLE, "simulated: the connection is broken"))

    def expire(self) -> None:
        """The client has waited long enough."""
        if not self.answer.done():
            self.answer.set_exception(rpc_error(grpc.StatusCode.DEADLINE_EXCEEDED, "simulated: no answer"))

    def abandon(self) -> None:
        """The client is gone, or waits no longer."""
        if not self.server.loop.is_closed():
            self.server.loop.call_soon(self._cancel_serving)

    def _cancel_serving(self) -> None:
        for task in self._serving:
            task.cancel()

    def _accept(self, _: None) -> None:
        if self.server.serves:
            self._serving.append(self.server.loop.create_task(self._serve()))

    async def _serve(self) -> None:
        server, context = self.server, Context()
        found: Any
        waits = self._method.startswith("Poll")
        server.unanswered += not waits
        try:
            handler = getattr(server.workflows, self._method, None) or getattr(server.workers, self._method)
            found = await handler(self._request, context)
        except aio.AbortError:
            found = context.error()
        finally:
            server.unanswered -= not waits
        if self.network.scheduler.rng.random() >= self.network.loss:
            Wire(self.network.scheduler).send(self.loop, self._tell, found)

    def _tell(self, found: Any) -> None:
        if self.answer.done():
            return
        self.is_told = True
        if isinstance(found, Exception):
            self.answer.set_exception(found)
        else:
            self.answer.set_result(found)
