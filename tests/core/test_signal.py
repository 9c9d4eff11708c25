"""SignalSent: recorded always, a turn only where one waits for it."""

import pytest

from tests.core.story import Story
from workflows.core import events as e
from workflows.core import inputs as i
from workflows.core.rejection import Code
from workflows.core.transition import Steered
from workflows.core.values import Payload, Status


@pytest.mark.parametrize("wait", ["Y(signal go)", "Y(signals)", "Y(anything)"])
def test_an_awaited_signal_causes_a_turn(wait: str) -> None:
    """Scenario 8."""
    story = Story(f"WS; {wait}; SR(go)")
    assert story.turn_due
    assert story.task().key.number == 2


@pytest.mark.parametrize("wait", ["Y(signal stop)", "Y(any 0), TS(2)", "Y(all 0 1), AS, AS"])
def test_a_signal_that_nobody_awaits_is_recorded_alone(wait: str) -> None:
    """Scenario 11: it causes no turn of its own."""
    story = Story(f"WS; {wait}; SR(go)")
    assert not story.turn_due
    assert not [key for key in story.state.tasks if key.kind == 1]


def test_signals_come_out_in_the_order_they_came() -> None:
    """Scenario 10."""
    story = Story("WS; SR(b); SR(a); turn; Y(signals)")
    assert [x.name for x in story.events if isinstance(x, e.SignalReceived)] == ["b", "a"]
    assert not story.turn_due, "the turn was given both and asks for another"


def test_the_payload_is_kept_byte_for_byte() -> None:
    """The payload is kept byte for byte."""
    story = Story("WS")
    payload = Payload(data=b' {"a" : 1e400}')
    story.give(i.SignalSent(run_id="run-1", name="go", payload=payload, identity="me"))
    received = story.event(e.SignalReceived)
    assert (received.name, received.payload, received.identity) == ("go", payload, "me")


def test_a_signal_for_a_queued_sleeper_waits_for_its_turn() -> None:
    """Scenario 11, as a whole."""
    story = Story("WS; Y(any 1), AS(detached), TS(2); AC; SR(go); TF; Y, WC")
    assert story.text == "WS, Y, AS, TS, AC, SR, TF, Y, WC"


def test_a_repeated_signal_has_one_effect() -> None:
    """Scenario 24."""
    story = Story("WS; SR(go id=s1)")
    done = story.give(i.SignalSent(run_id="run-1", name="go", request_id="s1"))
    assert done.reply == Steered(run_id="run-1", changed=False, status=Status.RUNNING)
    assert story.text == "WS, SR"


def test_a_repeat_is_answered_even_after_the_end() -> None:
    """A repeat is answered even after the end."""
    story = Story("WS; SR(go id=s1); WT")
    done = story.give(i.SignalSent(run_id="run-1", name="go", request_id="s1"))
    assert done.reply == Steered(run_id="run-1", changed=False, status=Status.TERMINATED)


def test_signals_without_a_request_id_are_many() -> None:
    """Signals without a request id are many."""
    assert Story("WS; SR(go); SR(go)").state.signals_open == 2


def test_a_signal_to_an_ended_run_is_refused() -> None:
    """A signal to an ended run is refused."""
    refusal = Story("WS; Y, WC").refused(i.SignalSent(run_id="run-1", name="go"))
    assert (refusal.code, refusal.run_id) == (Code.CLOSED, "run-1")
    assert "COMPLETED" in refusal.message


def test_a_signal_to_nobody_is_not_found() -> None:
    """A signal to nobody is not found."""
    refusal = Story().refused(i.SignalSent(run_id="run-9", name="go"))
    assert refusal.code is Code.NOT_FOUND
    assert "run-9" in refusal.message
