"""What a dispatcher is.

A dispatcher carries the keys of waiting tasks from whoever committed them to whoever has a free worker. What it
guarantees, and what it does not:

* **Hints only.** A key says "look there": the receiver claims the task's row in the database, and drops the key if the
  row is gone, taken or not yet visible. So a key may come twice, late, or for work that was cancelled long ago.
* **At least once while it lives.** A key that was offered is taken by somebody, and comes again if its taker dies
  before `ack`. First in, first out by queue, but for keys that come again.
* **It may lose everything.** Overflow, an outage or a restart drop keys without an error; the sweep reads the database
  and offers again what the dispatcher cannot hold. A loss costs latency, never work.
* **No queue disturbs another**, and nothing here waits for the database.

```
            offer                take                    ack
 committed ───────► [ waiting ] ──────► [ in a hand ] ────────► gone      (acked at the claim, not at the task's end)
                        ▲                    │
                        └────────────────────┘ the taker died
```
"""

# ruff: noqa: ASYNC109 - `take` ends in time with an empty answer, not with an exception

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from workflows.core.keys import QueueKey, TaskRef


class DispatcherUnavailable(Exception):
    """The dispatcher cannot tell its depth just now; whoever asked tries again later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A key in a taker's hand. `receipt` belongs to the dispatcher that issued it."""

    ref: TaskRef
    receipt: str


class Dispatcher(Protocol):
    """Carries hints between the engines' event loops. The methods never raise for an outage, `depth` excepted."""

    @property
    def dropped(self) -> int:
        """Hints that this object has dropped since it was made: the sweep sends them again."""

    async def offer(self, refs: Sequence[TaskRef]) -> None:
        """Announces tasks that wait. Returns when the hints are handed over, or dropped."""

    async def take(self, queue: QueueKey, *, limit: int, timeout: float) -> list[Offer]:
        """Takes up to `limit` hints; waits up to `timeout` seconds for the first, then returns what is there.

        An outage looks like an empty queue. Cancelling the call loses nothing.
        """

    async def ack(self, queue: QueueKey, offers: Sequence[Offer]) -> None:
        """Forgets hints for good; called once their tasks are claimed, or were found gone."""

    async def depth(self, queue: QueueKey) -> int:
        """Hints that wait for a taker or are in a hand that has not acked.

        Raises:
            DispatcherUnavailable: nobody knows now.
        """

    async def close(self) -> None:
        """Ends connections. Calls that wait return as at their time-out."""


class Announcer(Protocol):
    """The offering half, for processes and threads without an event loop, such as views after their commit."""

    def offer(self, refs: Sequence[TaskRef]) -> None:
        """As `Dispatcher.offer`: quick, thread-safe, never raises for an outage."""
