"""Which input is legal in which status, as a table: rows are inputs, columns statuses.

Activities that `queue_activity` started outlive COMPLETED and FAILED, so their inputs are still looked at there;
whether the activity is one of them, its presence in the state tells.
"""

import enum
from typing import Any

from workflows.core import inputs as i
from workflows.core.values import Status


class Verdict(enum.Enum):
    DECIDE = "decide"
    """The input's own file decides."""
    NOOP = "noop"
    """Accepted; changes nothing."""
    CLOSED = "closed"
    STALE_TASK = "stale task"
    STALE_TIMER = "stale timer"


_D, _N, _C, _K, _T = Verdict.DECIDE, Verdict.NOOP, Verdict.CLOSED, Verdict.STALE_TASK, Verdict.STALE_TIMER
_COLUMNS = (
    Status.RUNNING,
    Status.COMPLETED,
    Status.FAILED,
    Status.CANCELED,
    Status.TERMINATED,
    Status.TIMED_OUT,
)
_ROWS: dict[type[Any], tuple[Verdict, ...]] = {
    #                     RUNNING COMPLETED FAILED CANCELED TERMINATED TIMED_OUT
    i.SignalSent:         (_D, _C, _C, _C, _C, _C),
    i.CancelRequested:    (_D, _N, _N, _N, _N, _N),
    i.TerminateRequested: (_D, _N, _N, _N, _N, _N),
    i.TurnCompleted:      (_D, _K, _K, _K, _K, _K),
    i.ActivitySucceeded:  (_D, _D, _D, _K, _K, _K),
    i.ActivityFailed:     (_D, _D, _D, _K, _K, _K),
    i.ActivityCanceled:   (_D, _D, _D, _K, _K, _K),
    i.LeaseExpired:       (_D, _D, _D, _K, _K, _K),
    i.TimerDue:           (_D, _T, _T, _T, _T, _T),
    i.RetryDue:           (_D, _D, _D, _T, _T, _T),
    i.DeadlineDue:        (_D, _D, _D, _T, _T, _T),
    i.ExecutionDue:       (_D, _T, _T, _T, _T, _T),
}  # fmt: skip

TABLE: dict[tuple[Status, type[Any]], Verdict] = {
    (status, given): cell for given, row in _ROWS.items() for status, cell in zip(_COLUMNS, row, strict=True)
}


def verdict(status: Status, given: type[Any]) -> Verdict:
    """What becomes of an input of this type in this status."""
    return TABLE[status, given]
