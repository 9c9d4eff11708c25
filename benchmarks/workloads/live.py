"""Two hundred open pages: how late they are told of what changes, and what they cost those who do the work."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks import figures
from benchmarks.bars import OURS
from benchmarks.child import Answer
from benchmarks.ours import stack as ours
from benchmarks.ours.stack import Stack
from benchmarks.servers.durability import settings_in_use
from benchmarks.servers.process import Child, child
from benchmarks.workloads.workload import WARM_UP, Found, Workload

BULK = 3_000
ROUNDS = 3
PER_SECOND = 200
SECONDS = 30
WATCHED = 20


def live(_system: str, count: int) -> Found:
    """Bulk without and with `count` pages; then a steady load beside them."""
    with ours.running(web=True) as stack, pages_of(stack) as pages:
        ids = [f"watched-{number}" for number in range(WATCHED)]
        stack.ask("bulk", count=WARM_UP)
        stack.ask("waiting", ids=ids)
        before = rate(stack)
        pages.ask("open", seconds=60, port=stack.web_port, pages=count, workflows=ids)
        during = rate(stack)
        pages.ask("told", seconds=60)
        with stack.counted() as counts:
            load = stack.ask("paced", count=PER_SECOND * SECONDS, per_second=PER_SECOND, ids=ids)
        told = pages.ask("told", seconds=60)
        check(told)
        return {
            "units": count,
            "per_second": during,
            "per_second_without_pages": before,
            "kept_percent": 100 * during / before,
            "paced_per_second": PER_SECOND * SECONDS / load["seconds"],
            "late_p50_ms": 1000 * figures.percentile(told["late"], 50),
            "late_p95_ms": 1000 * figures.percentile(told["late"], 95),
            "late_p99_ms": 1000 * figures.percentile(told["late"], 99),
            "messages_per_second": told["messages"] / load["seconds"],
            "mib_per_second": told["bytes"] / load["seconds"] / 2**20,
            "web_core_percent": 100 * counts.cpu_seconds["web"] / load["seconds"],
            "web_mib": counts.resident_mib["web"],
            "top": counts.top,
            "server": settings_in_use(stack.ground),
        }


def rate(stack: Stack) -> float:
    """Workflows a second, the best of some rounds."""
    return max(BULK / float(stack.ask("bulk", count=BULK)["seconds"]) for _ in range(ROUNDS))


def check(told: Answer) -> None:
    """All pages are still there, and were told something."""
    if told["ended"] or not told["late"]:
        raise SystemExit(f"{len(told['ended'])} pages are not open any more: {told['ended'][:5]}")


@contextmanager
def pages_of(stack: Stack) -> Iterator[Child]:
    command = [sys.executable, "-m", "benchmarks.ours.pages"]
    with child("pages", command, {}, stack.ground.folder) as found:
        yield found


LIVE = Workload(
    name="live",
    about="200 open pages beside 200 workflows a second: how late they are told; beside bulk: what they cost",
    sizes={OURS: 200},
    measure=live,
    once=True,
)
