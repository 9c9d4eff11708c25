"""A worker that serves one queue, as matching knows it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from workflows.core.keys import QueueKey, TaskKey
from workflows.store.claimer import Handout


@dataclass(slots=True, kw_only=True, eq=False)
class Subscription:
    """A worker on one queue. `deliver` must not block."""

    queue: QueueKey
    identity: str
    session: str
    types: tuple[str, ...]
    build: str
    slots: int
    streaming: bool
    connected_at: datetime
    deliver: Callable[[Sequence[Handout]], None]
    credits: int = 0
    is_held: bool = False
    """It does not read what was handed to it: its credits do not count for now."""
    held: dict[TaskKey, int] = field(default_factory=dict)
    """Tasks in the worker's hands, as far as this engine knows, each with its delivery."""
