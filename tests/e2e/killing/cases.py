"""Which script dies at which point. Every point has a case; `test_kill_points` compares the table with the code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sched_sdk.worker.points import Point as WorkerPoint

from tests.e2e.killing import scripts
from tests.e2e.killing.lives import Death
from tests.e2e.killing.scripts import Faults, Script
from workflows.points import Point

ENGINE = "engine"
WORKER = "worker"
CALLER = "caller"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One or more deaths in one script.

    Attributes:
        victim: whose deaths they are.
        deaths: in the order in which the lives of the victim have them; the last is what the case is about.
        wired: the engine's way to the database loses the answer to a COMMIT.
    """

    script: Script
    victim: str
    deaths: tuple[Death, ...]
    wired: bool = False

    def __str__(self) -> str:
        last = self.deaths[-1]
        nth = f"-{last.nth}" if last.nth > 1 else ""
        mark = f"-{last.mark}" if last.mark else ""
        return f"{last.point}{nth}-{self.script.__name__}{mark}"

    @property
    def faults(self) -> Faults:
        return Faults(**{self.victim: self.deaths})


def case(
    script: Script,
    *points: Point | WorkerPoint,
    nth: int = 1,
    mark: str = "",
    victim: str = ENGINE,
    wired: bool = False,
) -> Case:
    """Dies at each of the points in turn; the last one at the `nth` time after the `mark`."""
    first = [Death(point.name) for point in points[:-1]]
    return Case(script=script, victim=victim, deaths=(*first, Death(points[-1].name, nth, mark)), wired=wired)


P, W = Point, WorkerPoint
STEERED = (P.RECEIVED, P.WRITTEN, P.COMMITTED, P.ANSWERED)
"""Where an input that is asked for again must not count twice."""

# Those that wait for a lease of ten seconds come first, so that the others run beside them.
CASES: Sequence[Case] = (
    case(scripts.queued_journey, P.CLAIMED, P.LEASES_FOUND),
    case(scripts.queued_journey, P.TAKEN),
    case(scripts.queued_journey, P.CLAIMED),
    case(scripts.queued_journey, P.DELIVERED),
    case(scripts.seated_journey, P.HANDING_OVER, mark="warm"),
    case(scripts.seated_journey, P.HANDED_OVER, mark="warm"),
    case(scripts.seated_journey, P.SEATED, mark="warm"),
    case(scripts.lost_worker, P.WORKER_LOST),
    case(scripts.polled_journey, P.POLL_ANSWERED),
    case(scripts.stopped_worker, P.HANDBACK_RECEIVED),
    case(scripts.stopped_worker, P.HANDBACK_RELEASED),
    case(scripts.queued_journey, P.COMMIT_HEARD, P.TASKS_FOUND),
    case(scripts.journey, P.RECEIVED),
    case(scripts.journey, P.QUEUED),
    case(scripts.journey, P.BATCH_TAKEN),
    case(scripts.journey, P.LOADED),
    case(scripts.journey, P.DECIDED),
    case(scripts.journey, P.WRITTEN),
    case(scripts.journey, P.COMMITTED),
    case(scripts.journey, P.FOLLOWED_UP),
    case(scripts.journey, P.TOLD),
    case(scripts.journey, P.COMMIT_HEARD),
    case(scripts.journey, P.ANSWERED),
    case(scripts.queued_journey, P.OFFERING),
    case(scripts.queued_journey, P.OFFERED),
    case(scripts.queued_journey, P.HINTS_ACKED),
    case(scripts.journey, P.COMPLETION_RECEIVED),
    case(scripts.journey, P.COMPLETION_ANSWERED),
    case(scripts.journey, P.ACK_LEAVES),
    case(scripts.journey, P.TIMER_DUE),
    case(scripts.journey, P.LOCK_GRANTED),
    case(scripts.reporting, P.LEADING),
    case(scripts.retried, P.TIMER_DUE),
    case(scripts.reporting, P.HEARTBEAT_RECORDED),
    case(scripts.locked_out, P.DEFERRED),
    case(scripts.locked_out, P.SLOW_TAKEN),
    case(scripts.overdue, P.TIMERS_FOUND),
    case(scripts.stopped_engine, P.STOP_ASKED),
    case(scripts.stopped_engine, P.PORT_CLOSED),
    case(scripts.stopped_engine, P.LEAD_ENDS),
    case(scripts.inline_journey, P.INBOX_HINTED),
    case(scripts.inline_journey, P.INBOX_DRAINED),
    case(scripts.inline_journey, P.INBOX_HINTED, P.INBOXES_FOUND),
    case(scripts.inline_journey, P.INLINE_WRITTEN, victim=CALLER),
    case(scripts.inline_journey, P.INLINE_COMMITTED, victim=CALLER),
    case(scripts.inline_signal, P.INLINE_WRITTEN, victim=CALLER),
    case(scripts.bulk_signal, P.BULK_WRITTEN),
    case(scripts.bulk_signal, P.BULK_COMMITTED),
    case(scripts.polled_journey, P.COMPLETION_RECEIVED),
    case(scripts.polled_journey, P.COMPLETION_ANSWERED),
    *(case(scripts.journey, point, mark="signal") for point in STEERED),
    *(case(scripts.cancelled, point, mark="cancel") for point in STEERED),
    case(scripts.terminated, P.COMMITTED, mark="terminate"),
    case(scripts.journey, P.OUTCOME_UNKNOWN, wired=True),
    case(scripts.journey, W.TASK_ACCEPTED, victim=WORKER),
    case(scripts.journey, W.COMPLETION_READY, victim=WORKER),
    case(scripts.journey, W.COMPLETION_SENT, victim=WORKER),
)


def rows() -> list[str]:
    """The table of `docs/reliability.md`: each point, what it means, and the scripts in which somebody dies there."""
    found = []
    for kind in (Point, WorkerPoint):
        for point in kind:
            dying = (each.script.__name__ for each in CASES if each.deaths[-1].point == point.name)
            scripts = dict.fromkeys(name.replace("_", " ") for name in dying)
            found.append(f"| `{point.name}` | {point.value} | {', '.join(scripts)} |")
    return found


# The same journey passes most points again and again: a start, turns, an activity, a timer, a signal.
AGAIN: Sequence[Case] = tuple(
    case(scripts.journey, point, nth=nth)
    for point in (
        P.RECEIVED, P.QUEUED, P.BATCH_TAKEN, P.LOADED, P.DECIDED, P.WRITTEN, P.COMMITTED, P.FOLLOWED_UP, P.TOLD,
        P.COMMIT_HEARD,
    )
    for nth in (2, 3, 4)
)  # fmt: skip
