"""The eager turn: it comes with an activity's result, and counts if it follows that and nothing else."""

from dataclasses import replace
from typing import Any

from tests.core.play import turn_of, word
from tests.core.story import Story
from workflows.core import events as e
from workflows.core import inputs as i
from workflows.core.commands import CancelTimer
from workflows.core.keys import TaskKey, TaskKind
from workflows.core.transition import NewTask, Recorded, TurnRecorded


def with_turn(story: Story, text: str, *, command: int = 0) -> i.ActivitySucceeded:
    """A result of `command`, and the turn after it as a worker would do it that holds the run in memory."""
    story.claim(command)
    given: i.ActivitySucceeded = story.outcome(i.ActivitySucceeded, command)
    return replace(given, turn=turn_of(Resting(story), [word(part) for part in text.split(",")]))


class Resting(Story):
    """The run as its worker has it in memory: no workflow task is needed for a turn of it."""

    def __init__(self, story: Story) -> None:
        super().__init__()
        self.kept = story.state

    def turn(self, **fields: Any) -> i.TurnCompleted:
        key = TaskKey(self.state.run_id, TaskKind.WORKFLOW, self.state.turns, 1)
        return i.TurnCompleted(key=key, delivery=0, seen_through=self.state.last_event + 1, **fields)


def test_result_and_turn_are_one_transition() -> None:
    """AC, Y and the turn's commands; Y has seen the result, and no workflow task was ever outstanding."""
    story = Story("WS; Y, AS")
    done = story.give(with_turn(story, "Y, AS, TS(5)"))
    assert story.last == "AC, Y, AS, TS"
    assert story.event(e.WorkflowTaskCompleted).seen_through == story.event(e.ActivityTaskCompleted).number
    assert story.event(e.WorkflowTaskCompleted).turn == 2
    assert done.reply == TurnRecorded(numbers=((1, 6), (2, 7)), last_event=7)
    assert [key.kind for key, task in done.tasks.items() if isinstance(task, NewTask)] == [TaskKind.ACTIVITY]
    assert not [key for key in done.tasks if key.kind is TaskKind.WORKFLOW]


def test_it_may_end_the_run() -> None:
    """The last step of a workflow is one commit, too."""
    story = Story("WS; Y, AS")
    done = story.give(with_turn(story, "Y, WC"))
    assert story.last == "AC, Y, WC"
    assert done.closed
    assert story.state.tasks == {}


def test_it_is_left_out_where_anything_came_in_between() -> None:
    """The signal belongs to the next turn: the result counts alone, and makes a task as any other."""
    story = Story("WS; Y, AS")
    late = with_turn(story, "Y, WC")
    story.play("SR")
    done = story.give(late)
    assert story.last == "AC"
    assert done.reply == Recorded()
    assert story.turn_due


def test_it_is_left_out_where_a_worker_may_have_the_turn_already() -> None:
    """A workflow task is outstanding: whoever holds it does the turn, which a cancel request has made."""
    story = Story("WS; Y, AS; WCR")
    done = story.give(with_turn(story, "Y, WC"))
    assert (story.last, done.reply) == ("AC", Recorded())


def test_it_is_left_out_where_the_result_makes_no_turn() -> None:
    """Of two awaited activities the first to end makes none."""
    story = Story("WS; Y(all 0 1), AS, AS")
    done = story.give(with_turn(story, "Y, WC"))
    assert (story.last, done.reply) == ("AC", Recorded())
    assert not story.turn_due


def test_one_that_contradicts_the_run_is_left_out() -> None:
    """The result is good all the same; nothing of the turn is carried out."""
    story = Story("WS; Y, AS")
    given = with_turn(story, "Y, AS")
    assert given.turn is not None
    story.give(replace(given, turn=replace(given.turn, commands=(CancelTimer(command=7),))))
    assert story.last == "AC"
    assert story.turn_due


def test_one_of_another_run_is_left_out() -> None:
    """Its key names the run it was made for."""
    story = Story("WS; Y, AS")
    given = with_turn(story, "Y, WC")
    assert given.turn is not None
    other = replace(given.turn, key=given.turn.key._replace(run_id="run-9"))
    story.give(replace(given, turn=other))
    assert story.last == "AC"


def test_after_the_end_a_result_stands_alone() -> None:
    """Of an activity that outlives its run."""
    story = Story("WS; Y(signals), AS(detached); SR; Y, WC")
    story.give(with_turn(story, "Y, WC"))
    assert story.last == "AC"


def test_a_repeated_one_is_stale_as_the_result_is() -> None:
    """The answer was lost: what asks again must not be done again."""
    story = Story("WS; Y, AS")
    given = with_turn(story, "Y, AS")
    story.give(given)
    story.refused(given)


def test_it_needs_the_children_that_its_commands_touch() -> None:
    """An end closes all that is open."""
    story = Story("WS; Y, AS")
    assert i.needs(with_turn(story, "Y, WC")) == i.Needs(all_children=True)
    assert i.needs(with_turn(story, "Y, AS")) == i.Needs(children=(3,))


def test_the_next_result_follows_the_eager_turn() -> None:
    """Step after step without a workflow task in between."""
    story = Story("WS; Y, AS")
    story.give(with_turn(story, "Y, AS"))
    story.give(with_turn(story, "Y, AS", command=1))
    story.give(with_turn(story, "Y, WC", command=2))
    assert story.text == "WS, Y, AS, AC, Y, AS, AC, Y, AS, AC, Y, WC"
