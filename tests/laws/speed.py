"""What a decision costs: `python -m tests.laws.speed`. Prints microseconds, the best of several rounds; no test.

Budget of the design: decide and encode within 50 µs.
"""

import timeit
from collections.abc import Callable
from dataclasses import replace

from tests.core.story import Story
from workflows.core import commands as c
from workflows.core import inputs as i
from workflows.core.decide import decide
from workflows.core.values import Wait


def cases() -> dict[str, Callable[[], object]]:
    """The inputs that each workflow of one activity is made of."""
    start = i.StartRequested(workflow_id="w", run_id="r", workflow_type="T")
    first = Story("WS")
    schedule = (c.ScheduleActivity(command=0, activity_type="A"),)
    turn = first.turn(commands=schedule, wait=Wait(commands=frozenset((0,))))
    running = Story("WS; Y, AS; claim(0)")
    result = running.outcome(i.ActivitySucceeded, 0)
    done = Story("WS; Y, AS; AC")
    end = done.turn(commands=(c.CompleteWorkflow(),), wait=replace(turn.wait))
    return {
        "fork": running.state.fork,
        "start": lambda: decide(None, start, first.now),
        "turn with one activity": lambda: decide(first.state, turn, first.now),
        "activity's result": lambda: decide(running.state, result, running.now),
        "turn that ends the run": lambda: decide(done.state, end, done.now),
    }


def main(number: int = 5_000, rounds: int = 7) -> None:
    for name, call in cases().items():
        best = min(timeit.repeat(call, number=number, repeat=rounds)) / number
        print(f"{name:24} {best * 1e6:6.1f} µs")


if __name__ == "__main__":
    main()
