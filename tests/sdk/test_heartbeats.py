"""Life signs: what an activity reports arrives, thinned out; leases are renewed; the answer stops it."""

import asyncio
import json
import threading
from typing import Any

import pytest
from sched_sdk.errors import Cancelled
from sched_sdk.proto.v1 import worker_pb2

from tests.sdk.peer import activity_task, payload, peer_engine
from tests.sdk.working import client_of, running_worker

pytestmark = pytest.mark.parametrize("streaming", [True, False], ids=["stream", "poll"])


def details(heartbeat: worker_pb2.ActivityHeartbeat) -> Any:
    return json.loads(heartbeat.details.data) if heartbeat.HasField("details") else None


async def test_the_first_and_the_last_report_arrive(streaming: bool) -> None:
    """A thousand reports at once become few messages; the last one's details are among them."""
    async with peer_engine() as peer:
        client, gate = client_of(peer), threading.Event()

        @client.activity("Chatty")
        def chatty(ctx: Any) -> None:
            for step in range(1000):
                ctx.heartbeat(step)
            assert gate.wait(10)

        async with running_worker(client, streaming=streaming):
            peer.give("activity", activity_task("Chatty", heartbeat_timeout_us=900_000))
            await peer.until(lambda: any(details(beat) == 999 for beat in peer.heartbeats))
            gate.set()
            await peer.until(lambda: peer.completions)
        assert len([beat for beat in peer.heartbeats if not beat.renew_only]) < 10


async def test_the_last_words_of_a_failed_attempt_arrive_before_its_end(streaming: bool) -> None:
    """The next attempt starts from them, so the throttle does not hold them back."""
    async with peer_engine() as peer:
        client = client_of(peer)

        @client.activity("Fails")
        def fails(ctx: Any) -> None:
            ctx.heartbeat("first")
            ctx.heartbeat("last")
            raise ValueError("after its last words")

        async with running_worker(client, streaming=streaming):
            known: list[Any] = []

            def acknowledge(completion: Any) -> worker_pb2.CompletionAck:
                known.extend(details(beat) for beat in peer.heartbeats)
                return worker_pb2.CompletionAck(id=completion.id)

            peer.acks = acknowledge
            peer.give("activity", activity_task("Fails"))
            await peer.until(lambda: peer.completions)
        assert known[-1] == "last"


async def test_leases_are_renewed_whatever_the_activity_does(streaming: bool) -> None:
    """At a third of the lease, without a word from the activity; it reports no progress for it."""
    async with peer_engine() as peer:
        client, gate = client_of(peer), threading.Event()

        @client.activity("Silent")
        def silent(ctx: Any) -> None:
            assert gate.wait(10)

        async with running_worker(client, streaming=streaming):
            peer.give("activity", *(activity_task("Silent", lease_us=300_000) for _ in range(3)))
            await peer.until(lambda: len(peer.heartbeats) >= 9)
            gate.set()
            await peer.until(lambda: len(peer.completions) == 3)
        assert all(beat.renew_only and not beat.HasField("details") for beat in peer.heartbeats)
        assert len({beat.token for beat in peer.heartbeats}) == 3


@pytest.mark.parametrize("verdict", ["cancel_requested", "lost"])
async def test_the_engines_verdict_stops_the_activity(streaming: bool, verdict: str) -> None:
    """`ctx.heartbeat` raises Cancelled; leaving the function it is `canceled`, not a failure."""
    async with peer_engine() as peer:
        client, stop = client_of(peer), threading.Event()

        @client.activity("Works")
        def works(ctx: Any) -> None:
            while not stop.wait(0.01):
                ctx.heartbeat("working")

        try:
            async with running_worker(client, streaming=streaming):
                task = activity_task("Works", heartbeat_timeout_us=300_000)
                peer.verdicts[task.token] = {verdict: True}
                peer.give("activity", task)
                await peer.until(lambda: peer.completions)
                assert peer.completions[0].WhichOneof("outcome") == "canceled"
        finally:
            stop.set()


async def test_a_task_that_is_asked_to_stop_at_its_birth(streaming: bool) -> None:
    """The first heartbeat raises; an activity that catches it may still return a result."""
    async with peer_engine() as peer:
        client = client_of(peer)

        @client.activity("Tidy")
        async def tidy(ctx: Any) -> str:
            try:
                ctx.heartbeat()
            except Cancelled:
                return "tidied" if ctx.cancel_requested else "?"
            return "not asked"

        async with running_worker(client, streaming=streaming):
            peer.give("activity", activity_task("Tidy", cancel_requested=True), activity_task("Tidy"))
            await peer.until(lambda: len(peer.completions) == 2)
        assert {done.result.data for done in peer.completions} == {b'"tidied"', b'"not asked"'}


async def test_an_activity_knows_which_attempt_it_is(streaming: bool) -> None:
    """Its info, and the details of the attempt before."""
    async with peer_engine() as peer:
        client = client_of(peer)

        @client.activity("Who")
        def who(ctx: Any) -> list[Any]:
            info = ctx.info
            return [
                info.workflow_id,
                info.run_id,
                info.activity_id,
                info.attempt,
                info.delivery,
                ctx.heartbeat_details,
            ]

        async with running_worker(client, streaming=streaming):
            task = activity_task("Who", attempt=4, heartbeat_details=payload('{"step":7}'))
            peer.give("activity", task)
            await peer.until(lambda: peer.completions)
        assert json.loads(peer.completions[0].result.data) == ["order-1", "run-1", 3, 4, 1, {"step": 7}]


async def test_details_that_are_no_json_are_the_activitys_error(streaming: bool) -> None:
    """They are refused where they are given, and nothing is sent."""
    async with peer_engine() as peer:
        client = client_of(peer)

        @client.activity("Odd")
        def odd(ctx: Any) -> None:
            ctx.heartbeat(object())

        async with running_worker(client, streaming=streaming):
            peer.give("activity", activity_task("Odd"))
            await peer.until(lambda: peer.completions)
        assert peer.completions[0].failure.failure.type == "PayloadError"
        assert peer.heartbeats == []


async def test_details_on_a_broken_stream_are_sent_again(streaming: bool) -> None:
    """After a reconnect the engine hears of every running activity, at once."""
    if not streaming:  # nothing to break: each heartbeat is a call of its own
        return
    async with peer_engine() as peer:
        client, gate = client_of(peer), asyncio.Event()

        @client.activity("Holds")
        async def holds(ctx: Any) -> None:
            ctx.heartbeat("progress")
            await gate.wait()

        async with running_worker(client, streaming=True):
            peer.give("activity", activity_task("Holds"))
            await peer.until(lambda: peer.heartbeats)
            peer.stream("activity").cut()
            await peer.until(lambda: len(peer.heartbeats) == 2)
            gate.set()
            await peer.until(lambda: peer.completions)
