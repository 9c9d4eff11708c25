"""What must be loaded for an input: no more than it touches. That it is enough, the laws say."""

from typing import Any

import pytest

from workflows.core import commands as c
from workflows.core import inputs as i
from workflows.core.inputs import Needs, needs, run_id_of
from workflows.core.keys import TaskKey, TaskKind
from workflows.core.values import Failure, Wait

TURN = TaskKey("r", TaskKind.WORKFLOW, 1, 1)
ACTIVITY = TaskKey("r", TaskKind.ACTIVITY, 7, 2)
CHILD, NOTHING, ALL = Needs(children=(7,)), Needs(), Needs(all_children=True)


def turn(*commands: Any) -> i.TurnCompleted:
    return i.TurnCompleted(key=TURN, delivery=1, seen_through=4, commands=commands, wait=Wait())


@pytest.mark.parametrize(
    ("given", "need"),
    [
        (i.SignalSent(run_id="r", name="go"), NOTHING),
        (i.CancelRequested(run_id="r"), NOTHING),
        (i.TerminateRequested(run_id="r"), ALL),
        (turn(c.ScheduleActivity(command=0, activity_type="A")), Needs(seen_through=4)),
        (turn(c.CancelActivity(command=0)), Needs(all_children=True, seen_through=4)),
        (turn(c.CancelTimer(command=0)), Needs(all_children=True, seen_through=4)),
        (turn(c.CompleteWorkflow()), Needs(all_children=True, seen_through=4)),
        (i.ActivitySucceeded(key=ACTIVITY, delivery=1), CHILD),
        (i.ActivityFailed(key=ACTIVITY, delivery=1, failure=Failure(type="Boom")), CHILD),
        (i.ActivityCanceled(key=ACTIVITY, delivery=1), CHILD),
        (i.LeaseExpired(key=ACTIVITY, delivery=1), CHILD),
        (i.LeaseExpired(key=TURN, delivery=1), NOTHING),
        (i.TimerDue(run_id="r", number=7), CHILD),
        (i.RetryDue(run_id="r", number=7, attempt=1), CHILD),
        (i.DeadlineDue(run_id="r", number=7), CHILD),
        (i.ExecutionDue(run_id="r"), ALL),
    ],
)
def test_an_input_asks_for_what_it_touches(given: i.RunInput, need: Needs) -> None:
    """An input asks for what it touches."""
    assert needs(given) == need
    assert run_id_of(given) == "r"
