"""What Django code starts and signals inside `atomic()` exists if and only if the block commits, and runs at once then.

On Postgres from a process beside the engine, on the embedded database in the server's own process.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sched_sdk import NotFound
from sched_sdk.errors import RpcError

from tests.e2e.harness.second_process import RefusedThere, Writer
from tests.e2e.harness.stack import Stack
from tests.e2e.harness.waiting import let_pass

AT_ONCE_SECONDS = 1.0
OPEN_SECONDS = 10.0


def test_a_block_that_commits(writer: Writer) -> None:
    """Its workflow, and the signal to it, exist from then on and run at once; before that nobody sees it."""
    assert min(seconds_after_commit(writer) for _ in range(3)) <= AT_ONCE_SECONDS


def seconds_after_commit(writer: Writer) -> float:
    """Starts and signals in a nested block; the time from the outer commit to the result."""
    writer.process.begin()
    writer.process.begin()
    handle = writer.start("SignalDemo")
    writer.process.signal_workflow(handle.workflow_id, "go", "now")
    writer.process.commit()
    with pytest.raises(NotFound):
        handle.describe()
    writer.process.commit()
    committed = time.monotonic()
    assert handle.result(30) == "got go=now"
    return time.monotonic() - committed


def test_a_block_that_is_rolled_back(writer: Writer) -> None:
    """Neither the start nor the signal has happened; what the outer block did stays."""
    kept = writer.start("Listening")
    writer.process.begin()
    outer = writer.start("HelloWorld", "outer")
    writer.process.begin()
    inner = writer.start("HelloWorld", "inner")
    writer.process.signal_workflow(kept.workflow_id, "never")
    writer.process.rollback()
    writer.process.commit()
    assert outer.result(30) == "Hello workflow completed"
    with pytest.raises(NotFound):
        inner.describe()
    assert [event.number for event in kept.history()] == [1, 2]
    assert kept.terminate()


def test_a_refusal_leaves_the_block_usable(writer: Writer) -> None:
    """A start that the policies refuse has changed nothing; the block goes on and commits."""
    first = writer.start("Listening")
    writer.process.begin()
    with pytest.raises(RefusedThere, match="Rejected"):
        writer.start("Listening", workflow_id=first.workflow_id)
    second = writer.start("HelloWorld")
    writer.process.commit()
    assert second.result(30) == "Hello workflow completed"
    assert first.terminate()


def test_an_open_block_delays_nobody(postgres_writer: Writer) -> None:
    """But a start of the same workflow id: that is refused as busy, and possible once the block is over."""
    stack, process = postgres_writer.stack, postgres_writer.process
    other = postgres_writer.start("Listening")
    process.begin()
    mine = postgres_writer.start("HelloWorld", workflow_id="in-an-open-block")
    process.signal_workflow(other.workflow_id, "later")
    with pytest.raises(RpcError) as busy:
        stack.client.start("HelloWorld", workflow_id="in-an-open-block")
    assert (busy.value.code, busy.value.reason) == ("ABORTED", "ID_BUSY")
    slowest = max(seconds_of_work(stack) for _ in ten_seconds())
    process.commit()
    assert slowest <= AT_ONCE_SECONDS
    assert mine.result(30) == "Hello workflow completed"
    assert other.result(30) is None
    again = stack.start("HelloWorld", workflow_id="in-an-open-block")
    assert again.result(30) == "Hello workflow completed"


def seconds_of_work(stack: Stack) -> float:
    begun = time.monotonic()
    assert stack.start("Doubling", 1).result(30) == 3
    return time.monotonic() - begun


def ten_seconds() -> Iterator[None]:
    """Again and again until they are over."""
    begun = time.monotonic()
    while time.monotonic() - begun < OPEN_SECONDS:
        yield


def test_on_the_embedded_database_others_wait_for_a_block(embedded_writer: Writer) -> None:
    """Starts, a signal and the turns of others wait until it is over, and none of them sees an error."""
    stack, process = embedded_writer.stack, embedded_writer.process
    listening = stack.start("Listening")
    stack.wait_until(listening, "WS, Y")
    process.begin()
    mine = embedded_writer.start("HelloWorld")
    with ThreadPoolExecutor(4) as threads:
        starts = [threads.submit(stack.start, "Doubling", number) for number in range(3)]
        signal = threads.submit(listening.signal, "go")
        others_wait_for_three_seconds()
        assert not any(start.done() for start in starts)
        assert not signal.done()
        process.commit()
        assert [future.result(30).result(30) for future in starts] == [1, 3, 5]
        signal.result(30)
    assert mine.result(30) == "Hello workflow completed"
    assert listening.result(30) is None


def others_wait_for_three_seconds() -> None:
    let_pass(3.0)
