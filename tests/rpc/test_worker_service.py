"""WorkerService: polls, streams, completions and heartbeats, and what is refused."""

from __future__ import annotations

import asyncio
from typing import Any

import grpc
import pytest
from google.rpc import code_pb2  # type: ignore[import-untyped]
from sched_sdk.client.values import description_of
from sched_sdk.proto.v1 import common_pb2
from sched_sdk.proto.v1 import worker_pb2 as wb
from sched_sdk.proto.v1 import workflow_pb2 as pb

from tests.rpc.peers import (
    Peer,
    activity_stream,
    connected,
    eventually,
    finish,
    look,
    options,
    payload,
    refused,
    schedule,
    subscription,
    turn,
    workflow_stream,
)
from tests.store.databases import Database
from workflows.engine.engine import Engine
from workflows.service import limits

Code = grpc.StatusCode
MILLISECOND_US = 1_000


def now() -> float:
    return asyncio.get_running_loop().time()


def succeeded(task: wb.ActivityTask, completion_id: int = 1) -> wb.ActivityTaskCompletion:
    return wb.ActivityTaskCompletion(id=completion_id, token=task.token, result=payload(b"1"))


async def test_a_completion_that_is_repeated_is_ok_and_a_duplicate(peer: Peer) -> None:
    """The worker may not have heard the first answer; it is recorded once."""
    await peer.start("order")
    task = await peer.poll_workflow()
    acks = [await peer.complete_turn(task, schedule(), waits_for=[0]) for _ in range(2)]
    assert [ack.duplicate for ack in acks] == [False, True]
    activity = await peer.poll_activity()
    acks = [await peer.succeed(activity) for _ in range(2)]
    assert [ack.duplicate for ack in acks] == [False, True]
    assert await peer.names("order") == "WS Y AS AC"


async def test_tokens_that_are_not_the_current_ones(peer: Peer) -> None:
    """Made up, cut, or of the other kind of task: refused, and the execution is as before."""
    activity = await peer.activity("order")
    before = await peer.names("order")
    last_changed = activity.token[:-1] + bytes([activity.token[-1] ^ 1])
    for token in (b"", b"made up", activity.token[:-1], last_changed):
        for call in (
            peer.worker.CompleteActivityTask(wb.ActivityTaskCompletion(token=token)),
            peer.worker.CompleteWorkflowTask(wb.WorkflowTaskCompletion(token=token)),
            peer.worker.RecordActivityHeartbeat(wb.ActivityHeartbeat(token=token)),
        ):
            refusal = await refused(call)
            assert (refusal.code, refusal.reason) == (Code.INVALID_ARGUMENT, "BAD_TOKEN")
            assert list(refusal.fields) == ["token"]
    other = await refused(peer.worker.CompleteWorkflowTask(wb.WorkflowTaskCompletion(token=activity.token)))
    assert (other.code, other.reason) == (Code.FAILED_PRECONDITION, "STALE_TASK")
    assert other.message == "token: it is of an activity task; must be of a workflow task"
    assert await peer.names("order") == before


@pytest.mark.parametrize("rpc", ["TerminateWorkflow", "next delivery"])
async def test_a_completion_that_comes_too_late(peer: Peer, rpc: str) -> None:
    """After the end, or when the task has its next delivery: refused as stale."""
    await peer.start("order")
    task = await peer.poll_workflow()
    if rpc == "TerminateWorkflow":
        await peer.client.TerminateWorkflow(pb.TerminateWorkflowRequest(workflow_id="order"))
    else:
        returned = wb.Returned(reason=wb.RETURN_REASON_DRAIN)
        await peer.worker.CompleteWorkflowTask(wb.WorkflowTaskCompletion(token=task.token, returned=returned))
        assert (await peer.poll_workflow()).delivery == 2
    before = await peer.names("order")
    refusal = await refused(peer.complete_turn(task, finish()))
    assert (refusal.code, refusal.reason) == (Code.FAILED_PRECONDITION, "STALE_TASK")
    assert await peer.names("order") == before


async def test_an_activity_of_a_canceled_run_learns_it_by_its_heartbeat(peer: Peer) -> None:
    """After a termination the beat says lost, and the result is refused as stale."""
    activity = await peer.activity("order")
    beat = wb.ActivityHeartbeat(token=activity.token, details=payload(b"1"))
    assert not (await peer.worker.RecordActivityHeartbeat(beat)).lost
    await peer.client.TerminateWorkflow(pb.TerminateWorkflowRequest(workflow_id="order"))
    assert (await peer.worker.RecordActivityHeartbeat(beat)).lost
    refusal = await refused(peer.succeed(activity))
    assert refusal.reason == "STALE_TASK"


@pytest.mark.parametrize(
    ("field", "command"),
    [
        ("turn.commands[0].activity_type", schedule(activity_type="a\0b")),
        ("turn.commands[0].activity_type", schedule(activity_type="é")),
        ("turn.commands[0].task_queue", schedule(task_queue="a\0b")),
        ("turn.commands[0].input", schedule(input=payload(bytes(limits.PAYLOAD_MAX + 1)))),
        ("turn.commands[0].start_to_close_us", schedule(start_to_close_us=-1)),
        ("turn.commands[0].heartbeat_timeout_us", schedule(heartbeat_timeout_us=2**63 - 1)),
        (
            "turn.commands[0].retry.backoff_coefficient",
            schedule(retry=common_pb2.RetryPolicy(backoff_coefficient=float("nan"))),
        ),
        (
            "turn.commands[0].duration_us",
            wb.Command(start_timer=wb.StartTimer(command=0, duration_us=2**63 - 1)),
        ),
        ("turn.commands[0].result", finish(bytes(limits.PAYLOAD_MAX + 1))),
        ("turn.commands[0].command", schedule(7)),
        ("turn.commands[0]", wb.Command()),
    ],
)
async def test_a_turn_that_cannot_be_is_refused_by_field_and_rule(
    peer: Peer, field: str, command: wb.Command
) -> None:
    """Nothing reaches the database that cannot be stored there, and the task stays the worker's."""
    await peer.start("order")
    task = await peer.poll_workflow()
    refusal = await refused(peer.complete_turn(task, command))
    assert refusal.code is Code.INVALID_ARGUMENT
    assert list(refusal.fields) == [field]
    assert "must" in refusal.fields[field]
    assert await peer.names("order") == "WS"
    await peer.complete_turn(task, finish())


async def test_a_turn_without_an_outcome_or_a_wait(peer: Peer) -> None:
    """It could never go on; the refusal names the field."""
    await peer.start("order")
    task = await peer.poll_workflow()
    for completion in (
        wb.WorkflowTaskCompletion(token=task.token),
        wb.WorkflowTaskCompletion(token=task.token, turn=wb.Turn(seen_through=1)),
    ):
        refusal = await refused(peer.worker.CompleteWorkflowTask(completion))
        assert (refusal.code, refusal.reason) == (Code.INVALID_ARGUMENT, "INVALID_TURN")
        assert refusal.fields


async def test_a_result_that_is_too_large_is_a_failed_attempt_that_is_not_retried(peer: Peer) -> None:
    """The worker is not refused, since it would only send the same again."""
    activity = await peer.activity("order")
    await peer.succeed(activity, bytes(limits.PAYLOAD_MAX + 1))
    assert await peer.names("order") == "WS Y AS AF"


async def test_kinds_that_are_not_known_are_taken_for_what_they_may_be(peer: Peer) -> None:
    """A worker may be newer than the engine: an unknown kind of failure is user code's, an unknown reason an error."""
    activity = await peer.activity("order")
    failure = common_pb2.Failure(kind=99, type="New", timeout=99, non_retryable=True)  # type: ignore[arg-type]
    completion = wb.ActivityTaskCompletion(token=activity.token, failure=wb.ActivityFailure(failure=failure))
    await peer.worker.CompleteActivityTask(completion)
    assert await peer.names("order") == "WS Y AS AF"
    task = await peer.poll_workflow()
    returned = wb.Returned(reason=99, details="a\0b")  # type: ignore[arg-type]
    await peer.worker.CompleteWorkflowTask(wb.WorkflowTaskCompletion(token=task.token, returned=returned))
    assert (await peer.get("order")).workflow_task.problem == "ERROR: ab"


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("subscription.task_queue", {"task_queue": "a\0b"}),
        ("subscription.namespace", {"namespace": "a b"}),
        ("subscription.identity", {"identity": "a\0b"}),
        ("subscription.session_id", {"session_id": "x" * 201}),
        ("subscription.types[1]", {"types": ["Do", "A B"]}),
    ],
)
async def test_a_bad_subscription(peer: Peer, field: str, given: dict[str, Any]) -> None:
    """Refused for polls and streams alike: it would stand in every row that the worker holds."""
    request = wb.PollTaskRequest(subscription=subscription(**given))
    assert list((await refused(peer.worker.PollWorkflowTask(request))).fields) == [field]
    stream = await activity_stream(peer, credits=1, **given)
    assert list((await refused(anext(aiter(stream.call)))).fields) == [field]


async def test_a_stream_without_subscription_or_with_negative_credits(peer: Peer) -> None:
    """The stream ends with the field that was wrong."""
    call = peer.worker.StreamWorkflowTasks()
    await call.write(wb.StreamWorkflowTasksRequest(credits=1))
    assert list((await refused(anext(aiter(call)))).fields) == ["subscription"]
    stream = await workflow_stream(peer, credits=-1)
    assert list((await refused(anext(aiter(stream.call)))).fields) == ["credits"]


async def test_a_poll_without_subscription(peer: Peer) -> None:
    """Refused as a stream is: nobody knows what it serves."""
    for poll in (peer.worker.PollWorkflowTask, peer.worker.PollActivityTask):
        refusal = await refused(poll(wb.PollTaskRequest(wait_seconds=0.05)))
        assert (refusal.code, list(refusal.fields)) == (Code.INVALID_ARGUMENT, ["subscription"])


async def test_a_second_subscription_ends_its_stream(peer: Peer) -> None:
    """It would be for another queue, and nobody would read it."""
    for ask in (workflow_stream, activity_stream):
        stream = await ask(peer, credits=1)
        await stream.send(subscription=subscription(task_queue="other"), credits=1)
        refusal = await refused(stream.call.read())
        assert refusal.fields == {"subscription": "must be in the first message, and only there"}


async def test_a_poll_that_finds_nothing_is_answered_in_time(peer: Peer) -> None:
    """Without a task; a time that is no number is refused."""
    request = wb.PollTaskRequest(subscription=subscription(), wait_seconds=0.05)
    assert not (await peer.worker.PollWorkflowTask(request)).HasField("task")
    bad = wb.PollTaskRequest(subscription=subscription(), wait_seconds=float("nan"))
    assert list((await refused(peer.worker.PollWorkflowTask(bad))).fields) == ["wait_seconds"]


async def test_credits_are_never_exceeded(peer: Peer) -> None:
    """What there is beyond them waits until more are granted."""
    for number in range(7):
        await peer.start(f"w-{number}")
    stream = await workflow_stream(peer, credits=2)
    first = await stream.tasks(2)
    await stream.send(completions=[turn(first[0], id=7)])
    assert (await stream.ack()).id == 7
    (worker,) = (await peer.client.ListWorkers(pb.ListWorkersRequest())).workers
    assert worker.in_flight == 1
    await stream.send(credits=3)
    more = await stream.tasks(3)
    assert len({task.run_id for task in (*first, *more)}) == 5
    queue = await peer.client.DescribeTaskQueue(pb.DescribeTaskQueueRequest(task_queue="default"))
    assert (queue.workflow_tasks.backlog, queue.workflow_tasks.in_flight) == (2, 4)
    stream.call.cancel()


async def test_completions_on_a_stream_are_acknowledged_one_by_one(peer: Peer) -> None:
    """Recorded, repeated, stale and made up, in one message."""
    await peer.start("order")
    stream = await workflow_stream(peer, credits=1)
    (task,) = await stream.tasks(1)
    made_up = wb.WorkflowTaskCompletion(id=3, token=b"made up", turn=wb.Turn())
    await stream.send(completions=[turn(task, schedule(), waits_for=[0], id=1), made_up])
    acks = {ack.id: ack for ack in [await stream.ack(), await stream.ack()]}
    await stream.send(completions=[turn(task, schedule(), waits_for=[0], id=2)])
    repeated = await stream.ack()
    assert (acks[1].code, acks[1].last_event) == (code_pb2.OK, 3)
    assert (acks[3].code, acks[3].reason) == (code_pb2.INVALID_ARGUMENT, "BAD_TOKEN")
    assert (repeated.id, repeated.code, repeated.duplicate) == (2, code_pb2.OK, True)
    stream.call.cancel()


async def test_a_worker_that_closes_its_half_hears_every_ack_and_then_the_end(peer: Peer) -> None:
    """So a worker that is done need not wait for anything else: the stream ends at once."""
    await peer.start("order")
    stream = await workflow_stream(peer, credits=1)
    (task,) = await stream.tasks(1)
    await stream.send(completions=[turn(task, finish(), id=1)])
    await stream.call.done_writing()
    begun = now()
    assert (await stream.ack()).code == code_pb2.OK
    assert await stream.ended() == []
    assert await stream.call.code() is Code.OK
    assert now() - begun < 0.5


async def test_the_workflow_tasks_of_a_broken_stream_are_given_to_another_at_once(peer: Peer) -> None:
    """As the next delivery, before the lease is over."""
    await peer.start("order")
    stream = await workflow_stream(peer, credits=1, identity="one")
    (task,) = await stream.tasks(1)
    begun = now()
    stream.call.cancel()
    again = await peer.poll_workflow(identity="two")
    assert now() - begun < 0.5
    assert (again.run_id, again.turn, again.delivery) == (task.run_id, task.turn, 2)


async def test_an_answer_to_an_earlier_delivery_does_not_hide_the_current_one(peer: Peer) -> None:
    """It is refused, and the task is still in that worker's hands: when its stream breaks another gets it at once."""
    await peer.start("order")
    stream = await workflow_stream(peer, credits=2, identity="one")
    (task,) = await stream.tasks(1)
    returned = wb.Returned(reason=wb.RETURN_REASON_DRAIN)
    await stream.send(completions=[wb.WorkflowTaskCompletion(id=1, token=task.token, returned=returned)])
    (current,) = await stream.tasks(1)
    assert current.delivery == 2
    assert (await stream.ack()).id == 1
    await stream.send(completions=[turn(task, finish(), id=2)])
    assert (await stream.ack()).reason == "STALE_TASK"
    stream.call.cancel()
    assert (await peer.poll_workflow(seconds=3, identity="two")).delivery == 3


async def test_the_activities_of_a_broken_stream_are_given_to_another_after_a_second(peer: Peer) -> None:
    """Same attempt, next delivery."""
    stream = await activity_stream(peer, credits=1, session_id="one")
    await peer.start("order")
    await peer.complete_turn(await peer.poll_workflow(), schedule(), waits_for=[0])
    (task,) = await stream.tasks(1)
    begun = now()
    stream.call.cancel()
    again = await peer.poll_activity()
    assert 0.9 < now() - begun < 1.8
    assert (again.attempt, again.delivery) == (task.attempt, 2)


@pytest.mark.parametrize("overlapping", [False, True])
async def test_a_session_that_reconnects_keeps_its_activities(peer: Peer, overlapping: bool) -> None:
    """Also where the new stream is there before the engine notices that the old one is broken."""
    stream = await activity_stream(peer, credits=1, session_id="one")
    await peer.start("order")
    await peer.complete_turn(await peer.poll_workflow(), schedule(), waits_for=[0])
    (task,) = await stream.tasks(1)

    async def count() -> int:
        return len((await peer.client.ListWorkers(pb.ListWorkersRequest())).workers)

    async def gone() -> bool:
        return await count() == int(overlapping)

    async def in_flight() -> bool:
        workers = (await peer.client.ListWorkers(pb.ListWorkersRequest())).workers
        return [worker.in_flight for worker in workers] == [1]

    if not overlapping:
        stream.call.cancel()
        await eventually(gone)
    again = await activity_stream(peer, credits=1, session_id="one")
    if overlapping:
        await eventually(lambda: _is(count, 2))
        stream.call.cancel()
    await eventually(in_flight)
    await again.send(completions=[succeeded(task)])
    assert (await again.ack()).code == code_pb2.OK
    assert await peer.names("order") == "WS Y AS AC"
    again.call.cancel()


async def _is(count: Any, wanted: int) -> bool:
    return bool(await count() == wanted)


async def test_a_poll_that_its_caller_gives_up_leaves_the_task_to_others(peer: Peer) -> None:
    """Nothing is claimed for somebody who is gone: the next poll has it at once, with its first delivery."""
    poll = peer.worker.PollWorkflowTask(wb.PollTaskRequest(subscription=subscription(), wait_seconds=30))
    await eventually(lambda: _polling(peer, 1))
    poll.cancel()
    await eventually(lambda: _polling(peer, 0))
    await peer.start("order")
    begun = now()
    task = await peer.poll_workflow()
    assert now() - begun < 0.5
    assert task.delivery == 1


async def _polling(peer: Peer, count: int) -> bool:
    return len((await peer.client.ListWorkers(pb.ListWorkersRequest())).workers) == count


async def test_an_unknown_type_goes_back_with_a_problem_that_an_operator_sees(peer: Peer) -> None:
    """And is offered again after a back-off; nothing fails."""
    await peer.start("order")
    task = await peer.poll_workflow()
    returned = wb.Returned(reason=wb.RETURN_REASON_UNKNOWN_TYPE, details="no workflow 'Type' here")
    begun = now()
    await peer.worker.CompleteWorkflowTask(wb.WorkflowTaskCompletion(token=task.token, returned=returned))
    found = await peer.get("order")
    assert found.workflow_task.problem == "UNKNOWN_TYPE: no workflow 'Type' here"
    assert found.execution.problem == found.workflow_task.problem
    again = await peer.poll_workflow()
    assert 0.9 < now() - begun < 4
    assert again.delivery == 2
    await peer.complete_turn(again, finish())
    assert (await peer.get("order")).execution.problem == ""


async def test_an_unknown_activity_type_is_the_problem_of_its_activity(peer: Peer) -> None:
    """Over gRPC and in the SDK; the run itself has none."""
    task = await peer.activity("order")
    returned = wb.Returned(reason=wb.RETURN_REASON_UNKNOWN_TYPE, details="no activity 'Do' here")
    await peer.worker.CompleteActivityTask(wb.ActivityTaskCompletion(token=task.token, returned=returned))
    found = await peer.get("order")
    (pending,) = found.activities
    assert pending.problem == "UNKNOWN_TYPE: no activity 'Do' here"
    assert found.execution.problem == ""
    assert description_of(found).activities[0].problem == pending.problem


async def test_a_heartbeat_timeout_is_a_failed_attempt_and_the_next_gets_the_details(peer: Peer) -> None:
    """The silent attempt is retried, and what it reports later is stale."""
    await peer.start("order")
    retry = common_pb2.RetryPolicy(initial_interval_us=MILLISECOND_US, maximum_attempts=2)
    command = schedule(heartbeat_timeout_us=300 * MILLISECOND_US, retry=retry)
    await peer.complete_turn(await peer.poll_workflow(), command, waits_for=[0])
    first = await peer.poll_activity()
    await peer.worker.RecordActivityHeartbeat(
        wb.ActivityHeartbeat(token=first.token, details=payload(b'"half"'))
    )
    second = await peer.poll_activity()
    assert (second.attempt, second.delivery) == (2, 1)
    assert second.heartbeat_details.data == b'"half"'
    assert await peer.names("order") == "WS Y AS AR"
    assert (await refused(peer.succeed(first))).reason == "STALE_TASK"


@pytest.mark.timing
async def test_start_to_close_ends_an_attempt_to_the_millisecond(peer: Peer) -> None:
    """Never before its limit, and soon after; the last attempt ends as ATO."""
    await peer.start("order")
    retry = common_pb2.RetryPolicy(maximum_attempts=1)
    command = schedule(start_to_close_us=200 * MILLISECOND_US, retry=retry)
    await peer.complete_turn(await peer.poll_workflow(), command, waits_for=[0])
    begun = now()
    await peer.poll_activity()
    await peer.poll_workflow()
    assert 0.2 <= now() - begun < 0.35
    assert await peer.names("order") == "WS Y AS ATO"


async def test_a_lease_that_lapses_gives_the_task_its_next_delivery(peer: Peer, database: Database) -> None:
    """As of a worker that polled and was killed."""
    activity = await peer.activity("order")
    look(database, "UPDATE sched_tasks SET lease_until = clock_timestamp() - interval '1 ms'")
    again = await peer.poll_activity()
    assert (again.attempt, again.delivery) == (activity.attempt, 2)
    assert (await refused(peer.succeed(activity))).reason == "STALE_TASK"
    await peer.succeed(again)


async def test_a_workflow_task_that_is_lost_five_times_is_parked_with_a_problem(peer: Peer) -> None:
    """Operators see why; the run stays open and its history as it was."""
    await peer.start("order")
    for delivery in range(1, 6):
        stream = await workflow_stream(peer, credits=1)
        (task,) = await stream.tasks(1)
        assert task.delivery == delivery
        stream.call.cancel()

    async def parked() -> bool:
        return bool((await peer.get("order")).workflow_task.problem)

    await eventually(parked)
    assert (await peer.get("order")).execution.status == common_pb2.WORKFLOW_STATUS_RUNNING
    assert await peer.names("order") == "WS"


async def test_heartbeats_and_renewals_on_a_stream(peer: Peer) -> None:
    """A dead task, and a made-up token, are lost; one that is asked to stop hears it."""
    stream = await activity_stream(peer, credits=1)
    await peer.start("order")
    await peer.complete_turn(await peer.poll_workflow(), schedule(), waits_for=[0])
    (task,) = await stream.tasks(1)
    for renew_only in (False, True):
        await stream.send(heartbeats=[wb.ActivityHeartbeat(token=task.token, renew_only=renew_only)])
        assert not (await stream.reply()).lost
    await stream.send(heartbeats=[wb.ActivityHeartbeat(token=b"made up")])
    assert (await stream.reply()).lost
    await peer.client.CancelWorkflow(pb.CancelWorkflowRequest(workflow_id="order"))
    cancel = wb.Command(cancel_activity=wb.CancelActivity(command=0))
    await peer.complete_turn(await peer.poll_workflow(), cancel)
    await stream.send(heartbeats=[wb.ActivityHeartbeat(token=task.token)])
    assert (await stream.reply()).cancel_requested
    await stream.send(completions=[succeeded(task)])
    assert (await stream.ack()).code == code_pb2.OK
    await stream.send(heartbeats=[wb.ActivityHeartbeat(token=task.token)])
    assert (await stream.reply()).lost
    stream.call.cancel()


async def test_an_engine_that_stops_tells_its_workers_and_ends_within_its_grace(database: Database) -> None:
    """Streams hear that it drains, polls and waits are answered; what was granted but not handed out stays."""
    engine = Engine(options(database))
    await engine.start()
    async with connected(engine) as peer:
        await peer.start("order", task_queue="other")
        stream = await workflow_stream(peer, credits=1)
        poll = peer.worker.PollActivityTask(wb.PollTaskRequest(subscription=subscription(), wait_seconds=30))
        wait = peer.client.GetWorkflowResult(
            pb.GetWorkflowResultRequest(workflow_id="order", wait_seconds=30)
        )
        await eventually(lambda: _polling(peer, 2))
        await asyncio.sleep(0)
        begun = now()
        stopping = asyncio.ensure_future(engine.stop())
        await stream.until_draining()
        await stream.call.done_writing()
        assert not (await poll).HasField("task")
        assert (await wait).status == common_pb2.WORKFLOW_STATUS_RUNNING
        await stopping
        assert now() - begun < 1.5
