"""Each metric of an engine has the value that what happened gives it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from asgiref.sync import sync_to_async
from prometheus_client import REGISTRY
from sched_sdk.proto.v1 import common_pb2, history_pb2, worker_pb2, workflow_pb2

from tests.rpc.peers import (
    Peer,
    activity_stream,
    connected,
    eventually,
    finish,
    look,
    payload,
    running,
    workflow_stream,
)
from tests.store.databases import Database
from workflows.client import signal_workflow, start_workflow
from workflows.engine.engine import Engine

TRY_AGAIN = common_pb2.RetryPolicy(initial_interval_us=1000, maximum_attempts=2)


class Counted:
    """How far metrics have moved since this was made."""

    def __init__(self) -> None:
        self._before = values()

    def __call__(self, name: str, **labels: str) -> float:
        series = name, tuple(sorted(labels.items()))
        return values().get(series, 0.0) - self._before.get(series, 0.0)


def values() -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in REGISTRY.collect()
        for sample in family.samples
    }


def gauge(name: str, **labels: str) -> float | None:
    return values().get((name, tuple(sorted(labels.items()))))


async def until(condition: Callable[[], bool]) -> None:
    async def holds() -> bool:
        await asyncio.sleep(0.005)
        return condition()

    await eventually(holds)


async def end(peer: Peer) -> None:
    await peer.complete_turn(await peer.poll_workflow(), finish())


def failure(**more: object) -> common_pb2.Failure:
    return common_pb2.Failure(kind=common_pb2.FAILURE_KIND_APPLICATION, type="E", message="no", **more)  # type: ignore[arg-type]


async def fail(peer: Peer, task: worker_pb2.ActivityTask, **more: object) -> None:
    reported = worker_pb2.ActivityFailure(failure=failure(**more))
    await peer.worker.CompleteActivityTask(
        worker_pb2.ActivityTaskCompletion(token=task.token, failure=reported)
    )


async def test_starts_and_ends_are_counted_by_status(peer: Peer) -> None:
    """One that completes, one that fails, one that is terminated."""
    counted = Counted()
    await peer.start("a")
    await end(peer)
    await peer.start("b")
    failing = worker_pb2.Command(fail_workflow=worker_pb2.FailWorkflow(failure=failure()))
    await peer.complete_turn(await peer.poll_workflow(), failing)
    await peer.start("c")
    await peer.client.TerminateWorkflow(workflow_pb2.TerminateWorkflowRequest(workflow_id="c"))
    assert counted("sched_workflows_started_total") == 3
    for status in ("COMPLETED", "FAILED", "TERMINATED"):
        assert counted("sched_workflows_completed_total", status=status) == 1


async def test_a_start_from_django_code_is_counted_once_it_is_committed(peer: Peer) -> None:
    """By the process that starts it; a repeat of its request id is no start."""
    counted = Counted()
    for _ in range(2):
        await sync_to_async(start_workflow)("Type", workflow_id="a", request_id="r")
    assert counted("sched_workflows_started_total") == 1
    await end(peer)
    assert counted("sched_workflows_completed_total", status="COMPLETED") == 1
    assert counted("sched_workflows_started_total") == 1


async def test_activities_are_counted_by_outcome_and_their_attempts_are_timed(
    peer: Peer, database: Database
) -> None:
    """A failed attempt that is tried again is a retry; each attempt has its span, from claim to end."""
    counted = Counted()
    task = await peer.activity("a", retry=TRY_AGAIN)
    look(database, "UPDATE sched_tasks SET claimed_at = claimed_at - interval '7 seconds'")
    await fail(peer, task)
    await peer.succeed(await peer.poll_activity())
    await end(peer)
    await fail(peer, await peer.activity("b"), non_retryable=True)
    assert counted("sched_activity_retries_total") == 1
    assert counted("sched_activities_executed_total", status="completed") == 1
    assert counted("sched_activities_executed_total", status="failed") == 1
    assert counted("sched_activity_duration_seconds_count") == 3
    assert 7 <= counted("sched_activity_duration_seconds_sum") < 9
    assert counted("sched_activity_duration_seconds_bucket", le="5.0") == 2


async def test_the_wait_of_a_task_is_timed_by_kind(peer: Peer, database: Database) -> None:
    """From the moment it may be claimed."""
    counted = Counted()
    await peer.start("a")
    look(
        database,
        "UPDATE sched_tasks SET created_at = created_at - interval '3 seconds',"
        " visible_at = visible_at - interval '3 seconds'",
    )
    await peer.poll_workflow()
    assert counted("sched_task_poll_latency_seconds_count", kind="workflow") == 1
    assert counted("sched_task_poll_latency_seconds_count", kind="activity") == 0
    assert 3 <= counted("sched_task_poll_latency_seconds_sum", kind="workflow") < 5


async def test_commits_are_counted_sized_and_timed(peer: Peer) -> None:
    """A start is a commit of one transition, and takes some time that is less than the whole call."""
    counted = Counted()
    loop = asyncio.get_running_loop()
    began = loop.time()
    await peer.start("a")
    spent = loop.time() - began
    assert counted("sched_commit_batch_transitions_count") == 1
    assert counted("sched_commit_batch_transitions_sum") == 1
    assert counted("sched_commit_duration_seconds_count") == 1
    assert 0 < counted("sched_commit_duration_seconds_sum") < spent


async def test_the_lateness_of_timers_is_from_due_to_durable(peer: Peer) -> None:
    """A sleep of some milliseconds, fired in time."""
    counted = Counted()
    await peer.start("a")
    sleep = worker_pb2.Command(start_timer=worker_pb2.StartTimer(command=0, duration_us=20_000))
    await peer.complete_turn(await peer.poll_workflow(), sleep, waits_for=[0])
    await end(peer)
    assert counted("sched_timer_lateness_seconds_count") == 1
    assert 0 < counted("sched_timer_lateness_seconds_sum") < 5


async def test_what_waits_is_told_by_queue_and_kind_with_its_age(peer: Peer, database: Database) -> None:
    """As the leader's sweep finds it."""
    for number in range(3):
        await peer.start(f"w-{number}", task_queue="slow")
    look(database, "UPDATE sched_tasks SET created_at = created_at - interval '90 seconds'")
    await until(lambda: (gauge("sched_task_backlog_age_seconds", kind="workflow", queue="slow") or 0) > 80)
    assert gauge("sched_task_backlog", kind="workflow", queue="slow") == 3
    assert gauge("sched_task_backlog_age_seconds", kind="workflow", queue="slow") == pytest.approx(90, abs=9)
    assert gauge("sched_task_backlog", kind="activity", queue="slow") is None


async def test_workers_and_streams_are_counted_where_they_are(peer: Peer) -> None:
    """A worker with two streams, one that polls, a client's stream; none once they are gone."""
    turns = await workflow_stream(peer, credits=1, task_queue="q", identity="a", session_id="a")
    attempts = await activity_stream(peer, credits=1, task_queue="q", identity="a", session_id="a")
    calls = peer.client.StreamCalls()
    polling = asyncio.ensure_future(peer.poll_workflow(task_queue="q", identity="b"))
    await until(lambda: gauge("sched_workers", kind="workflow", queue="q") == 2)
    polling.cancel()
    assert gauge("sched_worker_streams", kind="workflow", queue="q") == 1
    await until(lambda: gauge("sched_workers", kind="activity", queue="q") == 1)
    await until(lambda: gauge("sched_client_streams") == 1)
    for call in (turns.call, attempts.call, calls):
        call.cancel()
    await until(lambda: gauge("sched_worker_streams", kind="workflow", queue="q") is None)
    await until(lambda: gauge("sched_client_streams") == 0)
    await until(lambda: gauge("sched_workers", kind="activity", queue="q") is None)


async def test_who_leads_and_what_it_reaches(database: Database) -> None:
    """One that leads, a second one that does not; without Redis there is nothing to tell of it."""
    async with running(database) as one, running(database) as two:
        await until(lambda: one.is_leader or two.is_leader)
        assert gauge("sched_leader") == 1
        assert gauge("sched_database_reachable") == 2
        assert gauge("sched_redis_reachable") is None
    assert gauge("sched_leader") is None


async def test_timers_and_inputs_that_wait_are_told(peer: Peer) -> None:
    """An armed timer; lanes are told though nothing waits in them."""
    before = gauge("sched_timers_armed") or 0.0
    await peer.start("a", execution_timeout_us=30_000_000)
    assert gauge("sched_timers_armed") == before + 1
    for lane in ("completions", "requests", "loops", "late"):
        assert gauge("sched_commit_waiting", lane=lane) == 0


async def test_the_lag_of_the_inbox_is_the_wait_of_its_oldest_entry(
    engine: Engine, peer: Peer, database: Database
) -> None:
    """A signal that no hint told of, as found by the net; nothing waits afterwards."""
    await until(lambda: engine.is_leader)
    await peer.start("a")
    await sync_to_async(signal_workflow)("a", "go")
    await eventually(lambda: _names(peer, "SR"))
    look(
        database,
        "INSERT INTO sched_inbox (run_id, namespace, shard, kind, data, request_id, created_at) SELECT run_id,"
        " namespace, shard, 1, %s, '', clock_timestamp() - interval '40 seconds' FROM sched_executions",
        history_pb2.SignalReceived(name="later").SerializeToString(),
    )
    await until(lambda: (gauge("sched_inbox_lag_seconds") or 0) > 30)
    await until(lambda: gauge("sched_inbox_lag_seconds") == 0)


async def _names(peer: Peer, part: str) -> bool:
    return part in await peer.names("a")


async def test_a_payload_is_in_no_metric(database: Database) -> None:
    """Nor an id of a run."""
    async with running(database) as engine, connected(engine) as peer:
        await peer.start("order-of-ada", input=payload(b'"card-of-ada"'))
        await end(peer)
        told = str(values())
    assert "of-ada" not in told
