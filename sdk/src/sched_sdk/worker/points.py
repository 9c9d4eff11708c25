"""Kill points of a worker: the places at which its death must cost nothing. Internal; nothing here is for callers.

The twin of the platform's `workflows.points`, which says why it is done so. Unarmed, a point does nothing, and nothing
that is shipped arms one.
"""

import enum
from collections.abc import Callable


class Point(enum.Enum):
    """Each is reached in the worker and has a case in the platform's `tests/e2e/killing`."""

    TASK_ACCEPTED = "a task has arrived, and is not begun"
    COMPLETION_READY = "a completion is there, and nobody but the worker has it"
    COMPLETION_SENT = "a completion is on its way, and not acked"


_act: "Callable[[Point], None] | None" = None


def reach(point: Point) -> None:
    """The code is at this point. Does nothing unless a test has armed the process."""
    if _act is not None:
        _act(point)


def arm(act: Callable[[Point], None]) -> None:
    """From now on `act` is called at every point, on the thread that reaches it. For tests."""
    global _act  # noqa: PLW0603 - one process, one switch
    _act = act
