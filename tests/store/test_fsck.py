"""The check of a database: each rule sees the damage it is for and nothing else; what is whole has no findings."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.store.crowd import Crowd, raw_id
from tests.store.damages import DAMAGES, Damage
from tests.store.databases import Database
from tests.store.fsck_crowd import database, driver, found, kept, runs
from workflows.codec import events as codec
from workflows.codec.values import EPOCH
from workflows.core import events as e
from workflows.core.values import Failure, Wait
from workflows.store import fsck
from workflows.store.fsck import Rule, Scope

__all__ = ["database", "driver", "kept", "runs"]


def test_what_is_whole_has_no_findings(database: Database) -> None:
    """A database with a bit of everything."""
    report = fsck.check(using=database.alias)

    assert report.findings == ()
    assert (report.runs, report.events) == (5, database.count("sched_events"))


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.name)
def test_each_damage_is_found_and_nothing_else(database: Database, runs: Crowd, damage: Damage) -> None:
    """One thing is wrong: that is told, of the run that it is about, and no more."""
    damage.inflict(database, runs)
    assert found(database) == damage.expected(runs)


def append(database: Database, run_id: str, event: e.Event, data: bytes | None = None) -> int:
    """Writes an event behind a history, an hour later; its number."""
    raw = raw_id(database, run_id)
    namespace, shard, last = database.run(
        "SELECT min(namespace), min(shard), max(seq) FROM sched_events WHERE run_id = %s", [raw]
    )[0]
    (end,) = database.run("SELECT data FROM sched_events WHERE run_id = %s AND seq = %s", [raw, last])[0]
    event = replace(event, number=last + 1, at=codec.decode(bytes(end)).at + timedelta(hours=1))
    database.run(
        "INSERT INTO sched_events (run_id, seq, shard, namespace, type, data) VALUES (%s, %s, %s, %s, %s, %s)",
        [raw, last + 1, shard, namespace, codec.type_number(event), data or codec.encode(event)],
    )
    return int(last) + 1


AT: dict[str, Any] = {"number": 0, "at": EPOCH}
"""Filled in by `append`."""


@pytest.mark.parametrize(
    ("event", "rule", "what"),
    [
        (
            e.WorkflowExecutionFailed(**AT, failure=Failure(type="Boom")),
            Rule.HISTORY_ENDS_TWICE,
            "terminal events",
        ),
        (e.SignalReceived(**AT, name="late"), Rule.HISTORY_ORDER, "event 3"),
        (
            e.ActivityTaskCompleted(**AT, scheduled=2, command=0, attempt=1),
            Rule.HISTORY_ORDER,
            "event 3",
        ),
    ],
    ids=["second-end", "signal", "outcome-of-nothing"],
)
def test_nothing_but_outcomes_of_open_activities_follows_an_end(
    database: Database, runs: Crowd, event: e.Event, rule: Rule, what: str
) -> None:
    """Neither a second end, nor a signal, nor the outcome of something that is not open."""
    append(database, runs.ended, event)
    assert found(database) == {(rule, what, runs.ended)}


def test_a_history_starts_once_and_its_turns_are_counted(database: Database, runs: Crowd) -> None:
    """A second start, and a turn that comes twice."""
    start = e.WorkflowExecutionStarted(
        **AT, namespace="default", workflow_id="again", run_id=runs.again, workflow_type="T", task_queue="q"
    )
    number = append(database, runs.again, start)
    assert found(database) == {(Rule.HISTORY_ORDER, f"event {number}", runs.again)}
    turn = e.WorkflowTaskCompleted(**AT, turn=1, seen_through=2, wait=Wait(any_signal=True))
    number = append(database, runs.fresh, turn)
    number = append(database, runs.fresh, turn)
    assert (Rule.HISTORY_ORDER, f"event {number}", runs.fresh) in found(database)


def test_time_does_not_run_backwards(database: Database, runs: Crowd) -> None:
    """An event that is older than the one before it."""
    number = append(database, runs.again, e.SignalReceived(**AT, name="a"))
    late = e.SignalReceived(number=number + 1, at=EPOCH, name="b")
    append(database, runs.again, late, codec.encode(late))
    assert found(database) == {(Rule.HISTORY_ORDER, f"event {number + 1}", runs.again)}


def test_what_only_newer_code_can_read_is_told(database: Database, runs: Crowd) -> None:
    """An unknown event, and bytes that are none."""
    number = append(database, runs.again, e.SignalReceived(**AT, name="a"), b"\x08\x04\xfa\x3e\x00")
    garbled = append(database, runs.busy, e.SignalReceived(**AT, name="a"), b"\xff\xff")
    assert found(database) == {
        (Rule.HISTORY_UNREADABLE, f"event {number}", runs.again),
        (Rule.HISTORY_UNREADABLE, f"event {garbled}", runs.busy),
    }


def test_every_rule_is_tried() -> None:
    """A rule that no damage breaks would be one that nobody has seen work. The others have tests above, or in
    `test_fsck_ids`."""
    above = {Rule.HISTORY_ENDS_TWICE, Rule.HISTORY_ORDER, Rule.OPEN_TWICE}
    assert {rule for damage in DAMAGES for rule, _, _ in damage.finds} == set(Rule) - above


def test_findings_are_those_of_the_scope(database: Database, runs: Crowd) -> None:
    """One run, or the runs of a workflow id."""
    database.run("UPDATE sched_executions SET turns = turns + 1")
    everything = found(database)
    assert {run for _, _, run in everything} == {runs.busy, runs.fresh, runs.after, runs.ended, runs.again}
    assert {run for _, _, run in found(database, Scope(run_id=runs.busy))} == {runs.busy}
    of_id = found(database, Scope(workflow_id="again"))
    assert {run for _, _, run in of_id} == {runs.ended, runs.again}
    assert found(database, Scope(workflow_id="again", namespace="other")) == set()


def test_the_current_run_of_a_scope_is_checked(database: Database, runs: Crowd) -> None:
    """The row is the workflow id's, and is looked for with its runs."""
    database.run("DELETE FROM sched_current_runs")
    for scope in (Scope(run_id=runs.busy), Scope(workflow_id="busy")):
        assert found(database, scope) == {(Rule.CURRENT_RUN, "current run", runs.busy)}


def test_an_empty_database_has_no_findings(database: Database) -> None:
    """Nothing is whole."""
    database.clear()
    assert fsck.check(using=database.alias) == ((), 0, 0)
