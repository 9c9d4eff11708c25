"""Scenario 31: commits that succeed and report an error, and commits that never arrive. The engine lives on."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.e2e.killing.lane import Lane
from tests.e2e.killing.runs import told
from tests.e2e.killing.scripts import JOURNEY, WAITS
from tests.e2e.killing.wire import LosingWire, Lost

WORKFLOWS = 20
EVERY = 2
LOST_MIN = 5
SAYS = {Lost.ANSWER: "it was committed", Lost.REQUEST: "it was rolled back"}


@pytest.mark.parametrize("lost", Lost, ids=lambda lost: lost.name.lower())
def test_31_the_outcome_of_a_commit_is_asked_for(
    wired_lane: Callable[[], tuple[Lane, LosingWire]], lost: Lost
) -> None:
    """No acknowledged step is lost and none happens twice, though every second COMMIT ends in an error."""
    lane, wire = wired_lane()
    with told(lane):
        name = lane.begin()
        engine = lane.engine(None)
        lane.worker(None)
        wire.lose(lost, every=EVERY, at_most=WORKFLOWS * 100)

        def run(number: int) -> tuple[str, object]:
            one = f"{name}-{number}"
            handle = lane.client.start("Journey", number, workflow_id=one, request_id=f"{one}-start")
            lane.wait_until(handle, WAITS)
            handle.signal("go", "on", request_id=f"{one}-go")
            result = handle.result(60)
            lane.wait_until(handle, JOURNEY)
            return handle.run_id, result

        with ThreadPoolExecutor(WORKFLOWS) as threads:
            ended = list(threads.map(run, range(WORKFLOWS)))
        assert [result for _, result in ended] == [[2 * number, "on"] for number in range(WORKFLOWS)]
        assert len({run_id for run_id, _ in ended}) == WORKFLOWS
        assert wire.lost >= LOST_MIN
        assert engine.log.count(SAYS[lost]) >= LOST_MIN
        assert engine.ended == []
        assert lane.count("sched_executions") == WORKFLOWS
        assert lane.outstanding() == {}
        assert lane.fsck() == []
