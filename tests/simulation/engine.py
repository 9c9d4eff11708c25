"""An engine as a process: the product's `Engine`, with simulated threads, database, network, and no port.

Engines of a run share one database and one dispatcher, as they share Redis; each has its own memory otherwise.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from dispatch.base import Dispatcher
from dispatch.memory import MemoryDispatcher
from tests.simulation.database import Database, SimBackend
from tests.simulation.loop import SimLoop
from tests.simulation.network import Network, Server
from tests.simulation.scheduler import Scheduler
from timers.leader import Leadership
from workflows.core.keys import TaskRef
from workflows.engine.engine import Engine
from workflows.engine.options import EngineOptions
from workflows.rpc.worker_service import WorkerDoor, WorkerServicer
from workflows.rpc.workflow_service import ClientDoor, WorkflowServicer
from workflows.store.group_commit import GroupCommit

OPTIONS = EngineOptions(
    bind="127.0.0.1",
    port=0,
    metrics_port=None,
    secret="simulated",
    open_access=True,
    grace=timedelta(seconds=1),
    leader_lock_key=1,
)
NO_READS = SimpleNamespace(GetWorkflow=None, ListWorkflows=None, GetMetrics=None, DescribeTaskQueue=None)


class SimDispatcher(MemoryDispatcher):
    """The hints of all engines, and what may become of a hint."""

    def __init__(self, scheduler: Scheduler) -> None:
        super().__init__()
        self._scheduler = scheduler
        self.loss = 0.0
        self.doubled = 0.0

    async def offer(self, refs: Sequence[TaskRef]) -> None:
        rng = self._scheduler.rng
        kept = [ref for ref in refs if rng.random() >= self.loss]
        self.put(kept)
        again = [ref for ref in kept if rng.random() < self.doubled]
        if again:
            self._scheduler.after(rng.random() * 3, lambda: self.put(again))

    def flush(self) -> None:
        """All hints are gone."""
        for lane in self._lanes.values():
            lane.keys.clear()

    async def close(self) -> None:
        """It outlives any engine."""


class SimLeadership:
    """Leadership as the run's faults grant it, to none, to one, or to several at once."""

    def __init__(self, on_gain: Callable[[], None]) -> None:
        self._on_gain = on_gain
        self._stopping = asyncio.Event()
        self._leads = False

    def is_leader(self) -> bool:
        return self._leads

    def grant(self) -> None:
        if not self._leads:
            self._leads = True
            self._on_gain()

    def revoke(self) -> None:
        self._leads = False

    async def run(self) -> None:
        await self._stopping.wait()
        self._leads = False

    def stop(self) -> None:
        self._stopping.set()


class SimServer:
    """In the place of `RpcServer`: the real services, without a port."""

    def __init__(
        self,
        bind: str,
        port: int,
        worker: WorkerDoor,
        client: ClientDoor,
        entrance: object,
        tls: object,
        *,
        share_port: bool,
    ) -> None:
        del bind, entrance, tls, share_port
        self.port = port
        self.workers = WorkerServicer(worker)
        self.workflows = WorkflowServicer(client, NO_READS)
        self.on_change: Callable[[bool], None] = lambda _: None

    async def start(self) -> None:
        self.on_change(True)

    async def drain(self) -> None:
        self.workers.drain()
        self.workflows.drain()

    async def tell_health(self, *, serves: bool) -> None:
        """Nobody asks."""

    async def stop(self, grace_seconds: float) -> None:
        del grace_seconds
        self.on_change(False)


class SimEngine(Engine):
    """The product's engine, in a simulated process."""

    def __init__(self, process: EngineProcess) -> None:
        self._process = process
        self.court: Any = None
        self.backends: list[SimBackend] = []
        super().__init__(OPTIONS, clock=process.scheduler.clock)
        rpc: Any = self._rpc
        self.server: SimServer = rpc
        """By `product`."""
        self.server.on_change = process.serving
        claimer: Any = self._claimer
        self._claim = claimer._claim
        claimer._claim = self._watched_claim

    def _new_dispatcher(self) -> Dispatcher:
        return self._process.dispatcher

    def _new_writer(self, on_commit: Any) -> GroupCommit:
        return GroupCommit(self._backend, on_commit, seats=self._matching, trouble=self._trouble)

    def _new_leadership(self) -> Leadership:
        self.leads = SimLeadership(self._wake_loops)
        return self.leads

    @property
    def hints(self) -> Any:
        return self._hints

    def _handed_out(self, handouts: Any) -> None:
        self.court.handed_out(handouts)
        super()._handed_out(handouts)

    def _watched_claim(self, cursor: Any, now: Any, queue: Any, wanted: Any) -> Any:
        held = self.court.held([key for claim in wanted for key in claim.keys])
        found = self._claim(cursor, now, queue, wanted)
        self.court.claimed(held, [each.claimed.key for handouts in found for each in handouts])
        database = self._process.database
        database.mishap(database.mishaps.lost_commit)  # claimed, and nobody hears of it
        return found

    def _backend(self) -> SimBackend:
        self.backends.append(SimBackend(self._process.database))
        return self.backends[-1]


class EngineProcess(Server):
    """Starts the engine; `stop` ends it in order."""

    def __init__(
        self, name: str, scheduler: Scheduler, database: Database, network: Network, dispatcher: SimDispatcher
    ) -> None:
        super().__init__(name)
        self.scheduler = scheduler
        self.database = database
        self.network = network
        self.dispatcher = dispatcher
        self.loop = SimLoop(scheduler, self)
        scheduler.current = self
        self.engine = self.loop.within(lambda: SimEngine(self))
        self.workers = self.engine.server.workers
        self.workflows = self.engine.server.workflows
        network.servers.append(self)
        self.loop.within(lambda: self.loop.create_task(self.engine.start()))

    def serving(self, serves: bool) -> None:
        self.serves = serves
        if not serves:
            self.network.gone(self, self.loop)

    def stop(self) -> None:
        """In good order; then it is gone."""
        stopping = self.loop.within(lambda: self.loop.create_task(self.engine.stop()))
        stopping.add_done_callback(lambda _: self.bury())

    def crash(self) -> None:
        self.network.gone(self, self.loop)
        self.bury()

    def bury(self) -> None:
        """Nothing of it goes on, and its connections are closed."""
        self.scheduler.crash(self)
        for backend in self.engine.backends:
            backend.close()
