"""One run of a workflow function: its turns, recorded and new.

    activate(events, seen_through)
        for each Y in history:  give the turn its events · run the code · match its commands with the events after Y
        at the end of history:  give the new turn its events · run the code · answer with its commands and its wait

Guarantees: an answer is a Turn only if every recorded turn was matched. What cannot be answered here goes back as
Returned, with a sentence for an operator: NON_DETERMINISTIC where code and history part, ERROR for what a deployment or
an operator can mend (an import that fails, memory, a payload too large, a broken history), UNKNOWN_TYPE.
Does not: keep itself between tasks; whoever keeps it makes all calls on one and the same thread.
"""

import asyncio
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sched_sdk import converter
from sched_sdk.errors import NonDeterminismError, PayloadTooLarge, SchedError
from sched_sdk.failures import to_failure
from sched_sdk.proto.v1 import history_pb2, worker_pb2
from sched_sdk.registry import Registry, WorkflowDefinition
from sched_sdk.replay.context import AsyncWorkflowContext, BaseContext, WorkflowContext
from sched_sdk.replay.coroutine import CoroutineMachine
from sched_sdk.replay.info import Started
from sched_sdk.replay.ledger import Ledger
from sched_sdk.replay.location import definition_location, raised_location
from sched_sdk.replay.machine import Ending, Machine
from sched_sdk.replay.matching import match
from sched_sdk.replay.stack import StackMachine
from sched_sdk.replay.things import Activity, Timer
from sched_sdk.replay.turns import OUTCOMES, BrokenHistoryError, Given, History, command_of, kind_of

TurnResult = worker_pb2.Turn | worker_pb2.Returned
HistoryEvent = history_pb2.HistoryEvent

DETAILS_CHARACTERS_MAX = 10_000
"""Of a Returned: an operator reads it in a table cell or on a page, and it travels with every delivery."""

MENDABLE = (ImportError, MemoryError, KeyboardInterrupt)
"""Leaving the function, these tell of the worker, not of the workflow: the run waits for a better one."""


class DeadlockError(SchedError):
    """The workflow awaits what nothing can ever bring: no activity, timer or signal is waited for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskInfo:
    """What a workflow task says beside its events. `workflow_type` names the type where there is no definition."""

    seen_through: int
    namespace: str = "default"
    workflow_type: str = ""


class Execution:
    """A run of a workflow function that can be kept between its tasks.

    After any answer but a Turn it is of no more use: close it.
    """

    def __init__(
        self, definition: WorkflowDefinition, *, registry: Registry, namespace: str = "default"
    ) -> None:
        self._definition = definition
        self._registry = registry
        self._namespace = namespace
        self._history = History()
        self._ledger = Ledger()
        self._machine: Machine | None = None
        self._context: BaseContext | None = None
        self._live: Given | None = None
        self._headers: Mapping[str, str] = {}

    def activate(self, events: Sequence[HistoryEvent], *, seen_through: int) -> TurnResult:
        """Takes the run's further events, and does the turn that is given those up to `seen_through`.

        Args:
            events: Without a gap after those it has; those it has already are passed over.
            seen_through: Number of the last event that the new turn is given.
        """
        try:
            self._replay(events)
            return self._new_turn(seen_through)
        except NonDeterminismError as error:
            return _non_deterministic(error)
        except SchedError as error:
            return _returned(f"{type(error).__name__}: {error}")
        except Exception:
            return _returned(f"replay failed: {traceback.format_exc()}")

    def follow(self, outcome: HistoryEvent) -> worker_pb2.Turn | None:
        """Does the turn that follows an outcome which the engine has not recorded yet, right after the last turn.

        The outcome becomes the last event that the turn is given. `rest` comes first.

        Returns:
            The turn; None where it cannot be done without the engine: close the execution then.
        """
        if self._live is None or self.is_over:
            return None
        self._live = Given([outcome], now_us=0, seen_through=outcome.number, completed=None)
        self._ledger.timeless = True
        try:
            self._run(self._live)
            turn = self._turn(outcome.number)
        except Exception:  # whatever it is, the turn's own task meets it again, and tells of it
            return None
        return None if self._ledger.asked_time else turn

    def resume(self, events: Sequence[HistoryEvent], *, seen_through: int) -> TurnResult:
        """Does the turn after its last one, which the engine has recorded as it was done. `rest` comes first.

        Args:
            events: All after those of the last turn; not none.
            seen_through: Number of the last of them.
        """
        self._live = None
        self._ledger.timeless = False
        self._history = History(events[0].number - 1)
        return self.activate(events, seen_through=seen_through)

    def rest(self) -> None:
        """Lets go of the history, which may be large: from here on it is followed, resumed or closed."""
        self._history = History()

    @property
    def asked_time(self) -> bool:
        """Whether a turn that was to follow wanted to know the time, and so was not done."""
        return self._ledger.asked_time

    def awaits(self, command: int) -> bool:
        """Whether the outcome of that activity alone makes the next turn."""
        for waiter in self._ledger.waiters:
            pending = [thing.index for thing in waiter.things if not thing.done]
            if command in pending and (not waiter.every or len(pending) == 1):
                return True
        return False

    def check(self, events: Sequence[HistoryEvent]) -> None:
        """Replays the recorded turns of a history, and does no new one.

        Raises:
            NonDeterminismError: Code and history part.
            SchedError: The history cannot be replayed here.
        """
        self._replay(events)

    def close(self) -> None:
        """Unwinds the function. Its clean-up code runs, and issues no command."""
        self._ledger.shut()
        if self._machine is not None:
            self._machine.close()
            self._machine = None
        self._ledger.leave = (
            None  # else ledger and machine hold each other, for the garbage collector to find
        )

    # Turns

    def _replay(self, events: Sequence[HistoryEvent]) -> None:
        self._history.extend(events)
        while (completed := self._history.next_completed()) is not None:
            seen_through = completed.workflow_task_completed.seen_through
            if self._live is None:
                self._run(self._history.given(seen_through, completed))
            elif self._live.seen_through != seen_through:
                raise BrokenHistoryError("the last turn of this execution is not the one that history holds")
            self._live = None
            match(self._history, completed, self._ledger.issued, position=self._position())

    def _new_turn(self, seen_through: int) -> TurnResult:
        if self._live is not None or self.is_over:
            raise BrokenHistoryError(
                "a task came for a run whose last turn has not been recorded, or that has ended"
            )
        self._live = self._history.given(seen_through, None)
        self._run(self._live)
        return self._turn(seen_through)

    def _turn(self, seen_through: int) -> worker_pb2.Turn:
        ledger = self._ledger
        turn = worker_pb2.Turn(
            seen_through=seen_through,
            commands=[issued.command for issued in ledger.issued],
            wait=None if ledger.ended else ledger.wait(),
        )
        if ledger.signals_taken:
            turn.signals_taken.extend(sorted(ledger.signals_taken))
        return turn

    def _run(self, given: Given) -> None:
        told = [(event, kind_of(event)) for event in given.events]
        self._ledger.open_turn(
            now_us=given.now_us,
            replaying=given.completed is not None,
            foretold=frozenset([command_of(event, kind) for event, kind in told if kind in OUTCOMES]),
        )
        for event, kind in told:
            self._apply(event, kind)
        if self._machine is None:
            raise BrokenHistoryError("history does not begin with WorkflowExecutionStarted")
        self._machine.run()
        if self._ledger.parked:
            raise SchedError(self._ledger.parked)
        if self._machine.ending is None and not self._ledger.waiters:
            self._machine.ending = Ending(error=DeadlockError(DeadlockError.__doc__))
        if self._machine.ending is not None and not self.is_over:
            self._end(self._machine.ending)

    @property
    def headers(self) -> Mapping[str, str]:
        """Of the run's start: trace context."""
        return self._headers

    @property
    def is_over(self) -> bool:
        """Whether its last turn has ended the run."""
        return self._ledger.ended

    # Events

    def _apply(self, event: HistoryEvent, kind: str) -> None:
        if kind in OUTCOMES:
            self._finish(event, kind)
        elif kind == "signal_received":
            self._ledger.receive(event)
        elif kind == "workflow_execution_started":
            self._start(event)
        elif kind == "workflow_execution_cancel_requested":
            self._cancel(event.workflow_execution_cancel_requested.reason)

    def _finish(self, event: HistoryEvent, kind: str) -> None:
        index = command_of(event, kind)
        thing = self._ledger.things[index] if index < len(self._ledger.things) else None
        if thing is None or isinstance(thing, Timer) != (kind == "timer_fired"):
            raise BrokenHistoryError(f"event {event.number} tells of command {index}, which is no such thing")
        if thing.done:
            return  # a timer that fired while the turn that cancels it was under way
        if isinstance(thing, Activity):
            thing.outcome = event
        self._ledger.finish(thing, failed=kind not in ("activity_task_completed", "timer_fired"))

    def _cancel(self, reason: str) -> None:
        """What came before the request in history is handed out first: the request meets the wait that is open then."""
        if self._ledger.cancel_requested or self._machine is None:
            return
        self._machine.run()
        self._ledger.cancel_requested = True
        if self._machine.ending is None and not self._ledger.parked:
            self._machine.cancel(reason)
            self._machine.run()

    def _start(self, event: HistoryEvent) -> None:
        run = Started(event, namespace=self._namespace)
        self._ledger.seed = run.event.run_id
        self._headers = run.event.headers
        function = self._definition.function
        if self._definition.is_async:
            strands = CoroutineMachine(function, self._ledger, self._report)
            self._machine = strands
            self._context = AsyncWorkflowContext(strands, self._ledger, self._registry, run)
        else:
            stack = StackMachine(function, self._ledger)
            self._machine = stack
            self._context = WorkflowContext(stack, self._ledger, self._registry, run)
        self._machine.begin(self._context, *self._arguments(run.event))

    def _arguments(self, started: history_pb2.WorkflowExecutionStarted) -> tuple[Any, ...]:
        absent = not started.HasField("input")
        if not self._definition.takes_input or (absent and self._definition.input_default):
            return ()
        return (None if absent else converter.decode(started.input, field="input"),)

    # Ends

    def _end(self, ending: Ending) -> None:
        error = ending.error
        if error is None:
            try:
                result = converter.encode_optional(ending.value, field="result")
            except PayloadTooLarge:
                raise
            except SchedError as refused:
                error = refused
            else:
                done = worker_pb2.CompleteWorkflow(result=result)
                self._ledger.end(worker_pb2.Command(complete_workflow=done), self._position())
                return
        self._end_by(error)

    def _end_by(self, error: BaseException) -> None:
        if isinstance(error, MENDABLE):
            raise SchedError(f"{type(error).__name__}: {error} (at {raised_location(error)})") from error
        if isinstance(error, asyncio.CancelledError) and self._ledger.cancel_requested:
            command = worker_pb2.Command(cancel_workflow=worker_pb2.CancelWorkflowExecution())
        else:
            command = worker_pb2.Command(fail_workflow=worker_pb2.FailWorkflow(failure=to_failure(error)))
        self._ledger.end(command, raised_location(error) or self._position())

    def _position(self) -> str:
        """Where the code stands: its open wait, or the function itself."""
        ending = self._machine.ending if self._machine is not None else None
        if ending is not None and ending.error is not None and raised_location(ending.error):
            return raised_location(ending.error)
        waits = (waiter.location for waiter in self._ledger.waiters if waiter.location)
        return next(waits, "") or definition_location(self._definition.function)

    def _report(self, context: dict[str, Any]) -> None:
        """asyncio's complaints, as of an exception that nobody has awaited."""
        if self._context is not None and not self._ledger.closed:
            self._context.logger.error("%s", context.get("message"), exc_info=context.get("exception"))


def run_turn(
    definition: WorkflowDefinition | None,
    events: Sequence[HistoryEvent],
    *,
    registry: Registry,
    info: TaskInfo,
) -> TurnResult:
    """The answer to a workflow task whose history is `events`, from event 1 on; None as definition: UNKNOWN_TYPE."""
    if definition is None:
        return unknown_type(info.workflow_type, registry=registry)
    execution = Execution(definition, registry=registry, namespace=info.namespace)
    try:
        return execution.activate(events, seen_through=info.seen_through)
    finally:
        execution.close()


def unknown_type(workflow_type: str, *, registry: Registry) -> worker_pb2.Returned:
    """The answer to a task of a type that is not registered here."""
    known = ", ".join(sorted(registry.workflows)) or "none"
    details = f"workflow type {workflow_type!r} is not registered in this worker; registered: {known}"
    return worker_pb2.Returned(reason=worker_pb2.RETURN_REASON_UNKNOWN_TYPE, details=details)


def check_history(
    definition: WorkflowDefinition, events: Sequence[HistoryEvent], *, registry: Registry
) -> None:
    """Replays every recorded turn of a history.

    Raises:
        NonDeterminismError: Code and history part; it carries event, command, file and line.
        SchedError: The history cannot be replayed here.
    """
    execution = Execution(definition, registry=registry)
    try:
        execution.check(events)
    finally:
        execution.close()


def _non_deterministic(error: NonDeterminismError) -> worker_pb2.Returned:
    where = f"\nat {error.location}" if error.location else ""
    return worker_pb2.Returned(
        reason=worker_pb2.RETURN_REASON_NON_DETERMINISTIC,
        details=f"{error}{where}"[:DETAILS_CHARACTERS_MAX],
    )


def _returned(details: str) -> worker_pb2.Returned:
    return worker_pb2.Returned(
        reason=worker_pb2.RETURN_REASON_ERROR, details=details[:DETAILS_CHARACTERS_MAX]
    )
