"""From an activity's task to its completion: one attempt.

Guarantees: every way in which the function can end, SystemExit and other BaseExceptions among them, becomes a
completion; none of them reaches the worker. A plain `def` runs on a thread, an `async def` on the event loop.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sched_sdk import converter
from sched_sdk.errors import ApplicationError, Cancelled, PayloadError
from sched_sdk.failures import to_failure
from sched_sdk.proto.v1.common_pb2 import Payload
from sched_sdk.proto.v1.history_pb2 import HistoryEvent
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How the function ended: with a value, or with what it raised."""

    value: Any = None
    raised: BaseException | None = None


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

    async def run(self, task: ActivityTask) -> ActivityTaskCompletion:
        """Run one attempt to its end."""
        scheduled = HistoryEvent.FromString(task.scheduled_event).activity_task_scheduled
        definition = self._registry.activities.get(scheduled.activity_type)
        if definition is None:
            known = ", ".join(sorted(self._registry.activities)) or "none"
            details = f"activity {scheduled.activity_type!r} is not registered here; known: {known}"
            return self.hand_back(task, Returned(reason=RETURN_REASON_UNKNOWN_TYPE, details=details))
        pulse = self._pulses.begin(
            task.token,
            lease_us=task.lease_us,
            heartbeat_timeout_us=scheduled.heartbeat_timeout_us,
            cancel_requested=task.cancel_requested,
        )
        self._running[task.token] = pulse
        try:
            info = ActivityInfo.of(task, scheduled)
            outcome = await self._call(definition, task, scheduled.input, pulse, info)
            completion = self._completion(definition, task, outcome, pulse)
            if completion.HasField("failure"):
                tell_failed_attempt(info, completion.failure.failure, outcome.raised)
                await self._pulses.settle([pulse])
            elif completion.HasField("result"):
                eager = await self._parking.follow(task, scheduled, completion)
                if eager is not None:
                    completion.eager.CopyFrom(eager)
            return completion
        finally:
            self._running.pop(task.token, None)
            self._pulses.end(pulse)

    async def settle(self) -> None:
        """What runs is about to go back: bring its last details to the engine."""
        await self._pulses.settle(self._running.values())

    def acknowledged(
        self, task: ActivityTask, completion: ActivityTaskCompletion, ack: CompletionAck
    ) -> None:
        """The engine has recorded the attempt's outcome, and by `last_event` the turn that came with it."""
        if not completion.HasField("eager"):
            return
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

    async def _call(
        self,
        definition: ActivityDefinition,
        task: ActivityTask,
        payload: Payload,
        pulse: Pulse,
        info: ActivityInfo,
    ) -> Outcome:
        try:
            details = converter.decode(task.heartbeat_details, field="heartbeat details")
            context = ActivityContext(info, pulse, details)
            arguments = _arguments(definition, context, converter.decode(payload, field="input"))
        except PayloadError as error:
            return Outcome(raised=error)
        if definition.is_async:
            return await _await(definition.function, arguments)
        return await self._threads.run(_call, definition.function, arguments)

    def _completion(
        self, definition: ActivityDefinition, task: ActivityTask, outcome: Outcome, pulse: Pulse
    ) -> ActivityTaskCompletion:
        completion = ActivityTaskCompletion(token=task.token, identity=self._identity)
        raised = outcome.raised
        if raised is None:
            try:
                completion.result.CopyFrom(converter.encode(outcome.value, field="result"))
            except PayloadError as error:
                raised = _refused_result(error)
        if raised is None:
            return completion
        if isinstance(raised, Cancelled) and pulse.must_stop:
            completion.canceled.CopyFrom(ActivityCanceled())
        else:
            completion.failure.CopyFrom(_failure(definition, raised))
        return completion


def _arguments(definition: ActivityDefinition, context: ActivityContext, value: Any) -> tuple[Any, ...]:
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
