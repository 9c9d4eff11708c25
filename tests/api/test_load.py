"""Task queues, workers and series."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from dispatch.workers import WorkerRow, record
from tests.api.caller import Caller
from tests.store.driver import new_run_id
from workflows.api import requests
from workflows.core import inputs as i

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def connect(api: Caller, engine: str, *workers: tuple[str, str, int]) -> None:
    """As an engine tells of its workers: queue, identity and kind of each."""
    rows = [
        WorkerRow(
            number=number,
            namespace="default",
            kind=kind,
            queue=queue,
            identity=identity,
            session=f"s-{identity}",
            types=("Ship", "Bill"),
            build="",
            slots=10,
            streaming=True,
            connected_at=NOON,
        )
        for number, (queue, identity, kind) in enumerate(workers, 1)
    ]
    with api.driver.database.wrapper.cursor() as cursor:
        record(cursor, engine, rows=rows, sweeps=False, now=datetime.now(UTC))


def hold(api: Caller, workflow_id: str, engine: str, identity: str) -> None:
    """The worker has the run's task in hand."""
    api.driver.claim(api.driver.load(api.run_of(workflow_id)).workflow_task_key)
    api.driver.database.run(
        "UPDATE sched_tasks SET owner = %s, session = %s, engine = %s WHERE workflow_id = %s",
        [identity, f"s-{identity}", engine, workflow_id],
    )


def test_workers_of_all_engines_are_listed(api: Caller) -> None:
    """With what each has in hand; of one queue if asked."""
    api.start({"workflowName": "Ship", "workflowId": "order-1"})
    connect(api, "one", ("default", "ada", 1), ("default", "ada", 2))
    connect(api, "two", ("default", "bob", 1), ("slow", "bob", 1))
    hold(api, "order-1", "two", "bob")

    found = api.get("workers").json["workers"]

    told = [(each["taskQueue"], each["kind"], each["identity"], each["inFlight"]) for each in found]
    assert told == [
        ("default", "WORKFLOW", "ada", 0),
        ("default", "WORKFLOW", "bob", 1),
        ("default", "ACTIVITY", "ada", 0),
        ("slow", "WORKFLOW", "bob", 0),
    ]
    assert found[0] == {
        "identity": "ada",
        "taskQueue": "default",
        "kind": "WORKFLOW",
        "types": ["Ship", "Bill"],
        "build": None,
        "slots": 10,
        "inFlight": 0,
        "streaming": True,
        "connectedAt": "2026-03-01T12:00:00.000000Z",
        "engine": "one",
    }
    assert [each["engine"] for each in api.get("workers", taskQueue="slow").json["workers"]] == ["two"]
    assert api.get("workers", taskQueue="nobody-s").json["workers"] == []


def test_queues_tell_of_work_and_of_workers(api: Caller) -> None:
    """A queue that has only the one or the other is there too."""
    api.start({"workflowName": "Ship", "taskQueue": "idle"})
    api.start({"workflowName": "Ship", "workflowId": "order-1"})
    connect(api, "one", ("default", "ada", 1), ("new", "ada", 2))
    connect(api, "two", ("default", "bob", 1))
    hold(api, "order-1", "two", "bob")

    queues = api.get("task-queues").json["taskQueues"]

    told = [
        (each["taskQueue"], each["kind"], each["backlog"], each["inFlight"], each["workers"], each["slots"])
        for each in queues
    ]
    assert told == [
        ("default", "WORKFLOW", 0, 1, 2, 20),
        ("idle", "WORKFLOW", 1, 0, 0, 0),
        ("new", "ACTIVITY", 0, 0, 1, 10),
    ]
    assert queues[0]["oldestAgeSeconds"] is None
    assert queues[1]["oldestAgeSeconds"] >= 0


def test_one_queue_is_told_with_its_workers(api: Caller) -> None:
    """One that nobody knows is empty, and no error."""
    connect(api, "one", ("default", "ada", 1), ("default", "ada", 2), ("slow", "bob", 1))
    found = api.get("task-queues/default").json
    assert found["taskQueue"] == "default"
    assert [each["kind"] for each in found["kinds"]] == ["WORKFLOW", "ACTIVITY"]
    assert [(each["identity"], each["kind"]) for each in found["workers"]] == [
        ("ada", "WORKFLOW"),
        ("ada", "ACTIVITY"),
    ]
    unknown = api.get("task-queues/nobody-s")
    assert (unknown.status, unknown.json) == (200, {"taskQueue": "nobody-s", "kinds": [], "workers": []})


@pytest.mark.parametrize(
    ("path", "query", "field"),
    [
        ("task-queues/a b", {}, "taskQueue"),
        ("task-queues/default", {"x": "1"}, "x"),
        ("task-queues/default", {"taskQueue": "a"}, "taskQueue"),
        ("task-queues", {"window": "1h"}, "window"),
        ("workers", {"taskQueue": ""}, "taskQueue"),
        ("workers", {"taskQueue": "a/b"}, "taskQueue"),
        ("workers", {"identity": "a"}, "identity"),
        ("stats", {"window": ""}, "window"),
        ("stats", {"window": "2h"}, "window"),
        ("stats", {"window": "1H"}, "window"),
        ("stats", {"since": "1"}, "since"),
    ],
)
def test_bad_questions_name_their_field(api: Caller, path: str, query: dict[str, object], field: str) -> None:
    """As everywhere."""
    answer = api.get(path, **query)
    assert (answer.status, answer.fields) == (400, [field])


def put(api: Caller, status: str, started: datetime, lasted: float | None) -> None:
    """A header alone, as if the run had begun then."""
    api.driver.begin(workflow_id := f"r-{new_run_id()}")
    closed = None if lasted is None else started + timedelta(seconds=lasted)
    values = [
        value if api.driver.database.is_postgres else value and str(value)[:26] for value in (started, closed)
    ]
    api.driver.database.run(
        "UPDATE sched_executions SET status = %s, started_at = %s, closed_at = %s WHERE workflow_id = %s",
        [status, *values, workflow_id],
    )


@pytest.mark.parametrize("window", requests.WINDOWS)
def test_series_tell_what_started_and_ended_in_each_span(api: Caller, window: str) -> None:
    """And how long what ended had taken; the spans join, and the last is the present one."""
    seconds, count = requests.WINDOWS[window]
    now = datetime.now(UTC)
    middle = now - timedelta(seconds=seconds * (count // 2))
    for status, lasted in (("COMPLETED", 0.5), ("COMPLETED", 1.0), ("FAILED", 1.5), ("TERMINATED", 2.0)):
        put(api, status, middle - timedelta(seconds=lasted), lasted)
    put(api, "RUNNING", now, None)
    put(api, "COMPLETED", now - timedelta(days=30), 1.0)

    found = api.get("stats", window=window).json

    buckets = found["buckets"]
    assert (found["window"], found["bucketSeconds"], found["approximate"]) == (window, seconds, False)
    instants = [datetime.fromisoformat(each["at"]) for each in buckets]
    assert {b - a for a, b in itertools.pairwise(instants)} == {timedelta(seconds=seconds)}
    assert len(buckets) == count
    assert instants[-1] <= datetime.now(UTC)
    assert sum(each["started"] for each in buckets) == 5
    (ended,) = [each for each in buckets if each["p50DurationSeconds"] is not None]
    assert (
        datetime.fromisoformat(ended["at"])
        <= middle
        < datetime.fromisoformat(ended["at"]) + (timedelta(seconds=seconds))
    )
    assert (ended["completed"], ended["failed"], ended["otherEnds"]) == (2, 1, 1)
    assert ended["meanDurationSeconds"] == pytest.approx(1.25, abs=0.001)
    assert ended["p50DurationSeconds"] == pytest.approx(1.0, abs=0.001)
    assert ended["p95DurationSeconds"] == pytest.approx(2.0, abs=0.001)
    assert [each for each in buckets if each is not ended and each["completed"]] == []


def test_a_run_that_really_ended_is_in_the_series(api: Caller) -> None:
    """As the engine writes it; without a window it is the last hour."""
    run_id = api.driver.begin()
    api.driver.commit(i.TerminateRequested(run_id=run_id))
    found = api.get("stats").json
    assert (found["window"], len(found["buckets"])) == ("1h", 60)
    assert sum(each["otherEnds"] for each in found["buckets"]) == 1
