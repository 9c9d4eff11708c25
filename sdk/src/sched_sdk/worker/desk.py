"""The tasks that a worker has in hand, of one kind: taken, run side by side, answered, and counted against the slots.

Guarantees: each task that is accepted is answered once, by its completion or by a hand-back; an exception of the
runner is a fault of ours, is logged, and sends the task back. After `drain` nothing is in hand.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, Protocol

from sched_sdk.logs import component_logger
from sched_sdk.proto.v1.worker_pb2 import (
    RETURN_REASON_ERROR,
    CompletionAck,
    Returned,
)
from sched_sdk.worker.kinds import C, C_co, T, T_contra
from sched_sdk.worker.points import Point, reach

log = component_logger("worker")


class Runner(Protocol[T_contra, C_co]):
    """Turns a task into its completion."""

    def run(self, task: T_contra) -> Awaitable[C_co]:
        """Do what the task asks for. A future costs less than a coroutine, which becomes a task of the event loop."""
        ...

    async def settle(self) -> None:
        """What is running is about to go back: leave nothing unsaid."""
        ...

    def acknowledged(self, task: T_contra, completion: Any, ack: CompletionAck) -> None:
        """The engine has taken the completion, or refused it for good."""
        ...

    def hand_back(self, task: T_contra, returned: Returned | None = None) -> C_co:
        """Do not; without a reason: because the worker is stopping."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Drained:
    """What a drain came to."""

    finished: int
    handed_back: int


class Desk(Generic[T, C]):
    """Tasks in hand. `answer` is called once for each, with its completion; `on_free` whenever a slot becomes free."""

    def __init__(
        self, runner: Runner[T, C], *, slots: int, answer: Callable[[T, C], None], on_free: Callable[[], None]
    ) -> None:
        self.slots = slots
        self._runner = runner
        self._answer = answer
        self._on_free = on_free
        self._open = True
        self._in_hand: dict[asyncio.Future[C], T | None] = {}
        """None where the task has been handed back, and what runs of it is nobody's business any more."""

    @property
    def in_hand(self) -> int:
        """Tasks that were accepted and have not ended. Any thread."""
        return len(self._in_hand)

    @property
    def free(self) -> int:
        """How many more tasks may come; none once the worker is stopping."""
        return max(0, self.slots - len(self._in_hand)) if self._open else 0

    def accept(self, task: T) -> None:
        """Begin with a task; while draining it goes straight back."""
        reach(Point.TASK_ACCEPTED)
        if not self._open:
            self._answer(task, self._runner.hand_back(task))
            return
        serving = self._begin(task)
        self._in_hand[serving] = task
        serving.add_done_callback(self._done)

    def close(self) -> None:
        """Take no more."""
        self._open = False

    async def drain(self, seconds: float) -> Drained:
        """Take no more, let what is in hand finish in time, and hand back the rest."""
        self.close()
        before = len(self._in_hand)
        if self._in_hand and seconds > 0:
            await asyncio.wait(list(self._in_hand), timeout=seconds)
        if self._in_hand:
            await self._runner.settle()
        left = [serving for serving in self._in_hand if not serving.done()]
        for serving in left:
            task = self._in_hand[serving]
            assert task is not None
            self._answer(task, self._runner.hand_back(task))
            self._let_go(serving)
        if self._in_hand:
            # One turn of the loop for async activities to unwind; one that will not is left behind.
            await asyncio.wait(list(self._in_hand), timeout=0.1)
        return Drained(finished=before - len(left), handed_back=len(left))

    def abandon(self) -> None:
        """Stop caring for what is in hand: the worker ends now."""
        self.close()
        for serving in self._in_hand:
            self._let_go(serving)

    def _let_go(self, serving: "asyncio.Future[C]") -> None:
        self._in_hand[serving] = None
        serving.cancel()

    def _begin(self, task: T) -> "asyncio.Future[C]":
        try:
            return asyncio.ensure_future(self._runner.run(task))
        except Exception as error:
            failed: asyncio.Future[C] = asyncio.get_running_loop().create_future()
            failed.set_exception(error)
            return failed

    def _done(self, serving: "asyncio.Future[C]") -> None:
        task = self._in_hand.pop(serving)
        if serving.cancelled():
            pass
        elif task is None:
            serving.exception()  # seen, so that asyncio does not complain
        else:
            completion = self._completion(task, serving)
            reach(Point.COMPLETION_READY)
            self._answer(task, completion)
        self._on_free()

    def _completion(self, task: T, serving: "asyncio.Future[C]") -> C:
        try:
            return serving.result()
        except Exception:
            log.exception("a task could not be run; it goes back")
            returned = Returned(reason=RETURN_REASON_ERROR, details="the worker failed; see its log")
            return self._runner.hand_back(task, returned)
