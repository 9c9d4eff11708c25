"""The acceptance scenarios as the kernel sees them: their histories, event for event."""

import pytest

from tests.core.story import Story, seconds
from workflows.core import commands as c
from workflows.core import events as e
from workflows.core.values import Status, Wait

SCENARIOS = {
    "1 HelloWorld": "WS; Y, AS(detached), WC; AC",
    "2 MonthlyReport": (
        "WS; Y(any 1), AS(detached), TS(2); AC(0); TF(1); Y(any 3), AS(detached), TS(2); AC(2); TF(3);"
        "Y(any 5), AS(detached), TS(2); TF(5); AC(4); Y, WC"
    ),
    "3 a result reaches the workflow": "WS; Y, AS; AC; Y, WC",
    "3 an uncaught failure fails it": "WS; Y, AS; AF; Y, WF",
    "5 fails twice, then succeeds": "WS; Y, AS; AR; retry; AR; retry; AC; Y, WC",
    "9 approve": "WS; Y(signal approve), TS(86400); SR(approve); Y, TX(0), AS(detached), WC; AC(1)",
    "9 reject": "WS; Y(signals), TS(86400); SR(no); Y, TX(0), WC",
    "10 sent before the wait": "WS; SR(go); Y, WC",
    "11 a signal during a sleep": "WS; Y(any 1), AS(detached), TS(2); AC(0); SR(go); TF(1); Y, WC",
    "12 a wait that times out": "WS; Y, TS(1); TF; Y, WC",
    "13 a sleep": "WS; Y, TS(0.05); TF; Y, WC",
    "13 thirty days": "WS; Y, TS(2592000); TF; Y, WC",
    "14 execution timeout": "WS(timeout=1); WTO",
    "15 in time": "WS(timeout=60); Y, TS(2); TF; Y, WC",
    "16 two timers": "WS; Y(any 0), TS(1), TS(9); TF(0); Y, TX(1), WC",
    "17 the function raises": "WS; Y, WF",
    "20 cancel and clean up, late answer": ("WS; Y, AS; claim(0); WCR; Y(any 1), ACR(0), AS; AC(1); Y, WX"),
    "20 cancel and clean up": "WS; Y, AS(beat=9); claim(0); WCR; Y(any 1), ACR(0), AS; AX(0); AC(1); Y, WX",
    "21 cancel a signal wait": "WS; Y(signals); WCR; Y, WX",
    "21 cancel a sleep": "WS; Y, TS(9); WCR; Y, TX(0), WX",
    "22 terminate": "WS; Y, AS; claim(0); WT",
    "a saga of one turn per step": "WS; Y, AS; AC(0); Y, AS; AC(1); Y, AS; AF(2); Y, AS; AC(3); Y, AS; AC(4); Y, WC",
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_has_its_history(name: str) -> None:
    """Each step emits what it says; numbers run without a gap; one event ends the run."""
    story = Story(SCENARIOS[name])
    assert [event.number for event in story.events] == list(range(1, len(story.events) + 1))
    assert [event for event in story.events if type(event) in e.TERMINAL] == [
        event for event in story.events if type(event) is _TERMINAL[story.status]
    ]
    assert not story.state.tasks
    assert not story.state.timers


_TERMINAL = {status: kind for kind, status in e.TERMINAL.items()}


def test_signal_demo_takes_the_signal_and_cancels_its_timeout() -> None:
    """Scenario 8."""
    story = Story("WS")
    wait = Wait(commands=frozenset((0,)), any_signal=True)
    timer = c.StartTimer(command=0, duration=seconds(120), signal_wait=True)
    story.give(story.turn(commands=(timer,), wait=wait))
    story.play("SR(go); turn")
    story.give(
        story.turn(commands=(c.CancelTimer(command=0), c.CompleteWorkflow()), wait=wait, signals_taken=(4,))
    )
    assert story.text == "WS, Y, TS, SR, Y, TX, WC"
    assert story.state.signals_open == 0


def test_a_late_answer_to_an_ended_run_is_not_in_its_history() -> None:
    """Scenario 20: the cancelled run took its activity with it."""
    story = Story("WS; Y, AS(detached); claim(0); WCR; Y, ACR(0), WX")
    assert story.status is Status.CANCELED
    assert not story.state.activities
