"""The machine of plain functions: the function has a stack of its own, and a wait switches away from it.

Guarantees: no thread. The stack belongs to the thread that first ran it; it cannot be moved to another.
"""

import contextvars
from collections.abc import Callable
from typing import Any

from greenlet import getcurrent, greenlet  # type: ignore[import-untyped]

from sched_sdk.errors import Cancelled, SchedError
from sched_sdk.replay.ledger import Evicted, Ledger
from sched_sdk.replay.machine import Ending, keep_if_alive, unwound
from sched_sdk.replay.things import Waiter


class StackMachine:
    """Runs a plain `def` workflow."""

    def __init__(self, function: Callable[..., Any], ledger: Ledger) -> None:
        self.ending: Ending | None = None
        self._function = function
        self._ledger = ledger
        self._stack: Any = None
        self._waiter: Waiter | None = None
        self._fresh = False

    def begin(self, context: Any, *arguments: Any) -> None:
        def _body() -> None:
            self._body(context, *arguments)

        self._stack = greenlet(_body)
        self._ledger.leave = self._leave
        self._stack.gr_context = contextvars.copy_context()
        self._fresh = True

    def run(self) -> None:
        while self._stack is not None and self.ending is None and (self._fresh or self._is_ready()):
            self._fresh = False
            self._stack.parent = getcurrent()
            self._stack.switch()

    def cancel(self, reason: str) -> None:
        assert self._stack is not None
        self._stack.parent = getcurrent()
        self._stack.throw(Cancelled(reason))

    def close(self) -> None:
        if self._stack is not None and not self._fresh and not self._stack.dead:
            self._stack.parent = getcurrent()
            self._stack.throw(Evicted())
            keep_if_alive(self._stack)
        self._stack = None

    def wait(self, waiter: Waiter) -> None:
        """Called by workflow code: returns when the wait is settled; a cancelled one cancels what it waits for.

        Raises:
            Cancelled: The workflow is asked to stop.
        """
        stack = self._stack
        if stack is None or getcurrent() is not stack:
            self._ledger.guard()
            raise SchedError(
                "a workflow's context is used outside of the workflow function, or in another thread"
            )
        if self._ledger.open(waiter):
            return
        self._waiter = waiter
        try:
            assert stack.parent is not None
            stack.parent.switch()
        except Cancelled:
            self._ledger.abandon(waiter)
            raise
        finally:
            self._waiter = None

    def _leave(self) -> None:
        if self._stack is getcurrent():
            self._stack.parent.switch()

    def _is_ready(self) -> bool:
        return self._waiter is not None and self._waiter.settled

    def _body(self, context: Any, *arguments: Any) -> None:
        try:
            self.ending = Ending(value=self._function(context, *arguments))
        except Evicted:
            return
        except BaseException as error:
            self.ending = Ending(error=unwound(error))
