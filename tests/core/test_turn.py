"""TurnCompleted: the events of a turn, what it saw, what it waits for."""

import pytest

from tests.core.story import Story, names, seconds
from workflows.core import commands as c
from workflows.core import events as e
from workflows.core import inputs as i
from workflows.core.keys import TaskKey, TaskKind, TimerKey, TimerKind
from workflows.core.transition import NewTask, TurnRecorded
from workflows.core.values import NO_WAIT, Failure, Payload, RetryPolicy, Status, Wait


def test_y_comes_first_then_the_commands_in_order_the_end_last() -> None:
    """Y comes first then the commands in order the end last."""
    story = Story("WS; Y(any 0), TS(9), AS; SR(go); claim(1); WCR; Y, AS, TX(0), ACR(1), TS(1), WC")
    assert story.last == "Y, AS, TX, ACR, TS, WC"


def test_one_commit_answers_with_the_numbers_of_what_it_created() -> None:
    """One commit answers with the numbers of what it created."""
    story = Story("WS")
    commands = (
        c.ScheduleActivity(command=0, activity_type="A"),
        c.StartTimer(command=1, duration=seconds(2), signal_wait=True),
    )
    done = story.give(story.turn(commands=commands, wait=Wait(commands=frozenset((1,)))))
    assert done.reply == TurnRecorded(numbers=((0, 3), (1, 4)), last_event=4)
    assert story.event(e.TimerStarted).signal_wait


def test_y_tells_what_the_turn_was() -> None:
    """Y tells what the turn was."""
    story = Story("WS; SR(go); turn; SR(go)")
    wait = Wait(signals=frozenset(("stop",)))
    story.give(story.turn(wait=wait, signals_taken=(2,), identity="w1", build="b7"))
    y = story.event(e.WorkflowTaskCompleted)
    assert (y.turn, y.seen_through, y.wait, y.signals_taken) == (1, 2, wait, (2,))
    assert (y.identity, y.build, y.delivery) == ("w1", "b7", 1)
    assert story.state.signals_open == 1


def test_an_activity_is_a_task_with_the_limits_of_its_attempt() -> None:
    """An activity is a task with the limits of its attempt."""
    story = Story("WS")
    schedule = c.ScheduleActivity(
        command=0,
        activity_type="Charge",
        task_queue="payments",
        input=Payload(data=b"1"),
        retry=RetryPolicy(maximum_attempts=7),
        start_to_close=seconds(9),
        heartbeat_timeout=seconds(3),
        detached=True,
        headers=(("traceparent", "00"),),
    )
    done = story.give(story.turn(commands=(schedule,), wait=Wait(any_signal=True)))
    task = done.tasks[TaskKey("run-1", TaskKind.ACTIVITY, 3, 1)]
    scheduled = story.event(e.ActivityTaskScheduled)
    assert isinstance(task, NewTask)
    assert task.ref.queue == ("default", TaskKind.ACTIVITY, "payments")
    assert (task.start_to_close, task.heartbeat_timeout) == (seconds(9), seconds(3))
    assert (scheduled.input, scheduled.retry, scheduled.detached) == (schedule.input, schedule.retry, True)
    assert scheduled.headers == schedule.headers


def test_an_activity_without_a_queue_goes_to_the_queue_of_its_run() -> None:
    """Scenario 25."""
    story = Story()
    story.give(i.StartRequested(workflow_id="w", run_id="r", workflow_type="T", task_queue="payments"))
    story.play("Y, AS, AS(queue=mail)")
    queues = [x.task_queue for x in story.events if isinstance(x, e.ActivityTaskScheduled)]
    assert queues == ["payments", "mail"]


def test_a_timer_is_due_after_its_duration() -> None:
    """A timer is due after its duration."""
    story = Story("WS; pass(5)")
    done = story.give(story.turn(commands=(c.StartTimer(command=0, duration=seconds(2)),), wait=_first()))
    timer = done.timers[TimerKey("run-1", TimerKind.USER, 3)]
    assert timer is not None
    assert (timer.due_at, timer.stamp) == (story.now + seconds(2), 0)


def test_the_workflow_task_goes_with_its_turn() -> None:
    """The workflow task goes with its turn."""
    story = Story("WS")
    done = story.give(story.turn(wait=Wait(any_signal=True)))
    assert done.tasks == {TaskKey("run-1", TaskKind.WORKFLOW, 1, 1): None}


# Seen and unseen.


@pytest.mark.parametrize("meanwhile", ["SR(go)", "WCR", "AC(0)", "AF(0)", "TF(1)"])
def test_what_arrived_during_a_turn_lies_before_it_and_causes_the_next(meanwhile: str) -> None:
    """It is not seen, so what the turn waits for has come already."""
    story = Story(f"WS; Y(anything), AS, TS(1); SR(x); claim(0); turn; {meanwhile}; Y(anything)")
    assert story.turn_due
    y = story.event(e.WorkflowTaskCompleted)
    assert y.seen_through == y.number - 2
    assert story.task().key.number == 3


def test_what_arrived_unseen_and_unawaited_comes_with_the_next_turn() -> None:
    """What arrived unseen and unawaited comes with the next turn."""
    story = Story("WS; turn; SR(a); Y(signal b)")
    assert not story.turn_due
    story.play("SR(b)")
    assert story.turn_due


def test_what_a_turn_saw_does_not_wake_it_again() -> None:
    """What a turn saw does not wake it again."""
    story = Story("WS; SR(go); turn; Y(signals)")
    assert not story.turn_due


def test_an_event_stays_unseen_over_several_turns() -> None:
    """A turn may have been given less than there was; what it did not see is held against each next wait."""
    story = Story("WS; Y(any 0), AS, TS(9); AC(0)")
    story.give(story.turn(seen_through=story.state.last_event - 1, wait=Wait(commands=frozenset((0,)))))
    assert story.turn_due


def test_the_end_stands_whatever_it_did_not_see() -> None:
    """The end stands whatever it did not see."""
    story = Story("WS; turn; SR(go); WCR; Y, WC")
    assert story.text == "WS, SR, WCR, Y, WC"
    assert story.status is Status.COMPLETED
    assert not story.state.tasks


# Waits.


@pytest.mark.parametrize(
    ("script", "due"),
    [
        ("Y(any 0 1), AS, AS; AC(1)", True),
        ("Y(any 0), AS, AS; AC(1)", False),
        ("Y(any 0 1), AS, TS(1); TF(1)", True),
        ("Y(any 0), AS(attempts=1); AF(0)", True),
        ("Y(any 0), AS; AR(0)", False),
        ("Y(any 0), AS(start=1); ATO(0)", True),
        ("Y(all 0 1), AS, AS; AC(0)", False),
        ("Y(all 0 1), AS, AS; AC(0); AC(1)", True),
        ("Y(all 0 1), AS, AS; AF(1)", True),
        ("Y(all 0 1), AS, TS(1); TF(1)", False),
        ("Y(all 0 1), AS, TS(1); TF(1); AC(0)", True),
        ("Y(all 0 1), AS, AS, AS; AC(2)", False),
        ("Y(all 0 1), AS, AS, AS; AC(2); AC(1); AC(0)", True),
        ("Y(all 0), AS, AS; AF(1)", False),
        ("Y(anything), AS; AC(0)", True),
        ("Y(anything), TS(1); TF(0)", True),
        ("Y(signal a b); SR(b)", True),
        ("Y(signal a b); SR(c)", False),
    ],
)
def test_a_wait_is_over_when_what_it_names_has_come(script: str, due: bool) -> None:
    """A wait is over when what it names has come."""
    assert Story(f"WS; {script}").turn_due is due


def test_a_wait_names_signals_and_a_timer_at_once() -> None:
    """A wait for a signal with a timeout: between signal and timer the first in the history wins."""
    wait = Wait(commands=frozenset((0,)), signals=frozenset(("go",)))
    story = Story("WS")
    story.give(story.turn(commands=(c.StartTimer(command=0, duration=seconds(9)),), wait=wait))
    story.play("SR(go); TF(0); Y, WC")
    assert story.text == "WS, Y, TS, SR, TF, Y, WC"


def test_all_of_what_partly_arrived_unseen_waits_for_the_rest() -> None:
    """All of what partly arrived unseen waits for the rest."""
    story = Story("WS; Y(any 0), TS(1), AS, AS; TF(0); turn; AC(1); Y(all 1 2)")
    assert not story.turn_due
    assert story.state.wait_left == 1
    story.play("AC(2)")
    assert story.turn_due


def test_one_turn_comes_at_a_time() -> None:
    """Any number of arrivals makes one task; what comes while it is out makes the next when it is back."""
    story = Story("WS; Y(anything), AS, AS; AC(0); AC(1); SR(go)")
    assert [key.number for key in story.state.tasks] == [2]


def test_fan_out_answers_with_one_turn() -> None:
    """Scenario 4, at its width."""
    created, numbers = ", ".join(["AS"] * 200), " ".join(map(str, range(200)))
    story = Story(f"WS; Y(all {numbers}), {created}")
    for command in range(199):
        story.play(f"AC({command})")
    assert not story.turn_due
    story.play("AC(199); Y, WC")
    assert story.text == ", ".join(["WS", "Y", *["AS"] * 200, *["AC"] * 200, "Y", "WC"])


# Ends.


@pytest.mark.parametrize(
    ("ending", "status"),
    [
        (c.CompleteWorkflow(result=Payload(data=b"1")), Status.COMPLETED),
        (c.FailWorkflow(failure=Failure(type="Boom", cause=Failure(type="Root"))), Status.FAILED),
        (c.CancelWorkflow(), Status.CANCELED),
    ],
)
def test_an_end_closes_the_run(ending: c.Command, status: Status) -> None:
    """Scenario 17 among them: a failure keeps its chain of causes."""
    story = Story("WS(timeout=60)")
    done = story.give(story.turn(commands=(ending,), wait=NO_WAIT))
    assert story.status is status
    assert done.closed
    assert story.state.closed_at == story.now
    assert done.timers == {TimerKey("run-1", TimerKind.EXECUTION, 0): None}
    last = story.events[-1]
    for name in ("result", "failure"):
        assert getattr(last, name, None) == getattr(ending, name, None)


def test_a_turn_that_ends_the_run_needs_no_wait_and_records_none() -> None:
    """A turn that ends the run needs no wait and records none."""
    story = Story("WS")
    done = story.give(story.turn(commands=(c.CompleteWorkflow(),), wait=Wait(any_signal=True)))
    assert names(done.events) == "Y, WC"
    assert story.event(e.WorkflowTaskCompleted).wait == NO_WAIT


def test_timers_end_with_the_run_without_an_event() -> None:
    """Timers end with the run without an event."""
    story = Story("WS; Y(any 0), TS(1), TS(9); TF(0); Y, WC")
    assert story.text == "WS, Y, TS, TS, TF, Y, WC"
    assert not story.state.timers


def _first() -> Wait:
    return Wait(commands=frozenset((0,)))
