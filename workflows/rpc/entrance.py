"""Who may call what over gRPC: one table from methods to actions, and the look at a caller's API key.

Guarantees: a call without a key that is valid is UNAUTHENTICATED, one whose key does not allow its method is
PERMISSION_DENIED; neither reaches the method. A stream ends within `2 × TRUSTED_SECONDS` of its key's end. What a call
says of its own identity never stands alone where keys are demanded: histories name the key.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any, Final, Protocol

import grpc

from timers.clock import Clock
from workflows.access.actions import Action
from workflows.access.known_keys import TRUSTED_SECONDS, KnownKeys
from workflows.access.principal import ANYBODY, Principal, Unauthenticated
from workflows.rpc.key_looks import KeyLooks, caller_address
from workflows.service.limits import IDENTITY_MAX
from workflows.service.reading import given_back
from workflows.store.away import OUTAGES
from workflows.store.lanes import Overloaded

_LOGGER = logging.getLogger(__name__)

DOOR: Final = "grpc"
_BEARER: Final = "Bearer "
_READ, _WORK = ((Action.READ,),), ((Action.WORK,),)
ANY_KEY: Final = ((),)
METHODS: Final[Mapping[str, tuple[tuple[Action, ...], ...]]] = {
    # The calls on it are checked one by one.
    "StreamCalls": ANY_KEY,
    "StartWorkflow": ((Action.START,),),
    "StartWorkflows": ((Action.START,),),
    "SignalWorkflow": ((Action.SIGNAL,),),
    "SignalWithStartWorkflow": ((Action.START, Action.SIGNAL),),
    "CancelWorkflow": ((Action.CANCEL,),),
    "TerminateWorkflow": ((Action.TERMINATE,),),
    "RetryWorkflow": ((Action.RETRY,),),
    "GetWorkflow": _READ,
    "GetWorkflowResult": ((Action.READ, Action.SEE_PAYLOADS),),
    # A worker replays what it gets here.
    "GetWorkflowHistory": _READ + _WORK,
    "ListWorkflows": _READ,
    "GetMetrics": _READ,
    "DescribeTaskQueue": _READ,
    "ListWorkers": _READ,
    "StreamWorkflowTasks": _WORK,
    "StreamActivityTasks": _WORK,
    "PollWorkflowTask": _WORK,
    "PollActivityTask": _WORK,
    "CompleteWorkflowTask": _WORK,
    "CompleteActivityTask": _WORK,
    "RecordActivityHeartbeat": _WORK,
    "ServerReflectionInfo": ANY_KEY,
}
"""By method, the sets of actions of which one is enough. Health is not here: who looks after an engine has no key."""

METHOD_OF: Final[Mapping[str, str]] = {
    "start": "StartWorkflow",
    "signal": "SignalWorkflow",
    "signal_with_start": "SignalWithStartWorkflow",
    "cancel": "CancelWorkflow",
    "terminate": "TerminateWorkflow",
    "result": "GetWorkflowResult",
}
"""By kind of a streamed call, the unary one that does the same."""

_CALLER: ContextVar[Principal] = ContextVar("caller", default=ANYBODY)

type Context = grpc.aio.ServicerContext[Any, Any]


class Entrance(Protocol):
    """What a call passes before its method."""

    async def admit(self, method: str, context: Context) -> None:
        """Let the caller in; `caller` is who it is from then on.

        Raises:
            Unauthenticated, Denied: it is not.
            TooMany, Overloaded: it was not looked at.
        """

    def staying(self, context: Context) -> Any:
        """An asynchronous context manager for a stream that was let in: cancelled when its key ends."""


class OpenEntrance:
    """Everybody may do everything: on loopback, where SCHED_AUTH says so."""

    async def admit(self, method: str, context: Context) -> None:
        """Whoever it is."""

    @asynccontextmanager
    async def staying(self, context: Context) -> AsyncIterator[None]:
        yield


class KeyEntrance:
    """An API key is demanded of every call. Lives on one event loop."""

    def __init__(self, known: KnownKeys, clock: Clock) -> None:
        self._looks = KeyLooks(known, clock)

    async def admit(self, method: str, context: Context) -> None:
        who = await self._looks.principal_of(_key_of(context), caller_address(context))
        check(who, method)
        _CALLER.set(who)

    @asynccontextmanager
    async def staying(self, context: Context) -> AsyncIterator[None]:
        """Raises `Unauthenticated` in the block where the key ends meanwhile."""
        stream = asyncio.current_task()
        assert stream is not None
        watch = asyncio.ensure_future(self._watch(_key_of(context), caller_address(context), stream))
        try:
            yield
        except asyncio.CancelledError:
            if not (watch.done() and watch.result()):
                raise
            stream.uncancel()
            raise Unauthenticated from None
        finally:
            watch.cancel()

    async def _watch(self, key: str, address: str, stream: asyncio.Task[Any]) -> bool:
        """Until the key has ended; then the stream is cancelled."""
        while True:
            await asyncio.sleep(TRUSTED_SECONDS)
            try:
                if not await self._looks.is_good_still(key, address):
                    stream.cancel()
                    return True
            except (
                Overloaded,
                *OUTAGES,
            ):  # nobody is sent away because of the database, or of who guesses keys
                _LOGGER.debug("a key could not be looked up again", exc_info=True)


def caller() -> Principal:
    """Who makes the call that this code runs for."""
    return _CALLER.get()


def check(who: Principal, method: str) -> None:
    """Raises `Denied` unless they may call this method."""
    enough = METHODS[method]
    if not any(who.actions.issuperset(actions) for actions in enough):
        who.require(next(action for action in enough[0] if not who.may(action)))


def may_read(known: KnownKeys, authorization: str) -> bool:
    """Whether such a header comes from somebody who may look; for a thread, whose connection is given back."""
    try:
        with given_back():
            return known.principal_of(_key_in(authorization)).may(Action.READ)
    except Unauthenticated:
        return False


def check_kind(kind: str) -> None:
    """As `check`, for the caller and a call of this kind on its stream."""
    check(caller(), METHOD_OF[kind])


def check_result(wait_seconds: float) -> None:
    """Raises `Denied` if the caller waits for a result that it may not see."""
    if wait_seconds > 0:
        check(caller(), "GetWorkflowResult")


def signed(claimed: str) -> str:
    """Who makes the call, for its history; where keys are demanded, what it claims to be follows in brackets."""
    who = caller()
    if not who.name:
        return claimed
    return f"{who.identity(DOOR)} ({claimed})"[:IDENTITY_MAX] if claimed else who.identity(DOOR)


def sign(request: Any) -> None:
    """A request that was checked: its identity becomes what is `signed`."""
    if caller().name:
        request.identity = signed(request.identity)


def _key_of(context: Context) -> str:
    """Raises `Unauthenticated` where there is none, or one that is no text."""
    for name, value in context.invocation_metadata() or ():
        if name == "authorization" and isinstance(value, str):
            return _key_in(value)
    raise Unauthenticated


def _key_in(authorization: str) -> str:
    if not authorization.startswith(_BEARER):
        raise Unauthenticated
    return authorization.removeprefix(_BEARER)
