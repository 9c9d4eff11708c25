"""The page of `schedctl describe`: what a run is, how it ended, and what it waits for."""

from collections.abc import Iterator

from sched_sdk.cli import documents, shown
from sched_sdk.cli.screen import Screen
from sched_sdk.proto.v1 import common_pb2, workflow_pb2


def show(screen: Screen, found: workflow_pb2.WorkflowDescription) -> None:
    """All that is known of a run; what there is none of is left out."""
    screen.facts(_facts(found))
    if found.HasField("failure"):
        _section(screen, "failure", shown.failure(found.failure, trace=True))
    if found.HasField("workflow_task"):
        screen.line("\nworkflow task")
        screen.facts(_task(found.workflow_task))
    for activity in found.activities:
        _show_activity(screen, activity)
    if found.timers:
        screen.line("\ntimers")
        rows = [(str(each.started), shown.instant(each.due_time_us)) for each in found.timers]
        screen.table(("NUMBER", "DUE"), rows)
    if found.signals:
        screen.line("\nsignals that no turn has taken")
        screen.table(("NUMBER", "NAME", "RECEIVED", "PAYLOAD"), map(_signal, found.signals))


def _facts(found: workflow_pb2.WorkflowDescription) -> Iterator[tuple[str, str]]:
    run = found.execution
    yield "id", run.workflow_id
    yield "run", run.run_id
    yield "name", run.workflow_type
    yield "status", documents.status(run.status) or "damaged"
    yield "cancel", "requested" if run.cancel_requested else ""
    yield "queue", run.task_queue
    yield "started", shown.instant(run.started_time_us)
    yield "closed", shown.instant(run.closed_time_us)
    yield "events", str(run.history_length)
    yield "memo", _payload(run.memo)
    yield "search attributes", _payload(run.search_attributes)
    yield "problem", run.problem
    yield "input", _payload(found.input)
    yield "result", _payload(found.result)
    yield "payloads", "hidden from this API key, which lacks see-payloads" if found.payloads_hidden else ""


def _task(task: workflow_pb2.PendingWorkflowTask) -> Iterator[tuple[str, str]]:
    yield "turn", str(task.turn)
    yield "delivery", str(task.delivery)
    yield "worker", task.worker
    yield "problem", task.problem
    yield "next delivery", shown.instant(task.next_delivery_time_us)


def _show_activity(screen: Screen, activity: workflow_pb2.PendingActivity) -> None:
    screen.line(f"\nactivity {activity.activity_type}")
    screen.facts(_activity(activity))
    if activity.HasField("last_failure"):
        _section(screen, "last failure", shown.failure(activity.last_failure, trace=True))


def _activity(activity: workflow_pb2.PendingActivity) -> Iterator[tuple[str, str]]:
    yield "number", str(activity.scheduled)
    yield "state", activity.state
    yield "attempt", str(activity.attempt)
    yield "delivery", str(activity.delivery)
    yield "queue", activity.task_queue
    yield "worker", activity.worker
    yield "scheduled", shown.instant(activity.scheduled_time_us)
    yield "started", shown.instant(activity.started_time_us)
    yield "heartbeat", shown.instant(activity.heartbeat_time_us)
    yield "heartbeat details", _payload(activity.heartbeat_details)
    yield "next attempt", shown.instant(activity.next_attempt_time_us)
    yield "problem", activity.problem


def _signal(signal: workflow_pb2.PendingSignal) -> tuple[str, ...]:
    return (
        str(signal.number),
        signal.name,
        shown.instant(signal.received_time_us),
        _payload(signal.payload),
    )


def _section(screen: Screen, title: str, lines: list[str]) -> None:
    screen.line(f"\n{title}")
    for line in lines:
        screen.line(f"  {line}")


def _payload(message: common_pb2.Payload) -> str:
    return shown.payload(documents.payload(message))
