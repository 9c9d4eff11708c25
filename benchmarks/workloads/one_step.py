"""Workflows of one step: in bulk, by 64 callers that wait, by one."""

from dataclasses import dataclass

from benchmarks.bars import OURS, is_ours
from benchmarks.ours import stack as ours
from benchmarks.ours.stack import Stack
from benchmarks.workloads import transitions
from benchmarks.workloads.workload import WARM_UP, Found, Workload, asked

EVENTS = 6
"""Of the history of a workflow of one activity."""
ONE_ENGINE = f"{OURS} one engine"
DEFAULT_SLOTS = f"{OURS} default slots"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """How ours runs.

    Attributes:
        processes: Engines, and workers.
        slots: Of each worker, for turns and for activities; None: as a worker has them by default.
    """

    processes: int = 1
    slots: int | None = None


ALL_AT_WORK = 500
"""Slots: what each of two workers has under way when four batches of 250 are. With fewer, tasks wait in a queue."""
MODES = {
    ("bulk", OURS): Mode(processes=2, slots=ALL_AT_WORK),
    ("bulk", ONE_ENGINE): Mode(slots=ALL_AT_WORK),
    ("bulk", DEFAULT_SLOTS): Mode(processes=2),
}
"""Where it is not one of each, by default: as many processes as there are cores, as of a peer's."""


def measuring(name: str) -> Workload:
    """Ours with the figures of its commits, and a look at what is in the database; peers as any load."""
    ordinary = asked(name)

    def measure(system: str, count: int) -> Found:
        if not is_ours(system):
            return ordinary(system, count)
        mode = MODES.get((name, system), Mode())
        with ours.running(engines=mode.processes, workers=mode.processes, slots=mode.slots) as stack:
            found = transitions.measure(stack, name, count)
            check_database(stack, WARM_UP + count)
        return found

    return Workload(name=name, about=ABOUT[name], sizes=SIZES[name], measure=measure)


def check_database(stack: Stack, count: int) -> None:
    """Every workflow that was started has ended well, with the history of one activity."""
    with stack.connect() as connection:
        found = connection.execute(
            "SELECT status, last_event, count(*) FROM sched_executions GROUP BY status, last_event"
        ).fetchall()
    if found != [("COMPLETED", EVENTS, count)]:
        raise SystemExit(f"executions by status and number of events: {found}; all {count} must be COMPLETED")


ABOUT = {
    "bulk": "workflows of one activity, started in batches; until the last one's end is committed",
    "callers": "64 callers, each starting a workflow, waiting for its result, starting the next",
    "single": "one caller, one workflow after the other",
}
SIZES = {
    "bulk": {
        OURS: 6_000,
        ONE_ENGINE: 6_000,
        DEFAULT_SLOTS: 6_000,
        "dbos queued": 600,
        "absurd": 1_000,
        "procrastinate": 2_000,
        "celery": 5_000,
    },
    "callers": {OURS: 1_920, "dbos direct": 640, "dbos queued": 640, "absurd": 640},
    "single": {OURS: 400, "dbos direct": 400, "absurd": 400},
}
BULK, CALLERS, SINGLE = map(measuring, SIZES)
