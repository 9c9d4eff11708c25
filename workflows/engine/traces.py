"""Which tasks an engine has handed out, as traces tell of it."""

from collections.abc import Iterable, Iterator

from sched_sdk.proto.v1.history_pb2 import HistoryEvent

from workflows.store.claimer import Handout
from workflows.store.handout import ActivityHandout
from workflows.tracing import Dispatched


def dispatched(handouts: Iterable[Handout]) -> Iterator[Dispatched]:
    """Activities, and runs' first turns. Of later turns what is handed out does not say whose trace they are of."""
    for handout in handouts:
        claimed = handout.claimed
        about: dict[str, str | int] = {
            "sched.workflow_id": claimed.workflow_id,
            "sched.run_id": claimed.key.run_id,
            "sched.task_queue": claimed.queue.queue,
        }
        if isinstance(handout, ActivityHandout):
            scheduled = HistoryEvent.FromString(handout.scheduled_event).activity_task_scheduled
            name, headers = scheduled.activity_type, dict(scheduled.headers)
            about |= {"sched.activity_id": claimed.key.number, "sched.attempt": claimed.key.attempt}
        elif handout.first_event == 1 and claimed.key.number == 1:
            started = HistoryEvent.FromString(handout.events[0]).workflow_execution_started
            name, headers = handout.workflow_type, dict(started.headers)
        else:
            continue
        yield Dispatched(
            name, headers, max(claimed.created_at, claimed.visible_at), claimed.claimed_at, about
        )
