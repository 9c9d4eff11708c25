"""The way to the engine: channel, credentials, and calls that are repeated while the engine is away.

A call is repeated on UNAVAILABLE, and on RESOURCE_EXHAUSTED where the engine says that it sheds load. Repeating is safe
because every request that changes something carries a request id or a task's token: two arrivals have one effect.
"""

import asyncio
import datetime as dt
import os
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

import grpc
from grpc import aio

from sched_sdk import clock
from sched_sdk.backoff import Backoff
from sched_sdk.proto.v1 import worker_pb2_grpc, workflow_pb2_grpc
from sched_sdk.refusals import Refusal, RefusedError, read_refusal, to_error
from sched_sdk.settings import Tls

Q = TypeVar("Q")
R = TypeVar("R")

MESSAGE_BYTES_MAX = 64 * 1024 * 1024
CALL_SECONDS = 15.0
RETRY_FOR = dt.timedelta(seconds=30)
# A peer that is gone without a word is noticed after KEEPALIVE + its timeout, also on a stream without traffic: sooner
# than a call gives up, so that one which an engine took along is repeated elsewhere, and than an activity's lease ends.
KEEPALIVE_MS = 8_000
KEEPALIVE_TIMEOUT_MS = 4_000
CHANNEL_OPTIONS: tuple[tuple[str, int], ...] = (
    ("grpc.max_send_message_length", MESSAGE_BYTES_MAX),
    ("grpc.max_receive_message_length", MESSAGE_BYTES_MAX),
    ("grpc.keepalive_time_ms", KEEPALIVE_MS),
    ("grpc.keepalive_timeout_ms", KEEPALIVE_TIMEOUT_MS),
    # The answer to a ping has a limit of its own, a minute unless told.
    ("grpc.http2.ping_timeout_ms", KEEPALIVE_TIMEOUT_MS),
    ("grpc.http2.max_pings_without_data", 0),
    # Back-off is ours (see Backoff); gRPC's own, of up to two minutes, would come on top of it.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 1_000),
    ("grpc.max_reconnect_backoff_ms", 1_000),
    # Channels of one process with equal arguments share a connection; a worker and a client shall not.
    ("grpc.use_local_subchannel_pool", 1),
)
_REPEATED = frozenset({grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED})


def default_identity() -> str:
    """Who this process is, for operators: host:pid."""
    return f"{socket.gethostname()}:{os.getpid()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where the engine is, and who asks."""

    address: str
    namespace: str = "default"
    identity: str = field(default_factory=default_identity)
    api_key: str | None = field(default=None, repr=False)
    tls: Tls | None = field(default=None, repr=False)


class Connection:
    """One channel with its stubs. It belongs to the event loop in which it was made."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self._channel = _open_channel(target)
        self.workflows = workflow_pb2_grpc.WorkflowServiceStub(self._channel)
        self.workers = worker_pb2_grpc.WorkerServiceStub(self._channel)

    @property
    def metadata(self) -> tuple[tuple[str, str], ...]:
        """The credentials, as every call carries them."""
        key = self.target.api_key
        return (("authorization", f"Bearer {key}"),) if key else ()

    async def call(
        self,
        method: aio.UnaryUnaryMultiCallable[Q, R],
        request: Q,
        *,
        seconds: float = CALL_SECONDS,
        retry_for: dt.timedelta | None = RETRY_FOR,
    ) -> R:
        """Call, and repeat the very same request while the engine is away.

        Args:
            method: A unary method of a stub.
            request: It must be safe to repeat.
            seconds: What one try may take.
            retry_for: How long to repeat; None means for ever.

        Raises:
            RefusedError: The engine refused, or was away for too long.
        """
        return await repeated(lambda: self.once(method, request, seconds), retry_for)

    async def once(self, method: aio.UnaryUnaryMultiCallable[Q, R], request: Q, seconds: float) -> R:
        """One try of a call.

        Raises:
            RefusedError: The engine refused, or is away.
        """
        try:
            return await method(request, timeout=seconds, metadata=self.metadata)
        except aio.AioRpcError as error:
            refusal = read_refusal(error)
        raise to_error(refusal)

    async def close(self) -> None:
        """Close the channel; calls under way are cancelled."""
        await self._channel.close()


async def repeated(once: Callable[[], Awaitable[R]], retry_for: dt.timedelta | None) -> R:
    """Try, and try again while the engine is away.

    Args:
        once: It must be safe to repeat.
        retry_for: How long; None means for ever.

    Raises:
        RefusedError: The engine refused, or was away for too long.
    """
    end = None if retry_for is None else clock.monotonic() + retry_for.total_seconds()
    backoff = Backoff()
    while True:
        try:
            return await once()
        except RefusedError as error:
            delay = backoff.next_delay(at_least=_asked_delay(error.refusal))
            is_last = end is not None and clock.monotonic() + delay > end
            if is_last or not is_worth_repeating(error.refusal):
                raise
        await asyncio.sleep(delay)


def is_worth_repeating(refusal: Refusal) -> bool:
    """Whether the same request may be answered better later.

    A RESOURCE_EXHAUSTED without details is gRPC's own: the message is too large, and will be too large again.
    """
    if refusal.status is grpc.StatusCode.RESOURCE_EXHAUSTED:
        return bool(refusal.reason) or refusal.retry_after is not None
    return refusal.status in _REPEATED


def _asked_delay(refusal: Refusal) -> float:
    return refusal.retry_after.total_seconds() if refusal.retry_after else 0.0


def _open_channel(target: Target) -> aio.Channel:
    if target.tls is None:
        return aio.insecure_channel(target.address, options=CHANNEL_OPTIONS)
    credentials = grpc.ssl_channel_credentials(
        root_certificates=target.tls.ca,
        private_key=target.tls.key,
        certificate_chain=target.tls.cert,
    )
    return aio.secure_channel(target.address, credentials, options=CHANNEL_OPTIONS)
