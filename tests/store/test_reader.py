"""One run, read: which it is, what it waits for, how it ended, what it has recorded."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.contracts.store_suite import ANY_SIGNAL, activity, boom
from tests.store.default import as_default
from tests.store.driver import Driver, new_run_id, payload
from workflows.codec.events import decode
from workflows.core import commands as c
from workflows.core import events as e
from workflows.core import inputs as i
from workflows.core.values import FailureKind, RetryPolicy, Status, Wait
from workflows.store import reader
from workflows.store.outcome import Outcome
from workflows.store.reader import ActivityState

SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _default(driver: Driver) -> Iterator[None]:
    with as_default(driver.database):
        yield


def execution_of(run_id: str) -> reader.Execution:
    found = reader.find("default", run_id, run_id)
    assert found is not None
    return found


def described(run_id: str) -> reader.Description:
    return reader.describe(execution_of(run_id))


def outcomes_of(*run_ids: str) -> list[Outcome]:
    """None of them is damaged."""
    found = reader.outcomes(run_ids)
    outcomes = [each for each in found if isinstance(each, Outcome)]
    assert len(outcomes) == len(found)
    return outcomes


def test_an_id_means_its_last_run(driver: Driver) -> None:
    """Runs before it are found by their run id; ids of others and unknown ones are not."""
    first = driver.begin("order-1")
    driver.commit(i.TerminateRequested(run_id=first))
    second = driver.begin("order-1")
    driver.begin("order-2")

    assert reader.resolve("default", ["order-1", "nobody"]) == {"order-1": second}
    assert reader.resolve("other", ["order-1"]) == {}
    current, before = reader.find("default", "order-1"), reader.find("default", "order-1", first)
    assert current is not None
    assert before is not None
    assert (current.run_id, current.status) == (second, Status.RUNNING)
    assert (before.run_id, before.status) == (first, Status.TERMINATED)
    assert before.duration is not None
    assert reader.find("default", "nobody") is None
    assert reader.find("default", "order-2", first) is None
    assert reader.find("default", "order-1", new_run_id()) is None


def test_a_new_run_waits_for_a_worker(driver: Driver) -> None:
    """Its first turn is pending and held by nobody; input, memo and limit are told."""
    run_id = driver.begin(input=payload('{"a": 1}'), memo=payload("{}"), execution_timeout=60 * SECOND)
    found = described(run_id)
    assert found.input == payload('{"a": 1}')
    assert found.execution.memo == payload("{}")
    assert found.execution.execution_timeout == 60 * SECOND
    assert found.result is None
    assert found.workflow_task is not None
    assert (found.workflow_task.turn, found.workflow_task.worker) == (1, "")


def test_an_activity_is_shown_with_its_attempt(driver: Driver) -> None:
    """Scheduled, started, backing off, asked to stop."""
    run_id = driver.begin()
    driver.commit(driver.turn(run_id, *(activity(n) for n in range(4)), wait=ANY_SIGNAL))
    driver.claim(driver.activity_key(run_id, 4))
    failing, stopping = driver.activity_key(run_id, 5), driver.activity_key(run_id, 6)
    driver.commit(i.ActivityFailed(key=failing, delivery=driver.claim(failing), failure=boom()))
    driver.claim(stopping)
    driver.commit(i.SignalSent(run_id=run_id, name="go"))
    driver.commit(driver.turn(run_id, c.CancelActivity(command=3), signals_taken=(8,), wait=ANY_SIGNAL))

    one, two, three, four = described(run_id).activities

    assert (one.number, one.state, one.worker, one.delivery) == (3, ActivityState.SCHEDULED, "", 0)
    assert (two.state, two.worker, two.attempt, two.delivery) == (ActivityState.STARTED, "worker", 1, 1)
    assert two.started_at is not None
    assert (three.state, three.attempt, three.last_failure) == (ActivityState.BACKING_OFF, 1, boom())
    assert three.next_attempt_at is not None
    assert (four.state, four.worker) == (ActivityState.CANCEL_REQUESTED, "worker")


def test_timers_and_signals_that_wait_are_shown(driver: Driver) -> None:
    """A signal that a turn took waits no more."""
    run_id = driver.begin()
    timer = c.StartTimer(command=0, duration=60 * SECOND)
    for name in ("a", "b"):
        driver.commit(i.SignalSent(run_id=run_id, name=name, payload=payload(f'"{name}"')))
    driver.commit(driver.turn(run_id, timer, signals_taken=(2,), wait=Wait(commands=frozenset({0}))))

    found = described(run_id)

    assert driver.names(run_id) == "WS SR SR Y TS"
    assert [(each.number, each.due_at - found.execution.last_event_at) for each in found.timers] == [
        (5, 60 * SECOND)
    ]
    assert [(each.number, each.name, each.payload) for each in found.signals] == [(3, "b", payload('"b"'))]
    assert found.workflow_task is None


def test_the_end_is_found_behind_what_outlives_it(driver: Driver) -> None:
    """A detached activity completes after the workflow."""
    run_id = driver.begin()
    driver.commit(
        driver.turn(run_id, activity(detached=True), c.CompleteWorkflow(result=payload("7")), wait=Wait())
    )
    assert described(run_id).activities[0].state is ActivityState.SCHEDULED
    key = driver.activity_key(run_id, 3)
    driver.commit(i.ActivitySucceeded(key=key, delivery=driver.claim(key)))

    found = described(run_id)

    assert driver.names(run_id) == "WS Y AS WC AC"
    assert (found.result, found.failure, found.activities) == (payload("7"), None, ())
    assert found.execution.history_length == 5
    (outcome,) = outcomes_of(run_id)
    assert (outcome.run_id, outcome.status, outcome.result) == (run_id, Status.COMPLETED, payload("7"))


def test_outcomes_are_those_of_ended_runs(driver: Driver) -> None:
    """Open and unknown runs have none; a termination is a failure with its reason."""
    terminated, failed, running = driver.begin(), driver.begin(), driver.begin()
    driver.commit(i.TerminateRequested(run_id=terminated, reason="enough"))
    driver.commit(driver.turn(failed, c.FailWorkflow(failure=boom()), wait=Wait()))

    found = {each.run_id: each for each in outcomes_of(terminated, failed, running, new_run_id())}

    assert set(found) == {terminated, failed}
    assert found[failed].failure == boom()
    end = found[terminated].failure
    assert end is not None
    assert (end.kind, end.message) == (FailureKind.TERMINATED, "enough")
    assert reader.outcomes([]) == []


def test_a_history_comes_in_pages(driver: Driver) -> None:
    """In order, from behind any number, and by type."""
    run_id = driver.begin()
    driver.commit(driver.turn(run_id, *(activity(n) for n in range(5)), wait=ANY_SIGNAL))
    names = [type(event) for event in map(decode, reader.history(run_id))]
    assert names == [e.WorkflowExecutionStarted, e.WorkflowTaskCompleted, *[e.ActivityTaskScheduled] * 5]
    assert [decode(data).number for data in reader.history(run_id, after=2, limit=3)] == [3, 4, 5]
    assert reader.history(run_id, after=7) == []
    (turn,) = reader.history(run_id, types=[e.WorkflowTaskCompleted])
    assert decode(turn).number == 2


def test_a_page_is_bounded_in_bytes(driver: Driver) -> None:
    """A large event comes alone, never not at all."""
    run_id = driver.begin()
    large = payload(f'"{"x" * 1_500_000}"')
    for _ in range(3):
        driver.commit(i.SignalSent(run_id=run_id, name="big", payload=large))

    first = reader.history(run_id)
    rest = reader.history(run_id, after=len(first))

    assert (len(first), len(rest)) == (3, 1)


def test_a_recorded_turn_is_known_by_its_delivery(driver: Driver) -> None:
    """Turns stay known after later ones; another delivery of the same is not."""
    run_id = driver.begin()
    turns = []
    for _ in range(3):
        turns.append(driver.turn(run_id, wait=ANY_SIGNAL))
        assert not reader.recorded(turns[-1].key, 1)
        driver.commit(turns[-1])
        driver.commit(i.SignalSent(run_id=run_id, name="go"))
    for turn in turns:
        assert reader.recorded(turn.key, 1)
        assert not reader.recorded(turn.key, 2)


def test_a_recorded_outcome_is_known_by_attempt_and_delivery(driver: Driver) -> None:
    """A failed attempt counts as recorded; its successor does only once it has reported."""
    run_id = driver.begin()
    retry = RetryPolicy(initial_interval=timedelta(microseconds=1), maximum_attempts=2)
    driver.commit(driver.turn(run_id, activity(0, retry=retry), activity(1), wait=ANY_SIGNAL))
    first, second = driver.activity_key(run_id, 3), driver.activity_key(run_id, 3, attempt=2)
    other = driver.activity_key(run_id, 4)
    driver.commit(i.ActivityFailed(key=first, delivery=driver.claim(first), failure=boom()))
    assert reader.recorded(first, 1)
    assert not reader.recorded(second, 1)
    driver.commit(i.RetryDue(run_id=run_id, number=3, attempt=1))
    driver.commit(i.ActivitySucceeded(key=second, delivery=driver.claim(second)))
    assert reader.recorded(second, 1)
    assert not reader.recorded(second, 2)
    assert not reader.recorded(other, 1)


def test_a_description_costs_the_same_for_many_activities(driver: Driver) -> None:
    """Four statements, for one as for sixty."""
    few, many = driver.begin(), driver.begin()
    driver.commit(driver.turn(few, activity(0), wait=ANY_SIGNAL))
    driver.commit(driver.turn(many, *(activity(n) for n in range(60)), wait=ANY_SIGNAL))
    statements = []
    for run_id in (few, many):
        execution = execution_of(run_id)
        with CaptureQueriesContext(connection) as asked:
            reader.describe(execution)
        statements.append(len(asked))
    assert statements == [4, 4]
