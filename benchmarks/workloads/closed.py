"""Throughput that is kept with a million closed executions in the database."""

from benchmarks.bars import OURS
from benchmarks.ours import stack as ours
from benchmarks.ours.stack import Stack
from benchmarks.servers.durability import settings_in_use
from benchmarks.workloads.past import fill
from benchmarks.workloads.workload import WARM_UP, Found, Workload

BULK = 3_000
ROUNDS = 3


def closed(_system: str, count: int) -> Found:
    """The same engine in bulk, before and after `count` closed executions come to be; the better of some rounds."""
    with ours.running() as stack:
        stack.ask("bulk", count=WARM_UP)
        before = rate(stack)
        fill(stack, count)
        after = rate(stack)
        return {
            "units": count,
            "per_second": after,
            "per_second_before": before,
            "kept_percent": 100 * after / before,
            "server": settings_in_use(stack.ground),
        }


def rate(stack: Stack) -> float:
    """Workflows a second."""
    return max(BULK / float(stack.ask("bulk", count=BULK)["seconds"]) for _ in range(ROUNDS))


CLOSED = Workload(
    name="closed",
    about="bulk, before and with a million closed executions in the database",
    sizes={OURS: 1_000_000},
    measure=closed,
    once=True,
)
