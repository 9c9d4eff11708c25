"""Names of things: executions, tasks, timers, task queues.

A key is made of facts alone (the run, the number of an event, an attempt), so that two processes that decide the same
thing write the same row. Nothing here is generated.
"""

import enum
import zlib
from typing import NamedTuple

DEFAULT_NAMESPACE = "default"

SHARD_COUNT = 256
"""Fixed for the life of a database: a row's shard is written with it and is what it would be distributed by."""


def shard_of(workflow_id: str) -> int:
    """Shard of all rows of a workflow id, 0 to 255. All runs of one id share it."""
    return zlib.crc32(workflow_id.encode()) % SHARD_COUNT


class TaskKind(enum.IntEnum):
    """What a worker does with a task."""

    WORKFLOW = 1
    """Runs the workflow function to its next wait: one turn."""
    ACTIVITY = 2
    """Runs an activity function: one attempt."""


class TaskKey(NamedTuple):
    """Identity of a task. `number` is the turn's number, or that of the activity's ActivityTaskScheduled event."""

    run_id: str
    kind: TaskKind
    number: int
    attempt: int


class QueueKey(NamedTuple):
    """A task queue as dispatch sees it: workers serve one kind of one named queue."""

    namespace: str
    kind: TaskKind
    queue: str


class TaskRef(NamedTuple):
    """A task and where it waits: all that a dispatcher carries."""

    key: TaskKey
    queue: QueueKey


class TimerKind(enum.IntEnum):
    """Why something must happen later."""

    USER = 1
    """A timer of workflow code; its number is that of the TimerStarted event."""
    RETRY = 2
    """The next attempt of an activity; number of its ActivityTaskScheduled event."""
    DEADLINE = 3
    """Schedule-to-start or schedule-to-close of an activity; number of its ActivityTaskScheduled event."""
    EXECUTION = 4
    """The execution's timeout; number 0."""


class TimerKey(NamedTuple):
    """Identity of a timer."""

    run_id: str
    kind: TimerKind
    number: int
