"""All workloads, in the order in which they are measured."""

from benchmarks.workloads.closed import CLOSED
from benchmarks.workloads.live import LIVE
from benchmarks.workloads.one_step import BULK, CALLERS, SINGLE
from benchmarks.workloads.rest import IDLE, REST
from benchmarks.workloads.several_steps import FAN_OUT, SIGNALS, STEPS
from benchmarks.workloads.timers import LONE_TIMER, TIMERS
from benchmarks.workloads.two_engines import TWO_ENGINES

WORKLOADS = {
    each.name: each
    for each in (
        BULK, CALLERS, SINGLE, FAN_OUT, STEPS, SIGNALS, LONE_TIMER, TIMERS, IDLE, REST, CLOSED, TWO_ENGINES, LIVE,
    )
}  # fmt: skip
