"""A worker as a process: the SDK's lanes, outbox, pulses, activity runner and parking over the simulated network.

Turns come from the programs instead of replay, which would cost more than everything else together.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from sched_sdk.proto.v1 import worker_pb2 as pb
from sched_sdk.transport import Connection
from sched_sdk.worker.activities import ActivityRunner
from sched_sdk.worker.lane import Lane
from sched_sdk.worker.parking import Parking
from sched_sdk.worker.poll import Beats, PollLane
from sched_sdk.worker.pulses import Pulses
from sched_sdk.worker.stream import StreamLane
from sched_sdk.worker.threads import Place
from sched_sdk.worker.wire import ActivityWire, WorkflowWire

from tests.simulation.activities import REGISTRY
from tests.simulation.loop import SimLoop
from tests.simulation.network import Network, Stream
from tests.simulation.resting import Rest, TurnThreads
from tests.simulation.scheduler import Process, Scheduler
from tests.simulation.script import Scripts

SLOTS = 4
POLLING = 0.25
"""Share of workers that poll instead of holding streams."""
UNARY = (
    "PollWorkflowTask",
    "PollActivityTask",
    "CompleteWorkflowTask",
    "CompleteActivityTask",
    "RecordActivityHeartbeat",
)
UNUSED: Any = None


class Stubs:
    """In the place of the SDK's `Connection`: its streams go to an engine of the network's choice."""

    metadata = ()
    call = Connection.call
    once = Connection.once

    def __init__(self, network: Network, loop: SimLoop) -> None:
        self._network = network
        self._loop = loop
        self.workers = SimpleNamespace(
            StreamWorkflowTasks=self._opener("StreamWorkflowTasks"),
            StreamActivityTasks=self._opener("StreamActivityTasks"),
            **{method: self._caller(method) for method in UNARY},
        )

    def _caller(self, method: str) -> Any:
        async def call(request: Any, *, timeout: float, metadata: object) -> Any:  # noqa: ASYNC109 - gRPC's
            del metadata
            return await self._network.call(self._loop, method, request, timeout)

        return call

    def _opener(self, method: str) -> Any:
        def opened(metadata: object) -> Any:
            del metadata
            server = self._network.pick()
            return Refused() if server is None else Stream(self._network, self._loop, server, method)

        return opened


class Refused:
    """A stream that nobody answers."""

    async def write(self, message: object) -> None:
        """Into the void."""

    async def done_writing(self) -> None:
        """Into the void."""

    async def read(self) -> Any:
        await asyncio.sleep(0.01)
        from tests.simulation.network import UNAVAILABLE, rpc_error

        raise rpc_error(UNAVAILABLE, "simulated: connection refused")

    def cancel(self) -> None:
        """There is nothing."""


class ScriptRunner:
    """Runs turns of the programs. What a worker keeps of them rests in the SDK's own `Parking`."""

    def __init__(self, scripts: Scripts, scheduler: Scheduler, parking: Parking, identity: str) -> None:
        self._scripts = scripts
        self._scheduler = scheduler
        self._parking = parking
        self._identity = identity

    async def run(self, task: pb.WorkflowTask) -> pb.WorkflowTaskCompletion:
        parked = self._parking.take(task)
        if parked is None and task.first_event > 1:
            return self.hand_back(task)  # the SDK would read what is missing, which its own tests show
        rest: Any = Rest(self._scripts.stage(task)) if parked is None else parked.execution
        turn = rest.first_turn(task) if parked is None else rest.resume(task)
        if self._scheduler.rng.random() < 0.3:
            await asyncio.sleep(self._scheduler.rng.random() * 0.2)
        parks = self._parking.wants(turn, 0)
        if parks:
            self._parking.park(task, turn, rest, Place(), carrier=task.token, size=0)
        return pb.WorkflowTaskCompletion(token=task.token, turn=turn, identity=self._identity, parked=parks)

    async def settle(self) -> None:
        """Turns leave nothing behind."""

    def acknowledged(
        self, task: pb.WorkflowTask, completion: pb.WorkflowTaskCompletion, ack: pb.CompletionAck
    ) -> None:
        """The engine has recorded the turn, or refused it."""
        del completion
        self._parking.acknowledged(task.run_id, task.token, ack)

    def hand_back(
        self, task: pb.WorkflowTask, returned: pb.Returned | None = None
    ) -> pb.WorkflowTaskCompletion:
        returned = returned or pb.Returned(reason=pb.RETURN_REASON_DRAIN, details="the worker is stopping")
        return pb.WorkflowTaskCompletion(token=task.token, returned=returned, identity=self._identity)


class WorkerProcess(Process):
    """Serves one queue by streams until it stops, crashes, or is cut off."""

    def __init__(self, name: str, scheduler: Scheduler, network: Network, scripts: Scripts) -> None:
        super().__init__(name)
        self.scheduler = scheduler
        self.network = network
        self.loop = SimLoop(scheduler, self)
        self._scripts = scripts
        self.loop.within(self._begin)

    def _begin(self) -> None:
        connection: Any = Stubs(self.network, self.loop)
        threads: Any = TurnThreads(self.loop, self.scheduler)
        self.parking = Parking(threads, task_queue="default", activities=REGISTRY.activities)
        turns = ScriptRunner(self._scripts, self.scheduler, self.parking, self.name)
        lanes = self._polls if self.scheduler.chance(POLLING) else self._streams
        self.lanes = lanes(WorkflowWire(connection), turns, ActivityWire(connection))
        self.serving = [self.loop.create_task(lane.run()) for lane in self.lanes]
        for task in self.serving:
            task.add_done_callback(self._ended)

    def _streams(self, turns: WorkflowWire, runner: ScriptRunner, activities: ActivityWire) -> list[Lane]:
        wake = asyncio.Event()
        pulses = self._pulses(wake.set)
        return [
            StreamLane(turns, runner, subscription=self._subscription(), pulses=None, wake=asyncio.Event()),
            StreamLane(
                activities,
                self._activities(pulses),
                subscription=self._subscription(),
                pulses=pulses,
                wake=wake,
            ),
        ]

    def _polls(self, turns: WorkflowWire, runner: ScriptRunner, activities: ActivityWire) -> list[Lane]:
        beats = Beats(activities)
        pulses = self._pulses(beats.begin)
        beats.attach(pulses)
        return [
            PollLane(turns, runner, subscription=self._subscription()),
            PollLane(activities, self._activities(pulses), subscription=self._subscription()),
        ]

    def _pulses(self, on_due: Callable[[], None]) -> Pulses:
        loop: Any = self.loop
        return Pulses(loop, on_due)

    def _activities(self, pulses: Pulses) -> ActivityRunner:
        return ActivityRunner(
            REGISTRY, threads=UNUSED, parking=self.parking, pulses=pulses, identity=self.name
        )

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A lane ends by itself only by a mistake, or after `leave`; the loop tells of the first."""
        task.result()

    def _subscription(self) -> pb.Subscription:
        return pb.Subscription(
            task_queue="default", identity=self.name, session_id=f"session-{self.name}", slots=SLOTS
        )

    def stop(self) -> None:
        """Drains, as at SIGTERM; then it is gone."""
        stopping = self.loop.within(lambda: self.loop.create_task(self._drain()))
        stopping.add_done_callback(lambda _: self.crash())

    async def _drain(self) -> None:
        for lane in self.lanes:
            lane.stop_asking()
        await asyncio.gather(*(lane.drain(0.5) for lane in self.lanes))
        await asyncio.gather(*(lane.leave(1.0) for lane in self.lanes))
        self.parking.close()

    def crash(self) -> None:
        self.scheduler.crash(self)
        self.network.gone(self, self.loop)
