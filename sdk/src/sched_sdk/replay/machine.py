"""What runs workflow code, whichever way it is written: the seam between an execution and its two machines.

A machine runs code until it rests: every strand of it waits for something that only history can bring, or it has
ended. It is told nothing of turns and commands.
"""

from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
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


def unwound(error: BaseException) -> BaseException:
    """`error` without the traceback of the machine's own frame, which tells a reader nothing."""
    trace = error.__traceback__
    return error.with_traceback(trace.tb_next if trace is not None else None)
