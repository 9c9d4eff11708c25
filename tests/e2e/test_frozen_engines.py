"""Scenario 32: two engines, one key. The leader killed, engines frozen while idle, leading and in mid-transaction.

A frozen process (SIGSTOP) keeps its connections and its locks, and does not know on waking that time has passed. It
must block nobody for longer than `BLOCKED_SECONDS`, and must change nothing by what it had in mind.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
import pytest
from sched_sdk.client import Client, WorkflowHandle
from sched_sdk.proto.v1.history_pb2 import HistoryEvent

from tests.e2e.harness import histories
from tests.e2e.harness.second_process import SecondProcess
from tests.e2e.harness.stack import Stack
from tests.e2e.harness.waiting import let_pass, wait_for
from tests.store.wire import Wire

FAIL_OVER_SECONDS = BLOCKED_SECONDS = 5.0
MISSED_SECONDS = 12.0
"""Keepalive of a connection to a peer that says nothing."""
HELD_SECONDS = 0.7
"""For which a statement is held by a test's trigger: enough to freeze its process meanwhile."""
SIGNALLED = "WS, Y, TS, SR, Y, TX, WC"

type Pair = tuple[Stack, Stack]


@pytest.fixture
def database(two_engines: Pair) -> Iterator[psycopg.Connection]:
    """A session of the test, and no trigger left behind."""
    dsn = two_engines[0].backend.variables["SCHED_POSTGRES_DSN"]
    with psycopg.connect(dsn, autocommit=True) as connection:
        yield connection
        connection.execute("DROP SCHEMA IF EXISTS held CASCADE")


def hold_once(database: psycopg.Connection, what: str) -> None:
    """The next statement that does `what` takes `HELD_SECONDS` longer. A sequence counts: it is never rolled back."""
    database.execute(
        f"""CREATE SCHEMA held;
        CREATE SEQUENCE held.times;
        CREATE FUNCTION held.hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF nextval('held.times') = 1 THEN PERFORM pg_sleep({HELD_SECONDS}); END IF;
            RETURN coalesce(NEW, OLD);
        END $$;
        CREATE TRIGGER held BEFORE {what} FOR EACH ROW EXECUTE FUNCTION held.hold()""".encode()
    )


def holder(database: psycopg.Connection, pair: Pair) -> tuple[Stack, Stack]:
    """The engine whose statement is held, and the other one."""
    query = """SELECT client_port FROM pg_stat_activity
        WHERE wait_event = 'PgSleep' AND datname = current_database()"""
    [[port]] = wait_for(lambda: database.execute(query).fetchall(), "held statement")
    one, other = pair
    return (one, other) if port in ports_of(one) else (other, one)


def ports_of(stack: Stack) -> set[int]:
    assert stack.engine is not None
    return {each.laddr.port for each in psutil.Process(stack.engine.pid).net_connections("tcp")}


@contextmanager
def frozen(stack: Stack) -> Iterator[float]:
    """Its engine is stopped while the block runs; gives the moment."""
    assert stack.engine is not None
    stack.engine.pause()
    try:
        yield time.time()
    finally:
        stack.engine.resume()


def check_it_woke_up_harmless(stack: Stack, leader: Stack, handles: Sequence[WorkflowHandle]) -> None:
    """It knows at once that it does not lead, and what it had in mind changes nothing."""
    before = [texts(handle.history()) for handle in handles]
    assert stack.leads is False
    time_for_whatever_it_had_in_mind()
    assert (stack.leads, leader.leads) == (False, True)
    assert [texts(handle.history()) for handle in handles] == before
    assert stack.start("Doubling", 4).result(60) == 9


def time_for_whatever_it_had_in_mind() -> None:
    """Its loops pass each second, its armed timers fire at once, its requests are answered."""
    let_pass(1.5)


def texts(events: Sequence[HistoryEvent]) -> list[str]:
    return [histories.told_of(event) for event in events]


def by_lead(pair: Pair) -> Pair:
    """The leader, and the one that follows: there is one of each."""
    one, other = pair
    wait_for(lambda: one.leads != other.leads, "one leader")
    return (one, other) if one.leads else (other, one)


def at_the_other(stack: Stack, handle: WorkflowHandle) -> WorkflowHandle:
    """The same workflow, asked for at that engine."""
    return stack.client.handle(handle.workflow_id)


def test_32_frozen_while_leading_and_while_idle(two_engines: Pair) -> None:
    """The other leads in time and fires the timers that the frozen one had armed; a frozen follower is not missed."""
    first, second = by_lead(two_engines)
    asleep = first.start("Nap", 1.0)
    first.wait_until(asleep, "WS, Y, TS")
    seen = at_the_other(second, asleep)
    with frozen(first) as at:
        wait_for(lambda: second.leads, "new leader")
        assert time.time() - at <= FAIL_OVER_SECONDS
        assert seen.result(60) == "rested"
        events = second.wait_until(seen, "WS, Y, TS, TF, Y, WC")
        assert histories.of_kind(events, "TF")[0].time_us / 1e6 - at <= 1.0 + FAIL_OVER_SECONDS
    check_it_woke_up_harmless(first, second, [seen])
    assert first.engine is not None
    assert "no longer leading" in first.engine.log
    with frozen(first):
        signalled = second.start("SignalDemo")
        signalled.signal("go", "now")
        assert signalled.result(60) == "got go=now"
    check_it_woke_up_harmless(first, second, [seen, signalled])


def test_32_frozen_with_callers_and_workers(two_engines: Pair, tmp_path: Path) -> None:
    """Behind an address that leads elsewhere by now: they miss it in time, and repeat at the other what is in hand."""
    first, second = by_lead(two_engines)
    wire = Wire("127.0.0.1", first.port)
    address = f"127.0.0.1:{wire.port}"
    first.start_worker("moving", ENGINE_ADDRESS=address)
    with Client(address) as client, ThreadPoolExecutor(1) as threads:
        held = client.start("HeldUntilTold", str(tmp_path), task_queue="moving")
        wait_for((tmp_path / "running").exists, "activity that runs")
        with frozen(first) as at:
            wire.lead_to(second.port)
            asked = threads.submit(client.start, "Doubling", 5, task_queue="moving", workflow_id="asked-once")
            (tmp_path / "go").touch()
            handles = [at_the_other(second, each) for each in (asked.result(60), held)]
            assert [handle.result(60) for handle in handles] == [11, "told"]
            assert time.time() - at <= MISSED_SECONDS + BLOCKED_SECONDS
            events = second.wait_until(handles[1], "WS, Y, AS, AC, Y, WC")
            assert histories.attributes(events, "AC")[0].delivery == 1
        check_it_woke_up_harmless(first, second, handles)
    wire.down()


def test_32_frozen_between_lock_and_decision(two_engines: Pair, database: psycopg.Connection) -> None:
    """Its locks are free again in time, and what it would have decided is decided by the other, once."""
    handle = two_engines[0].start("SignalDemo")
    two_engines[0].wait_until(handle, "WS, Y, TS")
    hold_once(database, "DELETE ON sched_inbox")
    with SecondProcess(two_engines[0].backend.variables) as django:
        django.signal_workflow(handle.workflow_id, "go", "once")
        stopped, other = holder(database, two_engines)
        with frozen(stopped) as at:
            seen = at_the_other(other, handle)
            events = wait_for(lambda: histories.of_kind(seen.history(), "SR"), "signal")
            assert events[0].time_us / 1e6 - at <= BLOCKED_SECONDS
            wait_for(lambda: other.leads, "leader that is awake")
            assert seen.result(60) == "got go=once"
            other.wait_until(seen, SIGNALLED)
    check_it_woke_up_harmless(stopped, other, [seen])


def test_32_frozen_between_commit_and_answer(two_engines: Pair, database: psycopg.Connection) -> None:
    """The server commits without it; the caller hears so when it wakes, and the step is there once."""
    first, second = by_lead(two_engines)
    handle = second.start("SignalDemo")
    seen = at_the_other(first, handle)
    first.wait_until(seen, "WS, Y, TS")
    hold_once(database, "INSERT ON sched_events")
    with ThreadPoolExecutor(1) as threads:
        asked = threads.submit(handle.signal, "go", "once")
        assert holder(database, two_engines) == (second, first)
        with frozen(second) as at:
            events = wait_for(lambda: histories.of_kind(seen.history(), "SR"), "signal")
            assert events[0].time_us / 1e6 - at <= BLOCKED_SECONDS
            assert seen.result(60) == "got go=once"
            first.wait_until(seen, SIGNALLED)
            assert not asked.done()
        asked.result(30)
    check_it_woke_up_harmless(second, first, [seen])


def test_32_the_leader_killed(two_engines: Pair) -> None:
    """The other leads in time, and goes on with its work."""
    first, second = by_lead(two_engines)
    asleep = first.start("Nap", 1.0)
    first.wait_until(asleep, "WS, Y, TS")
    first.kill_engine()
    killed_at = time.monotonic()
    wait_for(lambda: second.leads, "new leader")
    assert time.monotonic() - killed_at <= FAIL_OVER_SECONDS
    assert at_the_other(second, asleep).result(60) == "rested"
