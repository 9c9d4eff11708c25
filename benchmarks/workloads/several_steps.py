"""Workflows of many steps: one after the other, at once, and steps that wait for signals."""

from benchmarks.bars import OURS
from benchmarks.workloads.workload import Workload, asked

STEPS = Workload(
    name="steps",
    about="one workflow of sequential steps: steps a second, and its last hundred to its first",
    sizes={OURS: 2_000, "dbos direct": 2_000, "absurd": 2_000},
    measure=asked("steps"),
)
FAN_OUT = Workload(
    name="fan_out",
    about="workflows of 200 activities at once, one after the other",
    sizes={OURS: 10, "dbos direct": 10},
    measure=asked("fan_out"),
)
SIGNALS = Workload(
    name="signals",
    about="signals to workflows that wait for ten each; from the first signal to the last workflow's end",
    sizes={OURS: 10_000},
    measure=asked("signals"),
)
