"""ActivityCanceled: the answer to a cancel request, or a failed attempt where nobody asked."""

from tests.core.story import Story
from workflows.core import events as e
from workflows.core import inputs as i
from workflows.core.values import FailureKind, Payload


def test_the_answer_to_a_request_is_ax() -> None:
    """The answer to a request is AX."""
    story = Story("WS; Y, AS; claim(0); WCR; Y(any 0), ACR(0)")
    details = Payload(data=b'"half"')
    story.give(story.outcome(i.ActivityCanceled, 0, details=details, identity="w1"))
    canceled = story.event(e.ActivityTaskCanceled)
    assert (canceled.scheduled, canceled.details, canceled.identity) == (3, details, "w1")
    assert (canceled.delivery, story.turn_due) == (1, True)
    assert not story.state.tasks.keys() - {story.state.workflow_task_key}


def test_where_nobody_asked_it_is_a_failed_attempt() -> None:
    """Where nobody asked it is a failed attempt."""
    story = Story("WS; Y, AS; claim(0)")
    story.give(story.outcome(i.ActivityCanceled, 0))
    retry = story.event(e.ActivityTaskRetryScheduled)
    assert story.last == "AR"
    assert retry.failure.kind is FailureKind.CANCELED
    assert "nobody had asked" in retry.failure.message


def test_a_detached_activity_answers_past_the_end() -> None:
    """The request lies before the end, so its answer is not lost."""
    story = Story("WS; Y(signals), AS(detached); claim(0); SR(go); Y, ACR(0), WC; AX(0)")
    assert story.text == "WS, Y, AS, SR, Y, ACR, WC, AX"
