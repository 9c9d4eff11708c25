"""Kill points: the named places between "received" and "acknowledged" at which a crash must cost nothing.

Code says `reach(Point.DECIDED)`. A test arms the points of a process before it starts, and so makes it die there; what
they are and which test kills where stands in `docs/reliability.md`, which is held against this list.

Free and harmless in production: unarmed, a point costs a call and a look at a global (0.2 µs at most; a batch passes
ten). No variable, setting or command arms them: whoever wants to must call `arm` from Python before the engine starts,
and in what is shipped nobody does (`tests/architecture` looks). A switch in the environment would have been handier,
and one typing error away from an engine that kills itself.

It lies below every layer, so that each may use it. The kernel has no point: it is pure, and the store's batch has the
points around it.
"""

import enum
from collections.abc import Callable


class Point(enum.Enum):
    """Each is reached in the code and has a case in `tests/e2e/killing`; tests see to both."""

    # From a door to the committing threads.
    RECEIVED = "an input has come through a door, and is not queued"
    COMPLETION_RECEIVED = "a worker's completion is read from its message"
    QUEUED = "inputs are handed to the committing thread, or one that is alone has been sent"

    # A batch.
    BATCH_TAKEN = "a batch is taken from the lanes"
    LOADED = (
        "its headers are locked and loaded, inboxes are drained; or the check of what is kept is on its way"
    )
    INBOX_DRAINED = "an inbox entry is deleted in the open transaction, and not yet decided"
    DECIDED = "its inputs are decided, and nothing is written"
    SEATED = "new tasks have seats at workers, and are not written"
    WRITTEN = "its writes are on their way, COMMIT is not"
    OUTCOME_UNKNOWN = "the connection was lost at COMMIT; the database has not been asked"
    COMMITTED = "COMMIT is answered; nobody knows"
    FOLLOWED_UP = "the event loop is about to hear of the commit; answers are not given"
    TOLD = "answers are on their way to the event loop"
    DEFERRED = "an input met a foreign lock, and is not in the slow lane yet"
    SLOW_TAKEN = "the slow lane has taken it"

    # After a commit, on the event loop.
    COMMIT_HEARD = "the event loop hears of the commit: no hint offered, no timer armed, no waiter told"
    ANSWERED = "a client's input is committed, and its call not answered"
    COMPLETION_ANSWERED = "a completion is committed, and its worker not told"
    ACK_LEAVES = "acks are about to be written to a worker's stream"

    # From a task's row to its worker.
    OFFERING = "hints are about to go to Redis"
    OFFERED = "Redis has them"
    TAKEN = "hints are taken from Redis, and their tasks not claimed"
    CLAIMED = "tasks are claimed, and not delivered"
    DELIVERED = "tasks are delivered, and their hints not acked"
    HINTS_ACKED = "their hints are noted to be acked"
    HANDING_OVER = "tasks are committed as born claimed, and their workers do not have them"
    HANDED_OVER = "tasks that were born claimed are delivered"
    POLL_ANSWERED = "a poll has got its task, and is not answered"

    # From a worker, but for completions.
    HEARTBEAT_RECORDED = "heartbeats are recorded, and not answered"
    HANDBACK_RECEIVED = "a worker hands tasks back, and they are not released"
    HANDBACK_RELEASED = "they are released, and not offered again"
    WORKER_LOST = "a worker is missed or a lease over, and its loss not submitted"

    # The inline writer, in whatever process it runs.
    INLINE_WRITTEN = "an inline start or steering is written, its transaction open"
    INLINE_COMMITTED = "the transaction is committed, and the engine not told"
    INBOX_HINTED = "the engine hears that an inbox has entries"

    # A bulk operation, in the engine that leads.
    BULK_WRITTEN = "a chunk of a bulk operation and its new position are written, the transaction open"
    BULK_COMMITTED = "the chunk is committed, and nobody is told of its inboxes"

    # Timers, sweeps, leadership.
    TIMER_DUE = "a timer is due, and not submitted"
    TIMERS_FOUND = "the sweep has read timers, and not armed them"
    TASKS_FOUND = "the sweep has found tasks whose hints are lost, and not offered them"
    LEASES_FOUND = "the sweep has found leases that are over"
    INBOXES_FOUND = "the sweep has found inboxes with entries"
    LOCK_GRANTED = "the advisory lock is granted, and this engine does not lead yet"
    LEADING = "this engine has just begun to lead"
    LEAD_ENDS = "it leads no longer, and still has the lock"

    # A stop in good order.
    STOP_ASKED = "SIGTERM has come, and nothing is closed"
    PORT_CLOSED = "the port is closed, and what is queued not committed"


_act: Callable[[Point], None] | None = None


def reach(point: Point) -> None:
    """The code is at this point. Does nothing unless a test has armed the process."""
    if _act is not None:
        _act(point)


def arm(act: Callable[[Point], None]) -> None:
    """From now on `act` is called at every point, on the thread that reaches it. For tests."""
    global _act  # noqa: PLW0603 - one process, one switch
    _act = act
