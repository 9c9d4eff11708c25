"""What the worker's parts rest on holds on every loop that it may run on."""

import asyncio
from collections.abc import Callable

import pytest
from sched_sdk.event_loop import new_event_loop
from sched_sdk.proto.v1.common_pb2 import Payload
from sched_sdk.worker.pulses import Pulses
from sched_sdk.worker.watch import Watch

type NewLoop = Callable[[], asyncio.AbstractEventLoop]
LOOPS = pytest.mark.parametrize("new_loop", [new_event_loop, asyncio.new_event_loop], ids=["ours", "asyncio"])


@LOOPS
def test_an_activity_may_begin_while_another_has_something_to_report(new_loop: NewLoop) -> None:
    """Its first report is due at once, so the timer stands at this very moment."""

    async def main() -> None:
        due = asyncio.Event()
        pulses = Pulses(asyncio.get_running_loop(), due.set)
        first = pulses.begin(b"first", lease_us=9_000_000, heartbeat_timeout_us=0, cancel_requested=False)
        first.report(Payload(data=b"1"))
        for _ in range(3):  # as other tasks' activities begin, whenever their messages come
            await asyncio.sleep(0)
            pulses.begin(b"other", lease_us=9_000_000, heartbeat_timeout_us=0, cancel_requested=False)
        await asyncio.wait_for(due.wait(), 10)
        assert [beat.token for beat in pulses.take() if beat.HasField("details")] == [b"first"]
        pulses.close()

    asyncio.run(main(), loop_factory=new_loop)


@LOOPS
def test_a_deadline_may_be_at_once(new_loop: NewLoop) -> None:
    """And others begin before it is told of."""

    async def main() -> None:
        watch, late = Watch(), list[str]()
        over = asyncio.Event()
        watch.begin("now", 0.0, lambda: late.append("now"))
        watch.begin("soon", 0.001, over.set)
        await asyncio.wait_for(over.wait(), 10)
        assert late == ["now"]

    asyncio.run(main(), loop_factory=new_loop)
