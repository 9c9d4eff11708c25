"""The façade that counts, so that dispatchers stay bare.

Counters are by kind of task and by dispatcher, the depth also by queue; labels never carry ids. The depth is measured
when somebody asks for it (the sweep does, once a second), not on each scrape.
"""

# ruff: noqa: ASYNC109 - `take` ends in time with an empty answer, not with an exception

from collections import Counter as Tally
from collections.abc import Iterable, Sequence

from prometheus_client import Counter, Gauge

from dispatch.base import Dispatcher, Offer
from workflows.core.keys import QueueKey, TaskKind, TaskRef

OFFERED = Counter(
    "sched_dispatch_offered_total",
    "Hints of waiting tasks handed to the dispatcher (memory, redis).",
    ["dispatcher", "kind"],
)
TAKEN = Counter("sched_dispatch_taken_total", "Hints taken by engines.", ["dispatcher", "kind"])
ACKED = Counter(
    "sched_dispatch_acked_total", "Hints whose tasks were claimed or gone.", ["dispatcher", "kind"]
)
DROPPED = Counter(
    "sched_dispatch_dropped_total",
    "Hints lost to overflow or an outage; the sweep finds their tasks.",
    ["dispatcher"],
)
DEPTH = Gauge(
    "sched_dispatch_depth",
    "Hints that wait or are in a hand, where the sweep last looked.",
    ["dispatcher", "kind", "queue"],
)


class InstrumentedDispatcher:
    """Any dispatcher, with its traffic counted under `name` (`memory`, `redis`)."""

    def __init__(self, inner: Dispatcher, *, name: str) -> None:
        self._inner = inner
        self._name = name
        self._dropped = inner.dropped

    @property
    def dropped(self) -> int:
        return self._inner.dropped

    async def offer(self, refs: Sequence[TaskRef]) -> None:
        await self._inner.offer(refs)
        self._count(OFFERED, (ref.queue.kind for ref in refs))
        dropped, self._dropped = self._inner.dropped - self._dropped, self._inner.dropped
        DROPPED.labels(self._name).inc(dropped)

    async def take(self, queue: QueueKey, *, limit: int, timeout: float) -> list[Offer]:
        offers = await self._inner.take(queue, limit=limit, timeout=timeout)
        TAKEN.labels(self._name, queue.kind.name.lower()).inc(len(offers))
        return offers

    async def ack(self, queue: QueueKey, offers: Sequence[Offer]) -> None:
        await self._inner.ack(queue, offers)
        ACKED.labels(self._name, queue.kind.name.lower()).inc(len(offers))

    async def depth(self, queue: QueueKey) -> int:
        depth = await self._inner.depth(queue)
        DEPTH.labels(self._name, queue.kind.name.lower(), queue.queue).set(depth)
        return depth

    async def close(self) -> None:
        await self._inner.close()

    def _count(self, counter: Counter, kinds: Iterable[TaskKind]) -> None:
        for kind, times in Tally(kinds).items():
            counter.labels(self._name, kind.name.lower()).inc(times)
