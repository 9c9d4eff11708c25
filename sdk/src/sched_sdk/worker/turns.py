"""From a workflow's task to its completion: the events of the run, and one turn of its function over them.

Guarantees: the event loop only fetches and hands over; parsing and replay run on threads of their own, so a long
history holds up no heartbeat. Whatever goes wrong here sends the task back with its reason; it never fails a workflow.
"""

import asyncio
import datetime as dt
import functools
import traceback
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import NamedTuple

from sched_sdk import tracing
from sched_sdk.logs import component_logger, one_line
from sched_sdk.proto.v1.history_pb2 import HistoryEvent
from sched_sdk.proto.v1.worker_pb2 import (
    RETURN_REASON_DRAIN,
    RETURN_REASON_ERROR,
    CompletionAck,
    Returned,
    Turn,
    WorkflowTask,
    WorkflowTaskCompletion,
)
from sched_sdk.proto.v1.workflow_pb2 import GetWorkflowHistoryRequest
from sched_sdk.refusals import RefusedError
from sched_sdk.registry import Registry
from sched_sdk.replay import Execution, unknown_type
from sched_sdk.tracing import TracedTurn
from sched_sdk.transport import MESSAGE_BYTES_MAX, Connection
from sched_sdk.worker.parking import Parked, Parking
from sched_sdk.worker.threads import DaemonThreads, Place
from sched_sdk.worker.told import task_fields, tell_failed_workflow
from sched_sdk.worker.watch import Watch

log = component_logger("workflow")
# Leaves room for what surrounds a turn in its message.
TURN_BYTES_MAX = MESSAGE_BYTES_MAX - 1024 * 1024
FETCH_FOR = dt.timedelta(seconds=10)  # longer than a workflow task's lease makes no sense
LEASE_SECONDS_DEFAULT = 10.0
# A run at rest waits so long for its thread: longer than a turn takes, and no more than a replay may cost.
START_SECONDS = 0.25
# So many turns that never end are survived; a thread is cheap, but not free.
OVERDUE_MAX = 64


Do = Callable[..., Turn | Returned]
"""How an execution does its turn: `activate` or `resume`."""


class Done(NamedTuple):
    """What became of a turn; `resting` and `place` where its function rests, if it can be kept; `size`: its history's,
    in bytes."""

    answer: Turn | Returned
    resting: Execution | None = None
    place: Place | None = None
    size: int = 0
    traced: TracedTurn | None = None


class TurnRunner:
    """Runs turns of the workflows of a registry."""

    def __init__(
        self,
        registry: Registry,
        *,
        connection: Connection,
        threads: DaemonThreads,
        parking: Parking,
        identity: str,
    ) -> None:
        self._registry = registry
        self._connection = connection
        self._threads = threads
        self._parking = parking
        self._identity = identity
        self._overdue_turns = 0
        self._watch = Watch()
        self._starts = Watch()
        self.turns = self.replays = 0
        """Begun here, but for eager ones; and of these, with all turns before."""
        self._replays: set[asyncio.Future[WorkflowTaskCompletion]] = set()

    def run(self, task: WorkflowTask) -> Awaitable[WorkflowTaskCompletion]:
        """Run one turn to its next wait."""
        self.turns += 1
        parked = self._parking.take(task)
        if parked is not None:
            return self._resume(task, parked)
        self.replays += task.turn > 1
        if self._is_whole(task):
            return self._begin(task, (), ())
        return self._fetch_and_run(task)

    async def settle(self) -> None:
        """What a turn leaves behind rests in `Parking`, and needs no end."""

    def acknowledged(
        self, task: WorkflowTask, completion: WorkflowTaskCompletion, ack: CompletionAck
    ) -> None:
        """The engine has recorded the turn, or refused it."""
        del completion
        if tracing.current is not None:
            tracing.current.settle(task.token, recorded=not ack.code)
        self._parking.acknowledged(task.run_id, task.token, ack)

    def hand_back(self, task: WorkflowTask, returned: Returned | None = None) -> WorkflowTaskCompletion:
        """The task goes back, with a reason."""
        returned = returned or Returned(reason=RETURN_REASON_DRAIN, details="the worker is stopping")
        if returned.reason != RETURN_REASON_DRAIN:
            fields, details = task_fields(task), one_line(returned.details)
            log.warning("a task of workflow %s goes back: %s", task.workflow_id, details, extra=fields)
            log.debug("why it goes back\n%s", returned.details, extra=fields)
        return WorkflowTaskCompletion(token=task.token, returned=returned, identity=self._identity)

    def _begin(
        self, task: WorkflowTask, head: Sequence[HistoryEvent], tail: Sequence[HistoryEvent]
    ) -> "asyncio.Future[WorkflowTaskCompletion]":
        answer = self._answer(task)
        self._threads.call(self._turn, task, head, tail, then=functools.partial(self._ended, task, answer))
        return answer

    def _resume(self, task: WorkflowTask, parked: Parked) -> "asyncio.Future[WorkflowTaskCompletion]":
        answer = self._answer(task)
        waits = [None]  # whoever takes it out goes on: the thread, or who has waited long enough for it
        then = functools.partial(self._ended, task, answer)
        self._threads.call(self._next_turn, task, parked, waits, then=then, at=parked.place)
        self._starts.begin(
            answer, START_SECONDS, functools.partial(self._start_elsewhere, task, waits, answer)
        )
        return answer

    def _start_elsewhere(
        self, task: WorkflowTask, waits: list[None], answer: "asyncio.Future[WorkflowTaskCompletion]"
    ) -> None:
        """The thread where the run rests is held up by another function: it is replayed on any."""
        if not _taken(waits) or answer.done():
            return
        self._watch.end(answer)
        self.replays += 1
        replayed = asyncio.ensure_future(self._fetch_and_run(task))
        self._replays.add(replayed)
        replayed.add_done_callback(functools.partial(self._replayed, answer))

    def _replayed(
        self,
        answer: "asyncio.Future[WorkflowTaskCompletion]",
        replayed: "asyncio.Future[WorkflowTaskCompletion]",
    ) -> None:
        self._replays.discard(replayed)
        if answer.done() or replayed.cancelled():
            return
        error = replayed.exception()
        if error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(replayed.result())

    def _answer(self, task: WorkflowTask) -> "asyncio.Future[WorkflowTaskCompletion]":
        """The future of a turn that is about to be done, watched."""
        answer: asyncio.Future[WorkflowTaskCompletion] = asyncio.get_running_loop().create_future()
        lease_seconds = task.lease_us / 1e6 or LEASE_SECONDS_DEFAULT
        self._watch.begin(answer, lease_seconds, functools.partial(self._overdue, task, answer))
        return answer

    def _ended(
        self,
        task: WorkflowTask,
        answer: "asyncio.Future[WorkflowTaskCompletion]",
        done: Done | None,
        error: Exception | None,
    ) -> None:
        self._starts.end(answer)
        if done is None and error is None:  # it was done elsewhere
            return
        self._watch.end(answer)
        if answer.done():  # handed back meanwhile
            if done is not None and done.resting is not None and done.place is not None:
                self._parking.close_resting(done.resting, done.place)
            return
        if error is not None:
            answer.set_exception(error)
            return
        assert done is not None, "a job has a value, or has raised"
        try:
            answer.set_result(self._completion(task, done))
        except Exception as fault:  # ours: whoever waits for the answer tells of it
            answer.set_exception(fault)

    def _completion(self, task: WorkflowTask, done: Done) -> WorkflowTaskCompletion:
        answer = done.answer
        parked = False
        if isinstance(answer, Turn) and done.resting is not None and done.place is not None:
            parked = True
            self._parking.park(task, answer, done.resting, done.place, carrier=task.token, size=done.size)
        if answer.ByteSize() > TURN_BYTES_MAX:
            answer = _error(f"the turn is {answer.ByteSize()} bytes; at most {TURN_BYTES_MAX} can be sent")
        if isinstance(answer, Returned):
            return self.hand_back(task, answer)
        if answer.commands and answer.commands[-1].HasField("fail_workflow"):
            tell_failed_workflow(task, answer.commands[-1].fail_workflow.failure)
        if tracing.current is not None and done.traced is not None:
            tracing.current.keep(task.token, done.traced)
        return WorkflowTaskCompletion(token=task.token, turn=answer, identity=self._identity, parked=parked)

    def _overdue(self, task: WorkflowTask, answer: "asyncio.Future[WorkflowTaskCompletion]") -> None:
        """A function that blocks or never ends would take the threads one by one, with each delivery another."""
        if answer.done():  # handed back meanwhile
            return
        log.error(
            "a turn is not done within its lease: its function blocks or computes; that belongs into an activity",
            extra=task_fields(task),
        )
        if self._overdue_turns < OVERDUE_MAX:
            self._overdue_turns += 1
            self._threads.widen()

    def _turn(self, task: WorkflowTask, head: Sequence[HistoryEvent], tail: Sequence[HistoryEvent]) -> Done:
        try:
            definition = self._registry.workflows.get(task.workflow_type)
            if definition is None:
                return Done(unknown_type(task.workflow_type, registry=self._registry))
            events = [*head, *map(HistoryEvent.FromString, task.events), *tail]
            if len(events) != task.seen_through:
                return Done(
                    _error(
                        f"the history holds {len(events)} of the {task.seen_through} events that it should"
                    )
                )
            execution = Execution(
                definition, registry=self._registry, namespace=self._connection.target.namespace
            )
            size = sum(map(len, task.events)) + sum(event.ByteSize() for event in (*head, *tail))
            return self._done(execution, execution.activate, events, task, size)
        except BaseException as error:
            # A fault of the replay, not of the workflow: it may pass with the next release.
            return Done(_error("".join(traceback.format_exception(error))))

    def _next_turn(self, task: WorkflowTask, parked: Parked, waits: list[None]) -> Done | None:
        """The turn of a run that rests on this thread; None: it is done elsewhere by now."""
        if _taken(waits):
            return self._resumed(task, parked)
        parked.execution.close()
        return None

    def _resumed(self, task: WorkflowTask, parked: Parked) -> Done:
        try:
            events = list(map(HistoryEvent.FromString, task.events))
            size = parked.size + sum(map(len, task.events))
            return self._done(parked.execution, parked.execution.resume, events, task, size)
        except BaseException as error:
            parked.execution.close()
            return Done(_error("".join(traceback.format_exception(error))))

    def _done(
        self, execution: Execution, do: Do, events: list[HistoryEvent], task: WorkflowTask, size: int
    ) -> Done:
        tracer = tracing.current
        if tracer is None:
            return self._do(execution, do, events, task, size)
        begins = bool(events) and events[0].HasField("workflow_execution_started")
        headers = events[0].workflow_execution_started.headers if begins else execution.headers
        with tracer.turn(task, headers) as traced:
            done = self._do(execution, do, events, task, size)
            return done._replace(traced=tracer.end_turn(traced, done.answer))

    def _do(
        self, execution: Execution, do: Do, events: list[HistoryEvent], task: WorkflowTask, size: int
    ) -> Done:
        resting = False
        try:
            answer = do(events, seen_through=task.seen_through)
            resting = isinstance(answer, Turn) and self._parking.wants(answer, size)
            if not resting:
                return Done(answer)
            execution.rest()
            return Done(answer, execution, self._threads.here(), size)
        finally:
            if not resting:
                execution.close()

    def _is_whole(self, task: WorkflowTask) -> bool:
        """Whether the turn needs no more events than came with the task."""
        if task.workflow_type not in self._registry.workflows:
            return True
        return task.first_event == 1 and len(task.events) >= task.seen_through

    async def _fetch_and_run(self, task: WorkflowTask) -> WorkflowTaskCompletion:
        try:
            head, tail = await self._missing(task)
        except RefusedError as error:
            return self.hand_back(task, _error(f"the history could not be read: {error}"))
        return await self._begin(task, head, tail)

    async def _missing(self, task: WorkflowTask) -> tuple[list[HistoryEvent], list[HistoryEvent]]:
        """What the task's events lack, before and after them."""
        first = task.first_event if task.events else task.seen_through + 1
        last = first + len(task.events) - 1
        head = await self._read(task, 0, first - 1) if first > 1 else []
        tail = await self._read(task, last, task.seen_through) if last < task.seen_through else []
        return head, tail

    async def _read(self, task: WorkflowTask, after: int, through: int) -> list[HistoryEvent]:
        events: list[HistoryEvent] = []
        while after < through:
            request = GetWorkflowHistoryRequest(
                namespace=self._connection.target.namespace,
                workflow_id=task.workflow_id,
                run_id=task.run_id,
                after=after,
            )
            workflows = self._connection.workflows
            page = await self._connection.call(workflows.GetWorkflowHistory, request, retry_for=FETCH_FOR)
            events.extend(_until(page.events, through))
            if not page.events or not page.next_after:
                break
            after = page.next_after
        return events


def _taken(waits: list[None]) -> bool:
    """Whether it was there to be taken out; of two threads one finds it."""
    try:
        waits.pop()
    except IndexError:
        return False
    return True


def _until(events: Iterable[HistoryEvent], through: int) -> Iterable[HistoryEvent]:
    return (event for event in events if event.number <= through)


def _error(details: str) -> Returned:
    return Returned(reason=RETURN_REASON_ERROR, details=details)
