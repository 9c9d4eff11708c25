"""What this process shows: all topics that somebody looks at, and the turns in which they are brought up to date.

```
 feed ──► changes by run ──► at most each 100 ms, in one thread: headers of the changed runs, by one query
                             ──► each topic: its change, encoded once ──► outboxes
```

There is one for an event loop. It listens to the feed while there is a subscription, and does nothing else. What a turn
reads is bounded: of more changed runs the newest are read, and lists are read anew. After a gap, and now and then while
the feed is down, all topics get a snapshot.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final
from weakref import WeakKeyDictionary

from dispatch.feed.base import Receiving
from dispatch.feed.values import Change, News, merge
from workflows.api.problems import OUTAGES
from workflows.core.keys import DEFAULT_NAMESPACE
from workflows.live.counting import Counting
from workflows.live.feeds import new_receiver
from workflows.live.group import Group
from workflows.live.listed import ListView
from workflows.live.messages import Listed, OneWorkflow, Topic
from workflows.live.one_workflow import WorkflowView
from workflows.live.overview import OverviewView
from workflows.live.subscription import Subscription
from workflows.live.threads import in_thread
from workflows.live.tick import NOTHING, ShownRow, Tick
from workflows.live.view import Look, View
from workflows.store import reader

TICK_SECONDS: Final = 0.1
TICK_MAX_SECONDS: Final = 0.25
SENT_SECONDS: Final = 0.00075
"""Between two turns, and more for each message that the last one sent, since each is some tenths of a millisecond of
work: so many pages are told a little later, and not at the cost of everybody else."""
LOOK_SECONDS: Final = 0.25
"""Between two looks at what waits for its time."""
DOWN_SECONDS: Final = 2.0
"""Between two snapshots while nobody tells of changes."""
RUNS_MAX: Final = 500
"""Changed runs that one turn reads."""
CHANGES_MAX: Final = 20_000
"""That wait for a turn; with more, all is read anew."""
_LOGGER = logging.getLogger(__name__)
_boards: WeakKeyDictionary[asyncio.AbstractEventLoop, "Board"] = WeakKeyDictionary()


def board() -> "Board":
    """That of the running event loop."""
    loop = asyncio.get_running_loop()
    found = _boards.get(loop)
    if found is None:
        found = _boards[loop] = Board()
    return found


class Board:
    """Lives on one event loop.

    Attributes:
        turns: how many there were that read something.
    """

    def __init__(self) -> None:
        self.turns = 0
        self._loop = asyncio.get_running_loop()
        self._life = asyncio.Lock()
        self._groups: dict[tuple[Topic, bool], Group] = {}
        self._counting = Counting(self._counted)
        self._feed: Receiving | None = None
        self._task: asyncio.Task[None] | None = None
        self._news = asyncio.Event()
        self._changes: dict[str, Change] = {}
        self._renewed_at = 0.0
        self._sent = 0

    async def join(self, subscription: Subscription) -> None:
        """Returns when its snapshot is on its way. Raises what a query raises; then it has not joined."""
        group = self._group(subscription)
        try:
            joining = asyncio.ensure_future(group.join(subscription))
            await self._live()
            await joining
        except BaseException:
            await self.leave(subscription)
            raise

    async def leave(self, subscription: Subscription) -> None:
        key = (subscription.topic, subscription.payloads)
        group = self._groups.get(key)
        if group is None:
            return
        group.leave(subscription)
        if group.is_empty:
            group.stop()
            del self._groups[key]
        await self._live()

    async def move(self, subscription: Subscription, *, payloads: bool) -> None:
        """To those who may see payloads, or may not; as `join`."""
        await self.leave(subscription)
        subscription.payloads = payloads
        subscription.hold()
        await self.join(subscription)

    def _group(self, subscription: Subscription) -> Group:
        key = (subscription.topic, subscription.payloads)
        found = self._groups.get(key)
        if found is None:
            found = self._groups[key] = Group(self._view(subscription.topic, payloads=subscription.payloads))
        return found

    def _view(self, topic: Topic, *, payloads: bool) -> View:
        if isinstance(topic, Listed):
            return ListView(topic.filters, payloads=payloads)
        if isinstance(topic, OneWorkflow):
            return WorkflowView(topic, payloads=payloads)
        return OverviewView(self._counting, payloads=payloads)

    async def _live(self) -> None:
        """Listens and turns if, and only if, somebody looks."""
        async with self._life:
            if self._groups and self._feed is None:
                self._feed = new_receiver()
                self._feed.start(self._take)
                self._task = asyncio.create_task(self._run(), name="live")
            elif not self._groups and self._feed is not None:
                await self._rest(self._feed)

    async def _rest(self, feed: Receiving) -> None:
        task, self._feed, self._task = self._task, None, None
        self._counting.stop()
        self._counting = Counting(self._counted)  # who comes meanwhile has this one
        self._changes.clear()
        if task is not None:
            task.cancel()
            await asyncio.wait([task])
        await feed.stop()

    def _take(self, news: News) -> None:
        """From the feed."""
        merge(self._changes, news.changes)
        if len(self._changes) > CHANGES_MAX:
            self._changes.clear()
            self._doubt()
        if news.gap:
            self._doubt()
        self._news.set()

    def _doubt(self) -> None:
        """Something may have been missed: all is read anew."""
        self._renewed_at = self._loop.time()
        self._counting.doubt()
        for group in self._groups.values():
            group.is_stale = True

    async def _run(self) -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), LOOK_SECONDS)
            self._news.clear()
            try:
                await self._turn()
                self._look()
            except OUTAGES as error:
                _LOGGER.debug("live updates wait for the database: %s", error)
                self._doubt()
            except Exception:
                _LOGGER.exception("a turn of live updates failed")
                self._doubt()
            sent, self._sent = self._sent, 0
            await asyncio.sleep(min(TICK_SECONDS + sent * SENT_SECONDS, TICK_MAX_SECONDS))

    async def _turn(self) -> None:
        changes, self._changes = self._changes, {}
        if not changes:
            return
        self.turns += 1
        self._counting.observe(changes.values())
        groups = list(self._groups.values())
        by_id = _by_id(changes.values())
        looks = [group.view.look(by_id) for group in groups]
        wanted = self._wanted(changes, groups)
        rows, looked = await in_thread(_read, wanted, looks)
        tick = Tick(changes=changes, rows={run: ShownRow(row) for run, row in rows.items()})
        for group, found in zip(groups, looked, strict=True):
            self._sent += group.tell(tick, found)

    def _wanted(self, changes: Mapping[str, Change], groups: Sequence[Group]) -> list[str]:
        """The runs whose rows are shown; run ids are made in the order of time."""
        if not any(group.view.wants_rows for group in groups):
            return []
        runs = [run for run, change in changes.items() if change.namespace == DEFAULT_NAMESPACE]
        if len(runs) <= RUNS_MAX:
            return runs
        for group in groups:
            group.is_stale = group.is_stale or group.view.wants_rows
        return sorted(runs)[-RUNS_MAX:]

    def _look(self) -> None:
        """What waits for its time."""
        is_down = self._feed is not None and not self._feed.is_up
        if is_down and self._loop.time() - self._renewed_at >= DOWN_SECONDS:
            self._doubt()
        if any(isinstance(group.view, OverviewView) for group in self._groups.values()):
            self._counting.count_if_due()
        for group in self._groups.values():
            group.catch_up()

    def _counted(self) -> None:
        for group in self._groups.values():
            if isinstance(group.view, OverviewView):
                group.tell(NOTHING, None)


def _by_id(changes: Iterable[Change]) -> dict[str, Change]:
    """One for each workflow id: of several runs the one that is new, since detached activities outlive theirs."""
    found: dict[str, Change] = {}
    for change in changes:
        if change.workflow_id not in found or not change.before:
            found[change.workflow_id] = change
    return found


def _read(runs: Sequence[str], looks: Sequence[Look | None]) -> tuple[dict[str, reader.Execution], list[Any]]:
    """In a thread."""
    rows = {each.run_id: each for each in reader.executions(runs)} if runs else {}
    return rows, [None if look is None else look(rows) for look in looks]
