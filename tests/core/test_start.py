"""StartRequested: new runs, id policies, request ids, signal-with-start."""

from typing import Any

import pytest

from tests.core.story import DAWN, Story, names, seconds
from workflows.core import events as e
from workflows.core import inputs as i
from workflows.core.keys import TaskKey, TaskKind, TimerKey, TimerKind
from workflows.core.rejection import Code
from workflows.core.transition import NewTask, NewTimer, Started
from workflows.core.values import ConflictPolicy, ReusePolicy, Status

ENDS = {
    Status.COMPLETED: "WS; Y, WC",
    Status.FAILED: "WS; Y, WF",
    Status.CANCELED: "WS; WCR; Y, WX",
    Status.TERMINATED: "WS; WT",
    Status.TIMED_OUT: "WS(timeout=1); WTO",
}


def start(**fields: Any) -> i.StartRequested:
    known = {"workflow_id": "order-1", "run_id": "run-new", "workflow_type": "Order"}
    return i.StartRequested(**(known | fields))


def test_a_start_makes_a_run_with_its_first_workflow_task() -> None:
    """A start makes a run with its first workflow task."""
    story = Story()
    done = story.give(start(task_queue="payments"))
    key = TaskKey("run-new", TaskKind.WORKFLOW, 1, 1)
    task = done.tasks[key]
    assert story.text == "WS"
    assert done.is_new_run
    assert not done.closed
    assert done.reply == Started(workflow_id="order-1", run_id="run-new", started=True)
    assert isinstance(task, NewTask)
    assert task.ref.queue == ("default", TaskKind.WORKFLOW, "payments")
    assert not done.timers


def test_an_execution_timeout_is_a_timer_from_the_start() -> None:
    """An execution timeout is a timer from the start."""
    done = Story().give(start(execution_timeout=seconds(60)))
    key = TimerKey("run-new", TimerKind.EXECUTION, 0)
    assert done.timers == {key: NewTimer(key=key, due_at=DAWN + seconds(60))}


def test_the_start_is_recorded_as_it_was_asked_for() -> None:
    """The start is recorded as it was asked for."""
    story = Story()
    story.give(
        start(request_id="r1", identity="me", headers=(("traceparent", "00"),), retry_of_run_id="run-0")
    )
    started = story.event(e.WorkflowExecutionStarted)
    assert (started.number, started.at, started.workflow_id) == (1, DAWN, "order-1")
    assert (started.request_id, started.identity, started.retry_of_run_id) == ("r1", "me", "run-0")
    assert started.headers == (("traceparent", "00"),)


def test_a_second_start_of_an_open_id_is_refused_and_names_the_run() -> None:
    """Scenario 24."""
    refusal = Story("WS").refused(start())
    assert (refusal.code, refusal.run_id) == (Code.ALREADY_EXISTS, "run-1")
    assert "order-1" in refusal.message
    assert "workflowIdConflictPolicy is FAIL" in refusal.message


def test_use_existing_answers_with_the_open_run_and_changes_nothing() -> None:
    """Use existing answers with the open run and changes nothing."""
    story = Story("WS")
    before = story.state.fork()
    done = story.give(start(conflict=ConflictPolicy.USE_EXISTING))
    assert done.reply == Started(workflow_id="order-1", run_id="run-1", started=False)
    assert not done.is_new_run
    assert not done.events
    assert story.state == before


@pytest.mark.parametrize("conflict", ConflictPolicy)
@pytest.mark.parametrize("status", ENDS)
def test_by_default_a_closed_id_may_be_used_again(status: Status, conflict: ConflictPolicy) -> None:
    """By default a closed id may be used again."""
    story = Story(ENDS[status])
    assert story.status is status
    done = story.give(start(conflict=conflict))
    assert done.is_new_run
    assert done.reply == Started(workflow_id="order-1", run_id="run-new", started=True)
    assert story.text == "WS"


@pytest.mark.parametrize("status", ENDS)
def test_failed_only_lets_follow_whatever_did_not_complete(status: Status) -> None:
    """Failed only lets follow whatever did not complete."""
    story, again = Story(ENDS[status]), start(reuse=ReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY)
    if status is Status.COMPLETED:
        assert story.refused(again).code is Code.ALREADY_EXISTS
    else:
        assert story.give(again).is_new_run


@pytest.mark.parametrize("status", ENDS)
def test_reject_duplicate_lets_nothing_follow(status: Status) -> None:
    """Reject duplicate lets nothing follow."""
    refusal = Story(ENDS[status]).refused(start(reuse=ReusePolicy.REJECT_DUPLICATE))
    assert (refusal.code, refusal.run_id) == (Code.ALREADY_EXISTS, "run-1")
    assert "workflowIdReusePolicy is REJECT_DUPLICATE" in refusal.message
    assert status in refusal.message


@pytest.mark.parametrize("script", ["WS(id=r1)", "WS(id=r1); Y, WC"])
def test_the_same_request_id_twice_is_one_start(script: str) -> None:
    """Scenario 24; also when the run has ended in between."""
    story = Story(script)
    before = story.state.fork()
    done = story.give(start(request_id="r1"))
    assert done.reply == Started(workflow_id="order-1", run_id="run-1", started=False)
    assert not done.events
    assert not done.is_new_run
    assert story.state == before


def test_a_request_id_answered_by_an_existing_run_is_remembered_too() -> None:
    """A request id answered by an existing run is remembered too."""
    story = Story("WS")
    done = story.give(start(request_id="r2", conflict=ConflictPolicy.USE_EXISTING))
    assert done.request == ("r2", "run-1")


def test_signal_with_start_does_both_in_one_transition() -> None:
    """Signal with start does both in one transition."""
    story = Story()
    done = story.give(start(signal=i.SignalSent(run_id="run-new", name="go"), request_id="r1"))
    assert names(done.events) == "WS, SR"
    assert done.request == ("r1", "run-new")
    assert len(done.tasks) == 1
    assert story.state.signals_open == 1


def test_signal_with_start_signals_the_run_that_is_there() -> None:
    """Signal with start signals the run that is there."""
    story = Story("WS; Y(signal go)")
    sent = i.SignalSent(run_id="run-new", name="go")
    done = story.give(start(signal=sent, conflict=ConflictPolicy.USE_EXISTING, request_id="r1"))
    assert story.last == "SR"
    assert story.turn_due
    assert done.reply == Started(workflow_id="order-1", run_id="run-1", started=False, signaled=True)
    repeat = story.give(start(signal=sent, conflict=ConflictPolicy.USE_EXISTING, request_id="r1"))
    assert not repeat.events


def test_a_new_run_does_not_begin_before_the_last_one_ended() -> None:
    """A new run does not begin before the last one ended."""
    story = Story("WS; pass(5); WT")
    story.now = DAWN
    story.give(start())
    assert story.event(e.WorkflowExecutionStarted).at == DAWN + seconds(5)
