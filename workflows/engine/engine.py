"""One engine: a writer, a dispatcher, timers, loops and a gRPC port, started and stopped in order.

```
 workers ─┐                     ┌─► claimer ──────────────► tasks
          ├─► gRPC ─► services ─┤
 clients ─┘                     └─► commits ─► writer ────► everything else
                                       │
              timers armed ◄───────────┼──────► hints to the dispatcher
              waiters told ◄───────────┘        (all after the commit)
```

Stopping: no new tasks; workers are told; what is in hand may finish within the grace; then the port closes, what is
queued is committed, and the threads end.
"""

import asyncio
import logging
import os
import secrets
import socket
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from dispatch.base import Dispatcher
from dispatch.instrumented import InstrumentedDispatcher
from dispatch.memory import MemoryDispatcher
from dispatch.redis import RedisDispatcher
from timers.clock import Clock, DatabaseClock, SystemClock
from timers.due import DueTimers
from timers.leader import Leadership, PostgresLeadership, SoleLeadership
from timers.trouble import Trouble
from workflows import tracing
from workflows.access.known_keys import KnownKeys
from workflows.core.keys import TaskRef
from workflows.core.transition import NewTask, ReleasedTask, Transition
from workflows.engine.arming import Firing
from workflows.engine.bulk import BulkSteps
from workflows.engine.feed import feed_of
from workflows.engine.gauges import EngineGauges, expose, withdraw
from workflows.engine.hints import Hints
from workflows.engine.loops import Loops, cursor
from workflows.engine.metrics import count_commit, count_handouts
from workflows.engine.options import EngineOptions
from workflows.engine.ports import MetricsPort, turns
from workflows.engine.retention import Retention
from workflows.engine.traces import dispatched
from workflows.points import Point, reach
from workflows.rpc.entrance import DOOR, Entrance, KeyEntrance, OpenEntrance, may_read
from workflows.rpc.server import RpcServer, Tls
from workflows.rpc.tokens import Tokens
from workflows.rpc.worker_service import WorkerDoor
from workflows.rpc.workflow_service import ClientDoor
from workflows.service.acts import Acts
from workflows.service.commits import Commits
from workflows.service.desk import Desk
from workflows.service.handback import Handback
from workflows.service.leases import Leases
from workflows.service.lookup import Lookup
from workflows.service.matching import Matching
from workflows.service.results import Results
from workflows.service.roster import Roster
from workflows.service.sessions import Sessions
from workflows.store import reader
from workflows.store.away import OUTAGES
from workflows.store.backends import new_backend
from workflows.store.changes import changes_of
from workflows.store.claimer import Claimer
from workflows.store.group_commit import GroupCommit
from workflows.store.work import Committed

_LOGGER = logging.getLogger(__name__)

OFFERS_MAX = 1_000
"""Hand-overs to the dispatcher that are under way, one for each commit. More there are only while it hangs; the sweep
finds what was not offered."""


class Engine:
    """Made, started and stopped on one event loop."""

    def __init__(self, options: EngineOptions, *, clock: Clock | None = None) -> None:
        self._options = options
        self._clock = clock or SystemClock()
        self._name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"
        self._database_clock = DatabaseClock(self._clock)
        self._trouble = Trouble(clock=self._clock)
        self._offers: set[asyncio.Task[None]] = set()
        self._leading: asyncio.Task[None] | None = None

        self._redis = RedisDispatcher(options.redis_url) if options.redis_url else None
        self._dispatcher = self._new_dispatcher()
        self._claimer = Claimer(self._name, self._clock, dsn=options.postgres_dsn, trouble=self._trouble)
        self._matching = Matching(self._dispatcher, self._claimer, self._handed_out)
        self._commits = Commits(self._new_writer, self._committed)
        self._firing = Firing(self._commits, self._database_clock)
        self._due = DueTimers(
            self._database_clock,
            self._firing.fire,
            on_late=self._firing.fire_late,
            room=self._firing.room,
            late_room=self._firing.late_room,
            on_low=self._wake_timers,
        )
        self._firing.start(self._due)
        self._results = Results(reader.outcomes)
        self._handback = Handback(self._claimer, self._dispatcher)
        self._desk = Desk(self._commits, self._claimer, self._handback)
        self._leases = Leases(self._desk.lost)
        self._sessions = Sessions(self._matching, self._desk.lost)
        self._leadership = self._new_leadership()
        self._feed = feed_of(options)
        self._hints = self._new_hints()
        self._roster = self._new_roster()
        self._loops = Loops(
            clock=self._clock,
            claimer=self._claimer,
            desk=self._desk,
            results=self._results,
            dispatcher=self._dispatcher,
            due=self._due,
            leadership=self._leadership,
            hints=self._hints,
            roster=self._roster,
            bulk=BulkSteps(self._commits, self._clock),
            retention=Retention(options.retention, self._clock),
            trouble=self._trouble,
            look_around=self._look_around,
            embedded=options.postgres_dsn is None,
        )
        self._acts = Acts(self._clock, DOOR)
        self._known_keys = KnownKeys(self._clock)
        self._rpc = self._new_server()
        self._metrics: MetricsPort | None = None
        self._gauges = self._new_gauges()

    @property
    def port(self) -> int:
        """Of gRPC, once started."""
        return self._rpc.port

    @property
    def metrics_port(self) -> int | None:
        return self._metrics.port if self._metrics else None

    @property
    def is_leader(self) -> bool:
        return self._leadership.is_leader()

    def health(self) -> dict[str, Any]:
        """What `/healthz` says. An engine is well while it can commit; `failing` names what else it cannot do. Without
        Redis it is slower, and well: a restart would not help."""
        failing = self._trouble.failing
        reached = self._commits.is_reachable
        redis = {} if self._redis is None else {"redis": "ok" if self._redis.is_reachable else "unreachable"}
        return {
            "ok": reached,
            "database": "unreachable" if not reached else "impaired" if failing else "ok",
            "failing": list(failing),
            **redis,
            "leader": self.is_leader,
            "engine": self._name,
            "waiting": sum(self._commits.waiting.values()),
            "inbox_lag_seconds": self._hints.lag.total_seconds() if self.is_leader else 0.0,
        }

    async def start(self) -> None:
        """Serve.

        Raises:
            PortTaken: the gRPC port cannot be had.
            OSError: the metrics port cannot be had.
        """
        if self._options.metrics_port is not None:
            self._metrics = MetricsPort(
                self._options.bind,
                self._options.metrics_port,
                self.health,
                partial(turns, asyncio.get_running_loop()),
                self._is_ready,
                self._may_read,
                self._certificate(),
            )
        try:
            await self._rpc.start()
        except BaseException:
            if self._metrics is not None:
                self._metrics.close()
            raise
        self._commits.start()
        if self._redis is not None:
            self._redis.watch()
        self._due.start()
        self._leading = asyncio.create_task(self._leadership.run(), name="leadership")
        self._loops.start()
        self._feed.outgoing.start()
        self._hints.start()
        expose(self._gauges)
        if self._metrics is not None:
            self._metrics.start()
        _LOGGER.info("engine %s serves gRPC on port %d", self._name, self.port)

    async def stop(self) -> None:
        """End in order; see the module."""
        _LOGGER.info("engine %s stops", self._name)
        withdraw(self._gauges)
        reach(Point.STOP_ASKED)
        self._leadership.stop()
        await self._matching.drain()
        await self._rpc.drain()
        self._results.close()
        await self._rpc.stop(self._options.grace.total_seconds() / 2)
        reach(Point.PORT_CLOSED)
        self._due.close()
        await self._hints.stop()
        await self._loops.stop()
        await self._strike_off()
        if self._leading is not None:
            await self._leading
        await self._commits.stop()
        for _ in range(2):
            await asyncio.sleep(0)  # what follows the last commit
        await self._feed.outgoing.stop()
        await self._acts.close()
        await self._matching.close()
        self._handback.close()
        if self._offers:
            await asyncio.wait(self._offers)
        await self._dispatcher.close()
        self._claimer.close()
        if self._metrics is not None:
            self._metrics.stop()

    async def _strike_off(self) -> None:
        """From the roster. What stays there is shown for half a minute, and costs nobody anything."""
        try:
            await self._roster.close()
        except OUTAGES as error:
            _LOGGER.info("its workers stay listed for a while: %s", error)

    async def _look_around(self) -> None:
        """Whoever asks by gRPC hears the same as whoever asks by HTTP."""
        await self._rpc.tell_health(serves=self._commits.is_reachable)
        await self._claimer.check()

    def _new_dispatcher(self) -> Dispatcher:
        if self._redis is not None:
            return InstrumentedDispatcher(self._redis, name="redis")
        return InstrumentedDispatcher(MemoryDispatcher(on_low=self._wake_loops), name="memory")

    def _wake_loops(self) -> None:
        self._loops.wake()

    def _wake_timers(self) -> None:
        self._loops.wake_timers()

    def _wake_bulk(self) -> None:
        self._loops.wake_bulk()

    def _new_writer(self, on_commit: Any) -> GroupCommit:
        dsn = self._options.postgres_dsn
        return GroupCommit(
            lambda: new_backend(dsn, self._clock), on_commit, trouble=self._trouble, seats=self._matching
        )

    def _new_hints(self) -> Hints:
        return Hints(
            self._options.postgres_dsn,
            self._commits,
            self._offer,
            self._due,
            self._trouble,
            self._wake_bulk,
            self._feed,
            self._database_clock.now,
        )

    def _new_roster(self) -> Roster:
        return Roster(
            self._matching,
            cursor,
            clock=self._clock,
            leads=self._leadership.is_leader,
            now=self._clock.now if self._options.postgres_dsn is None else None,
        )

    def _new_gauges(self) -> EngineGauges:
        return EngineGauges(
            leadership=self._leadership,
            commits=self._commits,
            redis=self._redis,
            due=self._due,
            matching=self._matching,
            roster=self._roster,
            rpc=self._rpc,
            tasks=self._loops.tasks,
            hints=self._hints,
        )

    def _new_leadership(self) -> Leadership:
        if self._options.postgres_dsn is None:
            return SoleLeadership(on_gain=self._wake_loops)
        return PostgresLeadership(
            self._options.postgres_dsn,
            key=self._options.leader_lock_key,
            clock=self._clock,
            on_gain=self._wake_loops,
            trouble=self._trouble,
        )

    def _new_server(self) -> RpcServer:
        options = self._options
        worker = WorkerDoor(
            desk=self._desk,
            matching=self._matching,
            sessions=self._sessions,
            tokens=Tokens(options.secret),
            clock=self._clock,
        )
        client = ClientDoor(
            commits=self._commits,
            lookup=Lookup(reader.resolve, reader.workflow_ids),
            results=self._results,
            matching=self._matching,
            acts=self._acts,
        )
        tls = None
        if options.tls_cert is not None and options.tls_key is not None:
            tls = Tls(cert=options.tls_cert, key=options.tls_key, ca=options.tls_ca)
        entrance: Entrance = (
            OpenEntrance() if options.open_access else KeyEntrance(self._known_keys, self._clock)
        )
        return RpcServer(
            options.bind, options.port, worker, client, entrance, tls, share_port=options.share_port
        )

    def _certificate(self) -> tuple[Path, Path] | None:
        cert, key = self._options.tls_cert, self._options.tls_key
        return (cert, key) if cert is not None and key is not None else None

    def _is_ready(self) -> bool:
        """For the metrics' thread: whether callers should come here."""
        return self._commits.is_reachable and not self._matching.is_draining

    def _may_read(self, authorization: str) -> bool:
        """For the metrics' thread: whether this header lets see them."""
        return self._options.open_access or may_read(self._known_keys, authorization)

    def _committed(self, committed: Committed) -> None:
        """After a commit, on the event loop: hints, timers, waiters, open pages, counts."""
        reach(Point.COMMIT_HEARD)
        self._database_clock.observe(committed.now)
        transitions = committed.transitions
        if not transitions:
            return
        self._results.told(transitions)
        # Behind the answers of this commit: a worker that is told of its turn may go on with it (eager turns).
        self._commits.then(partial(self._matching.hand_over, committed.seated))
        loop = asyncio.get_running_loop()
        loop.call_soon(
            loop.call_soon, self._follow_up, committed
        )  # behind the messages that all this makes ready

    def _follow_up(self, committed: Committed) -> None:
        """What nobody waits for."""
        transitions = committed.transitions
        self._loops.stir()
        self._offer([ref for each in transitions for ref in _waiting(each, committed)])
        self._firing.arm(transitions, committed.now)
        if self._feed.outgoing.is_wanted:
            self._feed.outgoing.add(changes_of(transitions))
        count_commit(committed)

    def _offer(self, refs: Sequence[TaskRef]) -> None:
        if refs and len(self._offers) < OFFERS_MAX:
            offer = asyncio.ensure_future(self._dispatcher.offer(refs))
            self._offers.add(offer)
            offer.add_done_callback(self._offers.discard)

    def _handed_out(self, handouts: Any) -> None:
        self._loops.stir()
        self._leases.watch(handouts)
        count_handouts(handouts)
        if tracing.current is not None:
            tracing.current.dispatched(dispatched(handouts))


def _waiting(transition: Transition, committed: Committed) -> list[TaskRef]:
    """Tasks that a worker may claim now. Those that wait for their back-off are the sweep's."""
    return [
        task.ref
        for task in transition.tasks.values()
        if (isinstance(task, NewTask) and task.holder is None)
        or (isinstance(task, ReleasedTask) and task.visible_at <= committed.now)
    ]
