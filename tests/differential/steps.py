"""Steps: what a script is made of. All values: a script can be played again, and parts of it can be left out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dispatch.claims import Held
from workflows.codec.inbox import Steering
from workflows.core.inputs import Input, StartRequested
from workflows.core.keys import QueueKey, TaskKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Inputs that reach the engine while a commit is under way: group commit decides them in one transaction.

    What their runs have in the inbox comes first. `hints` are runs that the engine is told to look into.
    """

    now: datetime
    given: tuple[Input, ...] = ()
    hints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call of Django code. A steering one names its workflow, and its run only if `given.run_id` is not empty."""

    given: StartRequested | Steering
    workflow_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Inline:
    """Calls of Django code in one transaction of its own, which is rolled back unless `committed`."""

    now: datetime
    calls: tuple[Call, ...]
    committed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A worker takes tasks of a queue."""

    now: datetime
    queue: QueueKey
    keys: tuple[TaskKey, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """Workers report progress of activities."""

    now: datetime
    beats: tuple[tuple[TaskKey, int, bytes | None], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Renew:
    """Workers show life."""

    now: datetime
    held: tuple[Held, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HandBack:
    """A worker returns tasks."""

    now: datetime
    held: tuple[Held, ...]
    visible_in: timedelta
    problem: str | None


Step = Batch | Inline | Claim | Beat | Renew | HandBack
Script = Sequence[Step]
