"""How well our engine groups: transitions to commits and statements, while callers wait."""

from benchmarks.ours.stack import Stack
from benchmarks.servers.durability import settings_in_use
from benchmarks.workloads.workload import WARM_UP, Found, found

DECIDED = "sched_commit_batch_transitions_sum"
"""The engine's own count: one input decided and committed."""


def measure(stack: Stack, workload: str, count: int) -> Found:
    """One run of ours, with the figures of its commits."""
    stack.ask("bulk", count=WARM_UP)
    before = stack.metric(DECIDED)
    with stack.counted() as counts:
        answer = stack.ask(workload, count=count)
    transitions = stack.metric(DECIDED) - before
    return {
        **found(answer, counts, count),
        "transitions_per_commit": transitions / counts.commits,
        "transitions_per_transaction": transitions / counts.transactions,
        "statements_per_transition": counts.statements / transitions,
        "server": settings_in_use(stack.ground),
    }
