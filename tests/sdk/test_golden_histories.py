"""Histories of earlier versions replay: a run that is open today goes on after every upgrade of the SDK."""

import json
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import json_format
from sched_sdk import NonDeterminismError
from sched_sdk.proto.v1 import history_pb2, worker_pb2
from sched_sdk.replay import TaskInfo, check_history, run_turn

from tests.sdk.golden.workflows import registry

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.json"))


def _load(path: Path) -> tuple[str, list[history_pb2.HistoryEvent]]:
    told: dict[str, Any] = json.loads(path.read_text())
    events = [json_format.ParseDict(event, history_pb2.HistoryEvent()) for event in told["events"]]
    return told["workflow"], events


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_golden_history_replays(path: Path) -> None:
    """Every turn, to the end; ids, chance and time included, where the workflow asks for them."""
    name, events = _load(path)
    check_history(registry.workflows[name], events, registry=registry)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_golden_history_goes_on_from_each_of_its_turns(path: Path) -> None:
    """As a worker meets it: the task of a turn, the history up to what it is given."""
    name, events = _load(path)
    for completed in [event for event in events if event.HasField("workflow_task_completed")]:
        seen = completed.workflow_task_completed.seen_through
        given = events[: completed.number - 1]
        turn = run_turn(registry.workflows[name], given, registry=registry, info=TaskInfo(seen_through=seen))
        assert isinstance(turn, worker_pb2.Turn)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_golden_history_tells_a_change(path: Path) -> None:
    """Proof that the replay compares: one renamed activity, or one lost timer, is found."""
    name, events = _load(path)
    for event in events:
        if event.HasField("activity_task_scheduled"):
            event.activity_task_scheduled.activity_type += "X"
        elif event.HasField("timer_started"):
            event.timer_started.command += 100
    with pytest.raises(NonDeterminismError):
        check_history(registry.workflows[name], events, registry=registry)
