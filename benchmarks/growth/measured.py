"""The four curves, each measured on a stack of its own. A cost is the time of one step or workflow in milliseconds."""

import time
from collections.abc import Callable

from benchmarks.growth.curve import Curve, steps_by_part
from benchmarks.ours import stack as ours
from benchmarks.ours.stack import Stack
from benchmarks.workloads.past import fill
from benchmarks.workloads.sleeping import fall_asleep
from benchmarks.workloads.timers import FAR_SECONDS
from benchmarks.workloads.workload import WARM_UP

STEPS = 2_000
BULK = 2_000
ROUNDS = 2
OPEN = (0, 5_000, 20_000, 50_000)
CLOSED = (0, 100_000, 300_000, 1_000_000)
QUEUED = (500, 2_000, 8_000, 20_000)


def history(scale: float) -> Curve:
    """One workflow: its steps, by how many came before."""
    with ours.running() as stack:
        stack.ask("bulk", count=WARM_UP)
        marks = stack.ask("steps", count=max(int(STEPS * scale), 110))["marks"]
    return Curve(name="history, in steps", unit="ms a step", points=steps_by_part(marks))


def open_workflows(scale: float) -> Curve:
    """Bulk beside workflows that sleep."""

    def grow(stack: Stack, more: int) -> None:
        fall_asleep(stack, more, due_at=time.time() + FAR_SECONDS)

    return _beside("open workflows", OPEN, grow, scale)


def closed_workflows(scale: float) -> Curve:
    """Bulk in a database with a past."""
    return _beside("closed workflows", CLOSED, fill, scale)


def queue(scale: float) -> Curve:
    """Bulk by how many are started at once: the queue is about as long."""
    with ours.running() as stack:
        stack.ask("bulk", count=WARM_UP)
        points = [(count, _cost(stack, count)) for count in (max(int(size * scale), 10) for size in QUEUED)]
    return Curve(name="workflows started at once", unit="ms a workflow", points=tuple(points))


def _beside(name: str, sizes: tuple[int, ...], grow: Callable[[Stack, int], None], scale: float) -> Curve:
    points, there = [], 0
    with ours.running() as stack:
        stack.ask("bulk", count=WARM_UP)
        for size in (int(size * scale) for size in sizes):
            if size > there:
                grow(stack, size - there)
            there = size
            points.append((size, min(_cost(stack, max(int(BULK * scale), 100)) for _ in range(ROUNDS))))
    return Curve(name=name, unit="ms a workflow of one activity", points=tuple(points))


def _cost(stack: Stack, count: int) -> float:
    return float(stack.ask("bulk", count=count)["seconds"]) * 1000 / count


CURVES = {each.__name__: each for each in (history, open_workflows, closed_workflows, queue)}
