"""The machine of `async def` workflows: a loop of ours, on which the function is the first task.

Guarantees: as `loop`. What the function has started and not awaited ends with it, as in `asyncio.run`.
"""

# ruff: noqa: SLF001 - asyncio lets other loops say that they run, by these names only

import asyncio
from collections.abc import Callable
from typing import Any

from sched_sdk.errors import SchedError
from sched_sdk.replay.ledger import Evicted, Ledger
from sched_sdk.replay.loop import ByRequest, WorkflowLoop
from sched_sdk.replay.machine import Ending, run_leavable, unwound
from sched_sdk.replay.things import Waiter

UNWINDINGS_MAX = 100
"""How often clean-up code may await again while it is unwound; then its coroutine is left to the garbage collector."""


class CoroutineMachine:
    """Runs an `async def` workflow."""

    def __init__(
        self, function: Callable[..., Any], ledger: Ledger, report: Callable[[dict[str, Any]], None]
    ) -> None:
        self.ending: Ending | None = None
        self._function = function
        self._ledger = ledger
        self._loop = WorkflowLoop(ledger, report)  # type: ignore[abstract]  # the rest is refused by name
        ledger.elsewhere = self._loop.task_location
        self._main: asyncio.Task[Any] | None = None

    def begin(self, context: Any, *arguments: Any) -> None:
        self._main = self._loop.create_task(self._body(context, *arguments), name="workflow")

    def run(self) -> None:
        self._within(lambda: self._loop.run(lambda: self.ending is not None))

    def cancel(self, reason: str) -> None:
        assert self._main is not None
        self._main.cancel(msg=ByRequest(reason))

    def close(self) -> None:
        self._loop.drop_ready()
        self._within(self._unwind_all)
        self._loop.drop_ready()

    def _within(self, call: Callable[[], None]) -> None:
        """Runs `call` with this loop as the running one."""
        outer = asyncio._get_running_loop()
        asyncio._set_running_loop(self._loop)
        try:
            run_leavable(self._ledger, call)
        finally:
            asyncio._set_running_loop(outer)

    def _unwind_all(self) -> None:
        for task in list(self._loop.tasks):
            if not task.done():
                _unwind(task.get_coro())

    async def wait(self, waiter: Waiter) -> None:
        """Awaited by workflow code: returns when the wait is settled; a cancelled one cancels what it waits for.

        Raises:
            Cancelled: The workflow is asked to stop.
            asyncio.CancelledError: Other code of the workflow has cancelled the task that waits.
        """
        if asyncio._get_running_loop() is not self._loop:
            self._ledger.guard()
            raise SchedError(
                "a workflow's context is used outside of the workflow function, or in another thread"
            )
        if self._ledger.open(waiter):
            return
        settled = self._loop.create_future()
        waiter.on_settle = lambda: None if settled.done() else settled.set_result(None)
        try:
            await settled
        except asyncio.CancelledError:
            self._ledger.abandon(waiter)
            raise

    async def _body(self, context: Any, *arguments: Any) -> None:
        try:
            self.ending = Ending(value=await self._function(context, *arguments))
        except Evicted:
            return
        except BaseException as error:
            self.ending = Ending(error=unwound(error))


def _unwind(coroutine: Any) -> None:
    for _ in range(UNWINDINGS_MAX):
        try:
            coroutine.throw(Evicted())
        except (StopIteration, Evicted):
            return
        except BaseException:
            return  # clean-up code that fails; nothing of it counts any more
