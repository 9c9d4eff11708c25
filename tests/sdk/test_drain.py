"""How a worker stops: it takes nothing new, lets work finish within the grace, hands back the rest, and is gone."""

import asyncio
import logging
import os
import signal
import subprocess
import sys
import threading
from typing import Any

import pytest
from sched_sdk.client import Client
from sched_sdk.proto.v1 import worker_pb2

from tests.sdk.peer import PATIENCE_SECONDS, Peer, activity_task, keep_silent, payload, peer_engine
from tests.sdk.working import client_of, running_worker

modes = pytest.mark.parametrize("streaming", [True, False], ids=["stream", "poll"])


async def ended(running: "asyncio.Task[None]") -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        await running


@modes
async def test_what_runs_may_finish(streaming: bool, caplog: pytest.LogCaptureFixture) -> None:
    """Its result arrives, and then the worker ends."""
    caplog.set_level(logging.INFO)
    async with peer_engine() as peer:
        client, gate, begun = client_of(peer), asyncio.Event(), asyncio.Event()

        @client.activity("Hold")
        async def hold(ctx: Any) -> str:
            begun.set()
            await gate.wait()
            return "done"

        async with running_worker(client, streaming=streaming, shutdown_grace=10) as running:
            peer.give("activity", activity_task("Hold"))
            await begun.wait()
            client.stop()
            while "stopping: what runs may finish" not in caplog.text:  # noqa: ASYNC110 - a log has no event
                await asyncio.sleep(0)
            if streaming:
                peer.stream("activity").send(tasks=[activity_task("Hold", attempt=2)])
                await peer.until(lambda: peer.completions)
                assert peer.completions.pop().returned.reason == worker_pb2.RETURN_REASON_DRAIN
            gate.set()
            await ended(running)
        assert [done.result for done in peer.completions] == [payload('"done"')]
        assert not peer.streams


@modes
@pytest.mark.parametrize("activity", ["Stubborn", "StubbornAsync"])
async def test_what_does_not_finish_goes_back(streaming: bool, activity: str) -> None:
    """Same attempt; the activity learns it at its next heartbeat, and its end is nobody's business any more."""
    async with peer_engine() as peer:
        client, begun, release = client_of(peer), asyncio.Event(), threading.Event()
        loop = asyncio.get_running_loop()

        @client.activity("Stubborn")
        def stubborn(ctx: Any) -> str:
            loop.call_soon_threadsafe(begun.set)
            assert release.wait(10)
            return "too late"

        @client.activity("StubbornAsync")
        async def stubborn_async(ctx: Any) -> str:
            begun.set()
            await asyncio.Event().wait()
            return "too late"

        async with running_worker(client, streaming=streaming, shutdown_grace=0.2) as running:
            peer.give("activity", activity_task(activity))
            await begun.wait()
            client.stop()
            await ended(running)
        release.set()
        (completion,) = peer.completions
        assert completion.returned.reason == worker_pb2.RETURN_REASON_DRAIN


@modes
async def test_what_goes_back_leaves_its_last_details(streaming: bool) -> None:
    """Ahead of the throttle: the next worker starts from them."""
    async with peer_engine() as peer:
        client, begun = client_of(peer), asyncio.Event()

        @client.activity("Counts")
        async def counts(ctx: Any) -> None:
            ctx.heartbeat("first")
            ctx.heartbeat("last")
            begun.set()
            await asyncio.Event().wait()

        async with running_worker(client, streaming=streaming, shutdown_grace=0) as running:
            peer.give("activity", activity_task("Counts"))
            await begun.wait()
            client.stop()
            await ended(running)
        assert peer.heartbeats[-1].details == payload('"last"')
        assert peer.completions[0].returned.reason == worker_pb2.RETURN_REASON_DRAIN


@modes
async def test_a_second_stop_ends_it_at_once(streaming: bool) -> None:
    """Whatever runs and whatever the grace is."""
    async with peer_engine() as peer:
        client, begun = client_of(peer), asyncio.Event()

        @client.activity("Endless")
        async def endless(ctx: Any) -> None:
            begun.set()
            await asyncio.Event().wait()

        async with running_worker(client, streaming=streaming, shutdown_grace=3600) as running:
            peer.give("activity", activity_task("Endless"))
            await begun.wait()
            client.stop()
            client.stop()
            await ended(running)
        assert not peer.completions


async def test_an_engine_that_never_acknowledges_does_not_hold_it() -> None:
    """The grace is the limit."""
    async with peer_engine() as peer:
        client = client_of(peer)
        peer.acks = keep_silent

        @client.activity("Quick")
        def quick(ctx: Any) -> int:
            return 1

        async with running_worker(client, streaming=True, shutdown_grace=0.1) as running:
            peer.give("activity", activity_task("Quick"))
            await peer.until(lambda: peer.completions)
            client.stop()
            await ended(running)


@modes
async def test_it_stops_while_the_engine_is_away(streaming: bool) -> None:
    """Nothing is in hand, so there is nothing to wait for."""
    async with peer_engine() as peer:
        client = client_of(peer)
        client.activity("Quick")(_quick)
        async with running_worker(client, streaming=streaming, shutdown_grace=3600) as running:
            await peer.until(lambda: peer.subscriptions)
            await peer.stop()
            client.stop()
            await ended(running)


def _quick(ctx: Any) -> int:
    return 1


@modes
async def test_a_blocking_worker_runs_in_any_thread(streaming: bool) -> None:
    """`run_worker` blocks its thread; `stop` comes from another."""
    async with peer_engine() as peer:
        client = Client(peer.address)
        client.activity("Quick")(_quick)
        thread = threading.Thread(target=client.run_worker, kwargs={"streaming": streaming})
        thread.start()
        peer.give("activity", activity_task("Quick"))
        await peer.until(lambda: peer.completions)
        client.stop()
        await asyncio.to_thread(thread.join, PATIENCE_SECONDS)
        assert not thread.is_alive()
        client.close()


def demo_process(peer: Peer, **environment: str) -> subprocess.Popen[str]:
    """The demo worker as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "sched_sdk.demo"],
        env={**os.environ, "ENGINE_ADDRESS": peer.address, **environment},
        stderr=subprocess.PIPE,
        text=True,
    )


@modes
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_drains_the_demo_worker(streaming: bool, number: signal.Signals) -> None:
    """It hands back its long activity within the grace and exits 0."""
    async with peer_engine() as peer:
        process = demo_process(
            peer,
            SCHED_WORKER_STREAMING=str(streaming),
            SCHED_SHUTDOWN_GRACE_SECONDS="1",
            SCHED_LOG_FORMAT="json",
        )
        try:
            peer.give("activity", activity_task("LongWork"))
            await peer.until(lambda: peer.heartbeats)
            process.send_signal(number)
            await peer.until(lambda: peer.completions)
            _, log = await asyncio.to_thread(process.communicate, timeout=PATIENCE_SECONDS)
        finally:
            process.kill()
        assert process.returncode == 0, log
        assert peer.completions[0].returned.reason == worker_pb2.RETURN_REASON_DRAIN
        assert "Traceback" not in log
        assert all(line.startswith("{") for line in log.splitlines())


async def test_the_demo_worker_starts_a_report_if_told() -> None:
    """AUTO_START_TEST starts one MonthlyReport after boot."""
    async with peer_engine() as peer:
        process = demo_process(peer, AUTO_START_TEST="true", TASK_QUEUE="reports")
        try:
            await peer.until(lambda: peer.requests)
            assert peer.requests[0].workflow_type == "MonthlyReport"
            assert peer.requests[0].task_queue == "reports"
            assert all(subscription.task_queue == "reports" for subscription in peer.subscriptions)
        finally:
            process.kill()
            await asyncio.to_thread(process.communicate)


async def test_the_demo_worker_refuses_a_bad_setting() -> None:
    """One sentence that names the variable, and no traceback."""
    async with peer_engine() as peer:
        process = demo_process(peer, SCHED_ACTIVITY_SLOTS="many")
        _, log = await asyncio.to_thread(process.communicate, timeout=PATIENCE_SECONDS)
        assert process.returncode == 2
        assert log == "SCHED_ACTIVITY_SLOTS='many' is not allowed: a whole number from 1 to 10000.\n"
