"""An input that finds the committing thread idle is taken through by the thread that brings it (`store.alone`)."""

from __future__ import annotations

import select
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future

import pytest

from tests.store.committing import SECONDS, Writer, another, kill, settling
from tests.store.databases import Database
from tests.store.driver import Driver, new_run_id, payload, start
from tests.store.wire import Cut, wire_to
from workflows.core import inputs as i
from workflows.core.rejection import Code, Rejected
from workflows.core.state import State
from workflows.core.transition import Reply, Started
from workflows.store.alone import Alone
from workflows.store.lanes import LONE_BYTES_MAX, LONE_MIN, Drain, Lane, Lanes, Submission
from workflows.store.postgres import PostgresBackend

MOMENT = 0.1
"""Seconds in which what must not happen would have."""


@pytest.fixture
def writer(postgres: Database) -> Iterator[Writer]:
    writer = Writer(postgres.target)
    yield writer
    writer.stop()


@pytest.fixture
def look(postgres: Database) -> Iterator[Driver]:
    """At what is committed, and as another writer."""
    backend = PostgresBackend(postgres.target, require_durability=False)
    yield Driver(backend, postgres)
    backend.close()


def tried(writer: Writer, given: i.Input | Drain) -> tuple[Alone | None, Future[Reply]]:
    answer: Future[Reply] = Future()
    submission = Submission(given=given, answer=settling(answer), lane=Lane.REQUESTS)
    return writer.commits.begin_alone(submission), answer


def begun_at(writer: Writer, given: i.Input) -> tuple[Alone, Future[Reply]]:
    """Taken, once there have been enough that came alone, and the thread is back from the one before."""
    deadline = time.monotonic() + SECONDS
    while True:
        alone, answer = tried(writer, given)
        if alone is not None:
            return alone, answer
        assert time.monotonic() < deadline, "never alone"


def begun(writer: Writer, given: i.Input) -> tuple[Alone, Future[Reply]]:
    """As `begun_at`, behind another input, which has the writer connect."""
    writer.submit(start()).result(SECONDS)
    return begun_at(writer, given)


def end(alone: Alone) -> None:
    """As the event loop does."""
    await_answer(alone)
    alone.end()


def await_answer(alone: Alone) -> None:
    assert alone.descriptor is not None
    poll = select.poll()
    poll.register(alone.descriptor, select.POLLIN)
    while not alone.is_answered():
        assert poll.poll(SECONDS * 1000), "no answer"


def test_it_is_answered_after_its_commit(writer: Writer, postgres: Database) -> None:
    """On the thread that has brought it; when its caller hears of it, every other session can see the run."""
    alone, answer = begun(writer, start("alone"))
    assert not answer.done()
    end(alone)
    assert isinstance(answer.result(0), Started)
    with another(postgres) as connection:
        found = connection.execute("SELECT 1 FROM sched_executions WHERE workflow_id = 'alone'").fetchall()
    assert found == [(1,)]
    assert writer.sizes == [1, 1]


def test_what_comes_meanwhile_is_the_next_batch(writer: Writer) -> None:
    """Two threads never have the connection."""
    alone, answer = begun(writer, start("alone"))
    others = [writer.submit(start(f"other-{number}")) for number in range(5)]
    assert tried(writer, start("third"))[0] is None
    time.sleep(MOMENT)
    assert not any(other.done() for other in others)
    end(alone)
    assert answer.done()
    for other in others:
        assert isinstance(other.result(SECONDS), Started)
    assert writer.sizes == [1, 1, 5]


def test_nothing_goes_alone_while_a_batch_is_under_way(writer: Writer) -> None:
    """It would share the connection with it."""
    with writer.held(start()) as first:
        for _ in range(2 * LONE_MIN):
            assert tried(writer, start())[0] is None
    first.result(SECONDS)


def test_lanes_are_lent_to_who_comes_alone_again_and_again() -> None:
    """While somebody has borrowed them nothing is taken, and a batch of several begins the count anew."""
    lanes, taken = Lanes(), Future[list[Submission]]()
    one, *several = [Submission(given=start(), answer=lambda _: None, lane=Lane.REQUESTS) for _ in range(3)]
    assert not lanes.borrow(one)  # nobody has come for anything yet
    thread = threading.Thread(target=lambda: taken.set_result(lanes.take()))
    thread.start()
    await_takers(lanes)
    assert [lanes.borrow(one) for _ in range(LONE_MIN + 2)] == [False] * LONE_MIN + [True, False]
    lanes.put(several)
    time.sleep(MOMENT)
    assert not taken.done()
    lanes.give_back()
    assert taken.result(SECONDS) == several
    thread = threading.Thread(target=lanes.take)
    thread.start()
    await_takers(lanes)
    assert [lanes.borrow(one) for _ in range(LONE_MIN + 1)] == [False] * LONE_MIN + [True]
    lanes.give_back()
    lanes.close()
    thread.join(SECONDS)
    assert not lanes.borrow(one)


def test_what_loops_find_is_never_alone() -> None:
    """A timer that fires is no sign that a queue commits; and its state is loaded."""
    lanes = Lanes()
    own = [Submission(given=start(), answer=lambda _: None, lane=lane) for lane in (Lane.LOOPS, Lane.LATE)]
    thread = threading.Thread(target=lanes.take)
    thread.start()
    await_takers(lanes)
    assert not any(lanes.borrow(each) for each in own * LONE_MIN * 2)
    assert not lanes._expected
    lanes.close()
    thread.join(SECONDS)


def test_a_large_input_is_never_alone() -> None:
    """It would not fit the socket at once, and who else comes would wait for it."""
    lanes = Lanes()
    sizes = {LONE_BYTES_MAX: True, LONE_BYTES_MAX + 1: False}
    thread = threading.Thread(target=lanes.take)
    thread.start()
    await_takers(lanes)
    lent = []
    for size in [0] * LONE_MIN + list(sizes):
        given = Submission(given=start(), answer=lambda _: None, lane=Lane.REQUESTS, size=size)
        lent.append(lanes.borrow(given))
        lanes.give_back()
    assert lent == [False] * LONE_MIN + list(sizes.values())
    lanes.close()
    thread.join(SECONDS)


def test_who_has_waited_long_enough_comes_back_when_they_are_given_back() -> None:
    """A thread that is to look at the database every second does so, also where something is lent at that moment."""
    lanes, taken = Lanes(), Future[list[Submission]]()
    thread = threading.Thread(target=lambda: taken.set_result(lanes.take(timeout=MOMENT)))
    one = Submission(given=start(), answer=lambda _: None, lane=Lane.REQUESTS)
    lanes._lone = LONE_MIN
    thread.start()
    await_takers(lanes)
    assert lanes.borrow(one)
    time.sleep(2 * MOMENT)
    assert not taken.done()
    lanes.give_back()
    assert taken.result(SECONDS) == []


def test_what_the_socket_does_not_take_at_once_is_sent_by_the_committing_thread(writer: Writer) -> None:
    """And is committed like any other."""
    large = payload("x" * 16 * 1024 * 1024)
    alone, answer = begun(writer, start("large", input=large))
    assert alone.descriptor is None
    assert isinstance(answer.result(SECONDS), Started)


def test_what_is_left_is_ended_by_the_committing_thread(writer: Writer) -> None:
    """Whether its answer is there or not; and what is there besides comes after it."""
    alone, answer = begun(writer, start("left"))
    other = writer.submit(start("other"))
    alone.leave()
    assert isinstance(answer.result(SECONDS), Started)
    assert isinstance(other.result(SECONDS), Started)
    again, answered = begun(writer, start("left when answered"))
    assert again.descriptor is not None
    while not again.is_answered():
        time.sleep(0.001)
    again.leave()
    assert isinstance(answered.result(SECONDS), Started)


def test_what_others_have_changed_is_loaded_and_decided_again(writer: Writer, look: Driver) -> None:
    """By the committing thread; it is answered once, and is once in the history."""
    run_id = new_run_id()
    alone, started = begun(writer, i.StartRequested(workflow_id=run_id, run_id=run_id, workflow_type="T"))
    end(alone)
    started.result(0)
    look.commit(i.SignalSent(run_id=run_id, name="of another"))
    alone, answer = begun(writer, i.SignalSent(run_id=run_id, name="alone"))
    end(alone)
    answer.result(SECONDS)
    assert look.names(run_id) == "WS SR SR"


def test_to_roll_back_is_the_threads(postgres: Database) -> None:
    """Who takes an input through waits for nothing: not for that either, should nothing be heard from now on."""
    with wire_to(postgres.target) as (wire, dsn):
        writer = Writer(dsn)
        taken, first = begun(writer, start("taken"))
        end(taken)
        first.result(SECONDS)
        alone, answer = begun_at(writer, start("taken"))
        await_answer(alone)
        wire.hush()
        before = time.monotonic()
        alone.end()
        assert time.monotonic() - before < 1
        time.sleep(MOMENT)
        assert not answer.done()
        wire.speak()
        error = answer.exception(SECONDS)
        assert isinstance(error, Rejected)
        assert error.code is Code.ALREADY_EXISTS
        writer.stop()


@pytest.mark.parametrize("stops", [False, True])
def test_what_comes_behind_it_stays_behind_it(writer: Writer, look: Driver, stops: bool) -> None:
    """Also where it must be decided again; and where the writer stops before that."""
    run_id = new_run_id()
    alone, started = begun(writer, i.StartRequested(workflow_id=run_id, run_id=run_id, workflow_type="T"))
    end(alone)
    started.result(0)
    look.commit(i.SignalSent(run_id=run_id, name="of another"))
    alone, answer = begun(writer, i.SignalSent(run_id=run_id, name="first"))
    behind = writer.submit(i.SignalSent(run_id=run_id, name="second"))
    stopping = threading.Thread(target=writer.stop)
    if stops:
        stopping.start()
        time.sleep(MOMENT)
    end(alone)
    answer.result(SECONDS)
    behind.result(SECONDS)
    names = [event.name for event in look.history(run_id) if hasattr(event, "name")]
    assert names == ["of another", "first", "second"]
    if stops:
        stopping.join(SECONDS)


def test_a_stop_waits_for_what_must_be_decided_again(writer: Writer, look: Driver) -> None:
    """Though nothing else waits."""
    run_id = new_run_id()
    alone, started = begun(writer, i.StartRequested(workflow_id=run_id, run_id=run_id, workflow_type="T"))
    end(alone)
    started.result(0)
    look.commit(i.SignalSent(run_id=run_id, name="of another"))
    alone, answer = begun(writer, i.SignalSent(run_id=run_id, name="alone"))
    stopping = threading.Thread(target=writer.stop)
    stopping.start()
    time.sleep(MOMENT)
    end(alone)
    answer.result(SECONDS)
    stopping.join(SECONDS)
    assert look.names(run_id) == "WS SR SR"


def test_a_refusal_is_told_by_the_thread_that_has_loaded(writer: Writer) -> None:
    """That an id is taken is not known before."""
    for expected in (None, Code.ALREADY_EXISTS):
        alone, answer = begun(writer, start("twice"))
        end(alone)
        error = answer.exception(SECONDS)
        assert (error.code if isinstance(error, Rejected) else error) is expected


@pytest.mark.parametrize("cut", list(Cut))
def test_a_connection_that_is_lost_at_the_commit(postgres: Database, look: Driver, cut: Cut) -> None:
    """Whether it was committed is asked by the committing thread: either way it is answered once, and is there once."""
    with wire_to(postgres.target) as (wire, dsn):
        writer = Writer(dsn)

        def arm() -> None:
            wire.cut = cut

        before, first = begun(writer, start("before"))
        end(before)
        writer.main.before_save = arm
        alone, answer = begun_at(writer, start("cut"))
        end(alone)
        reply = answer.result(SECONDS)
        after, last = begun(writer, start("after"))
        end(after)
        assert isinstance(first.result(SECONDS), Started)
        assert isinstance(last.result(SECONDS), Started)
        writer.stop()
    assert isinstance(reply, Started)
    assert look.names(reply.run_id) == "WS"
    assert [each.workflow_id for each in states(writer)].count("cut") == 1


def test_a_session_that_died_meanwhile(writer: Writer, postgres: Database) -> None:
    """The socket is readable, as for any answer; the thread finds out what became of the commit."""
    alone, answer = begun(writer, start("orphan"))
    kill(postgres, writer.main.pid)
    end(alone)
    assert isinstance(answer.result(SECONDS), Started)
    assert [each.workflow_id for each in states(writer)].count("orphan") == 1


def test_a_fault_of_ours_costs_its_input_alone(writer: Writer) -> None:
    """The thread tries it once more, as the half of a batch, and gives it up."""

    def fail() -> None:
        writer.main.before_save = fail
        raise RuntimeError("a fault")

    first, started = begun(writer, start("first"))
    end(first)
    started.result(0)
    writer.main.before_save = fail
    alone, answer = begun_at(writer, start("faulty"))
    assert alone.descriptor is None
    assert isinstance(answer.exception(SECONDS), RuntimeError)
    writer.main.before_save = None
    assert isinstance(writer.submit(start("next")).result(SECONDS), Started)


@pytest.mark.parametrize("alone", [True, False])
def test_a_fault_of_ours_after_the_commit_undoes_nothing(
    writer: Writer, monkeypatch: pytest.MonkeyPatch, alone: bool
) -> None:
    """What became of it is asked of the database; it is not told that it failed."""

    def fail(*_: object, **__: object) -> None:
        monkeypatch.undo()
        raise RuntimeError("a fault")

    first, started = begun(writer, start("first"))
    end(first)
    started.result(0)
    monkeypatch.setattr(writer.main._kept, "keep", fail)
    if alone:
        taken, answer = begun_at(writer, start("faulty"))
        end(taken)
    else:
        answer = writer.submit(start("faulty"))
    assert isinstance(answer.result(SECONDS), Started)
    assert isinstance(writer.submit(start("next")).result(SECONDS), Started)
    assert [each.workflow_id for each in states(writer)].count("faulty") == 1


def test_a_hint_is_never_alone(writer: Writer, look: Driver) -> None:
    """To drain an inbox is to read it."""
    run_id = look.begin()
    first, _ = begun(writer, start("first"))
    end(first)
    for _ in range(5 * LONE_MIN):
        assert tried(writer, Drain(run_id))[0] is None
        time.sleep(0.001)


def test_a_writer_that_stops_waits_for_it(writer: Writer) -> None:
    """What has been sent is told."""
    alone, answer = begun(writer, start("last"))
    stopping = threading.Thread(target=writer.stop)
    stopping.start()
    time.sleep(MOMENT)
    assert stopping.is_alive()
    assert tried(writer, start("later"))[0] is None
    end(alone)
    assert isinstance(answer.result(0), Started)
    stopping.join(SECONDS)
    assert not stopping.is_alive()


def await_takers(lanes: Lanes) -> None:
    """Until somebody has come for more."""
    while lanes._taken:
        time.sleep(0.001)


def states(writer: Writer) -> list[State]:
    """That were committed, in order."""
    found = [transition.state for each in writer.committed for transition in each.transitions]
    return [state for state in found if state is not None]
