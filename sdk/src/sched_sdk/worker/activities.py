"""From an activity's task to its completion: one attempt.

Guarantees: every way in which the function can end, SystemExit and other BaseExceptions among them, becomes a
completion; none of them reaches the worker. A plain `def` runs on a thread, an `async def` on the event loop.
"""

import asyncio
import functools
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from sched_sdk import converter, tracing
from sched_sdk.errors import ApplicationError, Cancelled, PayloadError
from sched_sdk.failures import to_failure
from sched_sdk.proto.v1.history_pb2 import ActivityTaskScheduled, HistoryEvent
from sched_sdk.proto.v1.worker_pb2 import (
    RETURN_REASON_DRAIN,
    RETURN_REASON_UNKNOWN_TYPE,
    ActivityCanceled,
    ActivityFailure,
    ActivityTask,
    ActivityTaskCompletion,
    CompletionAck,
    Returned,
)
from sched_sdk.registry import ActivityDefinition, Registry
from sched_sdk.worker.activity_context import ActivityContext, ActivityInfo
from sched_sdk.worker.parking import Parking
from sched_sdk.worker.pulse import Pulse
from sched_sdk.worker.pulses import Pulses
from sched_sdk.worker.threads import DaemonThreads
from sched_sdk.worker.told import tell_failed_attempt, tell_failed_workflow


class Outcome(NamedTuple):
    """How the function ended: with a value, or with what it raised."""

    value: Any = None
    raised: BaseException | None = None


class Attempt(NamedTuple):
    """One attempt under way; `answer` is for its completion."""

    task: ActivityTask
    scheduled: ActivityTaskScheduled
    definition: ActivityDefinition
    pulse: Pulse
    answer: "asyncio.Future[ActivityTaskCompletion]"
    span: Any = None


class ActivityRunner:
    """Runs attempts of the activities of a registry."""

    def __init__(
        self,
        registry: Registry,
        *,
        threads: DaemonThreads,
        parking: Parking,
        pulses: Pulses,
        identity: str,
    ) -> None:
        self._registry = registry
        self._threads = threads
        self._parking = parking
        self._pulses = pulses
        self._identity = identity
        self._running: dict[bytes, Pulse] = {}
        self._telling: set[asyncio.Task[None]] = set()
        """The ends of attempts that failed. Kept: the event loop holds its tasks but weakly."""

    def run(self, task: ActivityTask) -> Awaitable[ActivityTaskCompletion]:
        """Run one attempt to its end."""
        scheduled = HistoryEvent.FromString(task.scheduled_event).activity_task_scheduled
        definition = self._registry.activities.get(scheduled.activity_type)
        if definition is None:
            return self._unknown(task, scheduled)
        attempt = self._begin(task, scheduled, definition)
        try:
            return self._call(attempt)
        except Exception as fault:  # ours: whoever waits for the answer tells of it
            attempt.answer.set_exception(fault)
            return attempt.answer

    async def settle(self) -> None:
        """What runs is about to go back: bring its last details to the engine."""
        await self._pulses.settle(self._running.values())

    def acknowledged(
        self, task: ActivityTask, completion: ActivityTaskCompletion, ack: CompletionAck
    ) -> None:
        """The engine has recorded the attempt's outcome, and by `last_event` the turn that came with it."""
        if not completion.HasField("eager"):
            return
        if tracing.current is not None:
            tracing.current.settle(task.token, recorded=bool(ack.last_event) and not ack.code)
        self._parking.acknowledged(task.run_id, task.token, ack)
        commands = completion.eager.turn.commands
        if ack.last_event and commands and commands[-1].HasField("fail_workflow"):
            tell_failed_workflow(task, commands[-1].fail_workflow.failure)

    def hand_back(self, task: ActivityTask, returned: Returned | None = None) -> ActivityTaskCompletion:
        """The task goes back, same attempt. What still runs of it learns so at its next heartbeat."""
        pulse = self._running.get(task.token)
        if pulse is not None:
            pulse.lost = True
        returned = returned or Returned(reason=RETURN_REASON_DRAIN, details="the worker is stopping")
        return ActivityTaskCompletion(token=task.token, returned=returned, identity=self._identity)

    async def _unknown(self, task: ActivityTask, scheduled: ActivityTaskScheduled) -> ActivityTaskCompletion:
        known = ", ".join(sorted(self._registry.activities)) or "none"
        details = f"activity {scheduled.activity_type!r} is not registered here; known: {known}"
        return self.hand_back(task, Returned(reason=RETURN_REASON_UNKNOWN_TYPE, details=details))

    def _begin(
        self, task: ActivityTask, scheduled: ActivityTaskScheduled, definition: ActivityDefinition
    ) -> Attempt:
        pulse = self._pulses.begin(
            task.token,
            lease_us=task.lease_us,
            heartbeat_timeout_us=scheduled.heartbeat_timeout_us,
            cancel_requested=task.cancel_requested,
        )
        self._running[task.token] = pulse
        answer: asyncio.Future[ActivityTaskCompletion] = asyncio.get_running_loop().create_future()
        answer.add_done_callback(functools.partial(self._end, pulse))
        span = None if tracing.current is None else tracing.current.begin_attempt(task, scheduled)
        return Attempt(task, scheduled, definition, pulse, answer, span)

    def _end(self, pulse: Pulse, _answer: "asyncio.Future[ActivityTaskCompletion]") -> None:
        self._running.pop(pulse.token, None)
        self._pulses.end(pulse)

    def _call(self, attempt: Attempt) -> Awaitable[ActivityTaskCompletion]:
        function = attempt.definition.function
        if tracing.current is not None and attempt.span is not None:
            function = tracing.current.within(attempt.span, function, is_async=attempt.definition.is_async)
        try:
            arguments = _arguments(attempt)
        except PayloadError as error:
            self._ended(attempt, Outcome(raised=error))
            return attempt.answer
        if attempt.definition.is_async:
            return self._call_here(attempt, function, arguments)
        self._threads.call(_call, function, arguments, then=functools.partial(self._ended, attempt))
        return attempt.answer

    async def _call_here(
        self, attempt: Attempt, function: Callable[..., Any], arguments: tuple[Any, ...]
    ) -> ActivityTaskCompletion:
        try:
            self._ended(attempt, await _await(function, arguments))
            return await attempt.answer
        finally:
            attempt.answer.cancel()

    def _ended(self, attempt: Attempt, outcome: Outcome, error: Exception | None = None) -> None:
        """The function has ended; or, by a fault of ours, it has not begun."""
        if tracing.current is not None and attempt.span is not None and error is None:
            tracing.current.end_attempt(attempt.span, outcome.raised)
        if attempt.answer.done():  # handed back meanwhile
            return
        if error is not None:
            attempt.answer.set_exception(error)
            return
        try:
            self._conclude(attempt, outcome)
        except Exception as fault:  # ours: whoever waits for the answer tells of it
            attempt.answer.set_exception(fault)

    def _conclude(self, attempt: Attempt, outcome: Outcome) -> None:
        task, scheduled, answer = attempt.task, attempt.scheduled, attempt.answer
        completion = self._completion(attempt, outcome)
        if completion.HasField("failure"):
            tell_failed_attempt(ActivityInfo.of(task, scheduled), completion.failure.failure, outcome.raised)
            telling = asyncio.get_running_loop().create_task(self._fail(attempt, completion))
            self._telling.add(telling)
            telling.add_done_callback(self._telling.discard)
        elif not (
            completion.HasField("result") and self._parking.follow(task, scheduled, completion, answer)
        ):
            answer.set_result(completion)

    async def _fail(self, attempt: Attempt, completion: ActivityTaskCompletion) -> None:
        """Once the engine knows the last words of the attempt: the next one starts from them."""
        try:
            await self._pulses.settle([attempt.pulse])
        finally:
            if not attempt.answer.done():
                attempt.answer.set_result(completion)

    def _completion(self, attempt: Attempt, outcome: Outcome) -> ActivityTaskCompletion:
        token, raised = attempt.task.token, outcome.raised
        if raised is None:
            try:
                result = converter.encode(outcome.value, field="result")
            except PayloadError as error:
                raised = _refused_result(error)
            else:
                return ActivityTaskCompletion(token=token, identity=self._identity, result=result)
        completion = ActivityTaskCompletion(token=token, identity=self._identity)
        if isinstance(raised, Cancelled) and attempt.pulse.must_stop:
            completion.canceled.CopyFrom(ActivityCanceled())
        else:
            completion.failure.CopyFrom(_failure(attempt.definition, raised))
        return completion


def _arguments(attempt: Attempt) -> tuple[Any, ...]:
    task, scheduled, definition = attempt.task, attempt.scheduled, attempt.definition
    details = None
    if task.HasField("heartbeat_details"):
        details = converter.decode(task.heartbeat_details, field="heartbeat details")
    value = converter.decode(scheduled.input, field="input") if scheduled.HasField("input") else None
    context = ActivityContext(task, scheduled, attempt.pulse, details)
    if not definition.takes_input or (value is None and definition.input_default):
        return (context,)
    return (context, value)


def _call(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Outcome:
    try:
        return Outcome(value=function(*arguments))
    except BaseException as raised:  # user code may raise anything; a thread of ours outlives it
        return Outcome(raised=raised)


async def _await(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Outcome:
    task = asyncio.current_task()
    asked_before = task.cancelling() if task else 0
    try:
        return Outcome(value=await function(*arguments))
    except GeneratorExit:  # the event loop is being torn down; there is nobody to tell
        raise
    except BaseException as raised:
        if isinstance(raised, asyncio.CancelledError) and task and task.cancelling() > asked_before:
            raise  # it is the worker that stops, not the activity
        return Outcome(raised=raised)


def _failure(definition: ActivityDefinition, raised: BaseException) -> ActivityFailure:
    declared = definition.retry.to_proto() if definition.retry is not None else None
    return ActivityFailure(failure=to_failure(raised), declared_retry=declared)


def _refused_result(error: PayloadError) -> ApplicationError:
    """A result that cannot be stored: another attempt would do the work again, for one that cannot be stored either."""
    return ApplicationError(str(error), type=type(error).__name__, non_retryable=True)
