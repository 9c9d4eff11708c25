"""One worker: its lanes, its threads, and the way it stops."""

import asyncio
import datetime as dt
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sched_sdk import clock
from sched_sdk.backoff import Backoff
from sched_sdk.logs import component_logger
from sched_sdk.proto.v1.worker_pb2 import Subscription
from sched_sdk.registry import Registry
from sched_sdk.settings import Settings
from sched_sdk.transport import Connection, Target
from sched_sdk.worker.activities import ActivityRunner
from sched_sdk.worker.lane import Lane
from sched_sdk.worker.metrics import Sample, exposed
from sched_sdk.worker.parking import Parking
from sched_sdk.worker.poll import Beats, PollLane
from sched_sdk.worker.pulses import Pulses
from sched_sdk.worker.signals import stop_on_signals
from sched_sdk.worker.stream import StreamLane
from sched_sdk.worker.threads import DaemonThreads
from sched_sdk.worker.turns import TurnRunner
from sched_sdk.worker.wire import ActivityWire, WorkflowWire

# Replay is pure CPU: more threads than cores only take turns. Two at least, should one function never end.
TURN_THREADS = max(2, min(4, os.cpu_count() or 1))
# Of the grace, what is kept for acknowledgements once the work is over.
GOODBYE_SECONDS = 1.0
# For threads that have nothing to do any more; one that hangs in a workflow function is left behind after it.
GONE_SECONDS = 1.0
log = component_logger("worker")


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerOptions:
    """How a worker works."""

    task_queue: str
    streaming: bool
    workflow_slots: int
    activity_slots: int
    shutdown_grace: dt.timedelta
    build: str = ""
    metrics: tuple[str, int] | None = None
    """Where to tell Prometheus of it; None: nowhere."""

    @classmethod
    def of(cls, settings: Settings, *, task_queue: str) -> "WorkerOptions":
        """As the environment says."""
        return cls(
            task_queue=task_queue,
            streaming=settings.streaming,
            workflow_slots=settings.workflow_slots,
            activity_slots=settings.activity_slots,
            shutdown_grace=settings.shutdown_grace,
            metrics=settings.metrics,
        )


class Worker:
    """Serves one task queue until it is stopped. `run` may be called once."""

    def __init__(self, target: Target, registry: Registry, options: WorkerOptions) -> None:
        self._target = target
        self._registry = registry
        self._options = options
        self._session_id = clock.new_id()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stops = 0
        self._stopping = asyncio.Event()
        self._at_once = asyncio.Event()
        self._runner: TurnRunner | None = None
        self._parking: Parking | None = None
        self._serving: list[Lane] = []

    async def run(self, *, handle_signals: bool = True) -> None:
        """Serve. Returns after `stop`, or after SIGTERM or SIGINT if those are handled and this is the main thread.

        Raises:
            SettingError: Its metrics cannot be served as its options want.
        """
        with exposed(self._options.metrics, self._samples):
            await self._run(handle_signals=handle_signals)

    async def _run(self, *, handle_signals: bool) -> None:
        self._loop = asyncio.get_running_loop()
        if self._stops:
            self._stopping.set()
        connection = Connection(self._target)
        turns = DaemonThreads("sched-turn", TURN_THREADS)
        calls = DaemonThreads("sched-activity", self._options.activity_slots)
        parking = self._parking = Parking(
            turns, task_queue=self._options.task_queue, activities=self._registry.activities
        )
        lanes = self._serving = self._lanes(connection, turns, calls, parking)
        self._announce()
        serving = [self._loop.create_task(self._keep_running(lane)) for lane in lanes]
        try:
            with stop_on_signals(self.stop, enabled=handle_signals):
                await self._stopping.wait()
                await self._drain_or_not(lanes)
        finally:
            for lane in lanes:
                lane.abandon()
            for task in serving:
                task.cancel()
            await asyncio.wait(serving)
            await connection.close()
            parking.close()
            turns.close()
            calls.close()
            await turns.gone(GONE_SECONDS)
        log.info("the worker has stopped")

    def stop(self) -> None:
        """Drain and end; called again: end at once. Callable from any thread and from signal handlers."""
        self._stops += 1
        if self._loop is None:
            return
        try:
            self._loop.call_soon_threadsafe(self._stop_now if self._stops > 1 else self._stopping.set)
        except RuntimeError:  # it has ended already
            return

    def _stop_now(self) -> None:
        self._stopping.set()
        self._at_once.set()

    def _samples(self) -> Iterator[Sample]:
        """For `metrics`, on the thread that answers."""
        for lane in self._serving:
            load = lane.load
            of = (load.kind, self._options.task_queue)
            yield Sample("sched_worker_tasks", of, load.in_hand)
            yield Sample("sched_worker_slots", of, load.slots)
        parking, runner = self._parking, self._runner
        if parking is None or runner is None:
            return
        yield Sample("sched_worker_turns", (), runner.turns + parking.eager)
        yield Sample("sched_worker_cache_hits", (), parking.resumed + parking.eager)
        yield Sample("sched_worker_replays", (), runner.replays)
        yield Sample("sched_worker_runs_kept", (), len(parking))

    def _announce(self) -> None:
        log.info(
            "worker for task queue %r at %s (%s): %d workflows, %d activities",
            self._options.task_queue,
            self._target.address,
            "streaming" if self._options.streaming else "polling",
            len(self._registry.workflows),
            len(self._registry.activities),
        )

    def _lanes(
        self, connection: Connection, turns: DaemonThreads, calls: DaemonThreads, parking: Parking
    ) -> list[Lane]:
        """A lane for each kind of which something is registered: tasks of the other kind are for other workers."""
        lanes: list[Lane] = []
        if self._registry.workflows:
            lanes.append(self._workflow_lane(connection, turns, parking))
        if self._registry.activities:
            lanes.append(self._activity_lane(connection, calls, parking))
        return lanes

    def _workflow_lane(self, connection: Connection, threads: DaemonThreads, parking: Parking) -> Lane:
        runner = self._runner = TurnRunner(
            self._registry,
            connection=connection,
            threads=threads,
            parking=parking,
            identity=self._target.identity,
        )
        subscription = self._subscription(self._registry.workflows, self._options.workflow_slots)
        wire = WorkflowWire(connection)
        if self._options.streaming:
            return StreamLane(wire, runner, subscription=subscription, pulses=None, wake=asyncio.Event())
        return PollLane(wire, runner, subscription=subscription)

    def _activity_lane(self, connection: Connection, threads: DaemonThreads, parking: Parking) -> Lane:
        wire = ActivityWire(connection)
        beats = Beats(wire)
        wake = asyncio.Event()
        pulses = Pulses(asyncio.get_running_loop(), wake.set if self._options.streaming else beats.begin)
        runner = ActivityRunner(
            self._registry,
            threads=threads,
            parking=parking,
            pulses=pulses,
            identity=self._target.identity,
        )
        subscription = self._subscription(self._registry.activities, self._options.activity_slots)
        if self._options.streaming:
            return StreamLane(wire, runner, subscription=subscription, pulses=pulses, wake=wake)
        beats.attach(pulses)
        return PollLane(wire, runner, subscription=subscription)

    def _subscription(self, types: Iterable[str], slots: int) -> Subscription:
        return Subscription(
            namespace=self._target.namespace,
            task_queue=self._options.task_queue,
            identity=self._target.identity,
            session_id=self._session_id,
            types=sorted(types),
            build=self._options.build,
            slots=slots,
        )

    async def _keep_running(self, lane: Lane) -> None:
        """A fault of ours in a lane is logged, and the lane goes on."""
        backoff = Backoff()
        while True:
            try:
                await lane.run()
            except Exception:
                log.exception("a lane failed; it is started again")
                await asyncio.sleep(backoff.next_delay())
            else:
                return

    async def _drain_or_not(self, lanes: list[Lane]) -> None:
        draining = asyncio.ensure_future(self._drain(lanes))
        at_once = asyncio.ensure_future(self._at_once.wait())
        done, _ = await asyncio.wait([draining, at_once], return_when=asyncio.FIRST_COMPLETED)
        for task in (draining, at_once):
            task.cancel()
        if draining in done:
            draining.result()
        else:
            log.warning("asked twice to stop: ending at once")

    async def _drain(self, lanes: list[Lane]) -> None:
        grace = self._options.shutdown_grace.total_seconds()
        end = clock.monotonic() + max(grace, GOODBYE_SECONDS)
        log.info("stopping: what runs may finish within %g s", grace)
        for lane in lanes:
            lane.stop_asking()
        await asyncio.gather(*(_drain_lane(lane, max(0.0, grace - GOODBYE_SECONDS), end) for lane in lanes))


async def _drain_lane(lane: Lane, seconds: float, end: float) -> None:
    await lane.drain(seconds)
    await lane.leave(max(0.0, end - clock.monotonic()))
