"""What runs workflow code, whichever way it is written: the seam between an execution and its two machines.

A machine runs code until it rests: every strand of it waits for something that only history can bring, or it has
ended. It is told nothing of turns and commands.
"""

import contextvars
import logging
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from greenlet import getcurrent, greenlet  # type: ignore[import-untyped]

from sched_sdk.replay.ledger import Ledger


class Ending(NamedTuple):
    """How the function ended: with a value, or with an exception."""

    value: Any = None
    error: BaseException | None = None


class Machine(Protocol):
    """Runs one workflow function. All calls come from one thread."""

    ending: Ending | None

    def begin(self, context: Any, *arguments: Any) -> None:
        """Makes the call ready; `run` runs it."""

    def run(self) -> None:
        """Runs until the code rests or has ended."""

    def cancel(self, reason: str) -> None:
        """Raises Cancelled at the wait where the function rests. `run` afterwards."""

    def close(self) -> None:
        """Unwinds what rests. The ledger is shut before, so that clean-up code issues nothing."""


_LEFT: list[Any] = []
"""Stacks that were left for good. Kept: the garbage collector would raise in them, and they would go on again."""

_log = logging.getLogger("sched_sdk.workflow")


def keep_if_alive(stack: Any) -> None:
    """After an unwinding: a stack that does not end is kept, and told of. It is lost memory, not a lost worker."""
    if not stack.dead:
        _LEFT.append(stack)
        _log.warning(
            "a workflow function catches its own unwinding (a bare `except` in a loop?): its stack is left"
        )


def run_leavable(ledger: Ledger, call: Callable[[], None]) -> None:
    """Runs `call` on a stack of its own, which the ledger can leave."""
    stack = greenlet(call)
    stack.gr_context = contextvars.copy_context()
    ledger.leave = lambda: stack.parent.switch() if stack is getcurrent() else None
    stack.switch()
    keep_if_alive(stack)


def unwound(error: BaseException) -> BaseException:
    """`error` without the traceback of the machine's own frame, which tells a reader nothing."""
    trace = error.__traceback__
    return error.with_traceback(trace.tb_next if trace is not None else None)
