"""What an engine counts as it goes. Names are those of the specification; labels never carry ids.

What is only looked up when somebody asks is in `gauges`. `docs/observability.md` lists all of them.
"""

from collections import Counter as Counts
from collections.abc import Iterable, Sequence

from prometheus_client import Counter, Histogram

from workflows.core import events as e
from workflows.core.keys import TaskKind
from workflows.core.transition import Transition
from workflows.store.claimer import Handout
from workflows.store.started import STARTED
from workflows.store.work import Committed

ENDED = Counter(
    "sched_workflows_completed",
    "Runs that ended here, by status: COMPLETED, FAILED, CANCELED, TERMINATED, TIMED_OUT.",
    ["status"],
)
ACTIVITIES = Counter(
    "sched_activities_executed",
    "Activities that ended, by outcome: completed, failed, timed_out, canceled.",
    ["status"],
)
RETRIES = Counter(
    "sched_activity_retries",
    "Attempts that failed and are tried again, as far as histories tell of them: the first 20 of an activity.",
)
DURATION = Histogram(
    "sched_activity_duration_seconds",
    "Of an attempt of an activity, from its claim to its recorded end.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600, 3600),
)
BATCH = Histogram(
    "sched_commit_batch_transitions",
    "Transitions by commit.",
    buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256, 500),
)
DELETED = Counter("sched_executions_deleted", "Closed executions that retention has deleted.")
COMMIT = Histogram(
    "sched_commit_duration_seconds",
    "Of a transaction of the engine's writer, from taking its inputs until they are durable.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
LATENESS = Histogram(
    "sched_timer_lateness_seconds",
    "From the moment a timer is due until what it causes is durable: sleeps, retries, deadlines.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600, 3600),
)
WAITED = Histogram(
    "sched_task_poll_latency_seconds",
    "From the moment a task may be claimed to its claim: what a task waits for a worker.",
    ["kind"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60),
)

_OUTCOMES: dict[type[e.Event], str] = {
    e.ActivityTaskCompleted: "completed",
    e.ActivityTaskFailed: "failed",
    e.ActivityTaskTimedOut: "timed_out",
    e.ActivityTaskCanceled: "canceled",
}
_WAITED = {kind: WAITED.labels(kind=kind.name.lower()) for kind in TaskKind}
_COUNTERS: dict[type[e.Event], Counter] = {
    e.WorkflowExecutionStarted: STARTED,
    e.ActivityTaskRetryScheduled: RETRIES,
    **{kind: ENDED.labels(status=status.value) for kind, status in e.TERMINAL.items()},
    **{kind: ACTIVITIES.labels(status=outcome) for kind, outcome in _OUTCOMES.items()},
}
"""By the event that is counted: to look a label up takes longer than to count."""


def count_commit(committed: Committed) -> None:
    """One that has changed something."""
    COMMIT.observe(committed.ended - committed.began)
    _count(committed.transitions)


def _count(transitions: Sequence[Transition]) -> None:
    BATCH.observe(len(transitions))
    for transition in transitions:
        for span in transition.ran:
            DURATION.observe(span.total_seconds())
    kinds = Counts(type(event) for transition in transitions for event in transition.events)
    for kind, count in kinds.items():
        counter = _COUNTERS.get(kind)
        if counter is not None:
            counter.inc(count)


def count_handouts(handouts: Iterable[Handout]) -> None:
    """Tasks that were handed to workers just now."""
    for handout in handouts:
        claimed = handout.claimed
        waited = claimed.claimed_at - max(claimed.created_at, claimed.visible_at)
        _WAITED[claimed.key.kind].observe(max(0.0, waited.total_seconds()))
