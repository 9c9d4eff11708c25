"""Values that inputs, commands and events share. All frozen; payloads are opaque bytes that nobody here parses."""

import enum
from dataclasses import dataclass
from datetime import timedelta


class Status(enum.StrEnum):
    """What has become of an execution. All but RUNNING are final."""

    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELED = "CANCELED"
    TERMINATED = "TERMINATED"
    TIMED_OUT = "TIMED_OUT"

    @property
    def keeps_detached(self) -> bool:
        """Whether activities queued by `queue_activity` run on after this end."""
        return self in (Status.COMPLETED, Status.FAILED)


class ConflictPolicy(enum.StrEnum):
    """What a start does when a run of its workflow id is open."""

    FAIL = "FAIL"
    USE_EXISTING = "USE_EXISTING"


class ReusePolicy(enum.StrEnum):
    """What a start does when the last run of its workflow id is closed."""

    ALLOW_DUPLICATE = "ALLOW_DUPLICATE"
    ALLOW_DUPLICATE_FAILED_ONLY = "ALLOW_DUPLICATE_FAILED_ONLY"
    REJECT_DUPLICATE = "REJECT_DUPLICATE"


class FailureKind(enum.IntEnum):
    """Who or what failed; numbers as in the wire contract."""

    APPLICATION = 1
    TIMEOUT = 2
    CANCELED = 3
    TERMINATED = 4
    WORKER_LOST = 5
    ACTIVITY = 6
    LIMIT = 7


class TimeoutKind(enum.IntEnum):
    """Which limit of an activity was reached; numbers as in the wire contract."""

    START_TO_CLOSE = 1
    SCHEDULE_TO_START = 2
    SCHEDULE_TO_CLOSE = 3
    HEARTBEAT = 4


@dataclass(frozen=True, slots=True)
class Payload:
    """A value of user code: `data` is delivered byte for byte. An empty encoding means JSON text."""

    data: bytes
    encoding: str = ""
    metadata: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why something went wrong, with the chain of its causes."""

    kind: FailureKind = FailureKind.APPLICATION
    type: str
    message: str = ""
    stack_trace: str = ""
    timeout: TimeoutKind | None = None
    non_retryable: bool = False
    details: Payload | None = None
    cause: "Failure | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """When a failed attempt is followed by another. `maximum_attempts` 0 means unlimited."""

    initial_interval: timedelta = timedelta(seconds=1)
    backoff_coefficient: float = 2.0
    maximum_interval: timedelta = timedelta(seconds=60)
    maximum_attempts: int = 3
    non_retryable_error_types: tuple[str, ...] = ()


DEFAULT_RETRY = RetryPolicy()
"""Of the function style; what an activity declares or a call names replaces it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """What a turn waits for: any of what is named, or all of `commands`.

    Commands are named by their running index in the run.
    """

    all: bool = False
    commands: frozenset[int] = frozenset()
    signals: frozenset[str] = frozenset()
    any_signal: bool = False
    anything: bool = False

    @property
    def is_named(self) -> bool:
        return bool(self.commands or self.signals or self.any_signal or self.anything)


NO_WAIT = Wait()
