"""All workloads, in the order in which they are measured."""

from benchmarks.workloads.one_step import BULK, CALLERS, SINGLE
from benchmarks.workloads.several_steps import FAN_OUT, SIGNALS, STEPS

WORKLOADS = {each.name: each for each in (BULK, CALLERS, SINGLE, FAN_OUT, STEPS, SIGNALS)}
