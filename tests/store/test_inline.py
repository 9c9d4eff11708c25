"""Django code starts and steers workflows in its own transactions."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import connections, transaction

from dispatch.feed.values import Change
from tests.contracts.store_suite import ANY_SIGNAL, activity
from tests.store.databases import Database
from tests.store.driver import Driver
from workflows.client import (
    Code,
    ConflictPolicy,
    Invalid,
    Rejected,
    ReusePolicy,
    cancel_workflow,
    retry_workflow,
    signal_workflow,
    start_workflow,
    terminate_workflow,
)
from workflows.core import events as e
from workflows.core import inputs as i
from workflows.core.keys import TaskRef
from workflows.core.transition import NewTimer
from workflows.core.values import Payload, Status
from workflows.store import wakeups
from workflows.store.backend import INBOX_MAX, LoadRequest
from workflows.store.postgres import PostgresBackend


class Heard:
    """Wake-ups as the engine's process would get them."""

    def __init__(self) -> None:
        self.refs: list[TaskRef] = []
        self.run_ids: list[str] = []
        self.set: list[NewTimer] = []
        self.changed: list[Change] = []

    def tasks(self, refs: Sequence[TaskRef]) -> None:
        self.refs += refs

    def inbox(self, run_ids: Sequence[str]) -> None:
        self.run_ids += run_ids

    def timers(self, timers: Sequence[NewTimer]) -> None:
        self.set += timers

    def changes(self, changes: Sequence[Change]) -> None:
        self.changed += changes

    def bulk(self, operations: Sequence[int]) -> None:
        raise AssertionError("none of these tests asks for one")


@pytest.fixture
def heard() -> Iterator[Heard]:
    found = Heard()
    wakeups.register(found)
    yield found
    wakeups.register(None)


@contextmanager
def rolled_back(alias: str) -> Iterator[None]:
    """A block whose work is undone."""
    with transaction.atomic(using=alias):
        yield
        transaction.set_rollback(True, using=alias)


def drain(driver: Driver, run_id: str) -> list[str]:
    """The engine's next batch for a run; its history afterwards."""
    loaded = driver.backend.begin_and_load(LoadRequest(runs={run_id: i.Needs()}))
    driver.backend.save_and_commit(driver.decide(loaded, []))
    return driver.names(run_id).split()


def test_a_start_is_complete_when_its_transaction_commits(driver: Driver, heard: Heard) -> None:
    """Event, state, task and timer are written together; nobody hears of it before."""
    alias = driver.database.alias
    with transaction.atomic(using=alias):
        started = start_workflow(
            "Ship",
            {"order": 2**70},
            workflow_id="order-1",
            execution_timeout=timedelta(hours=1),
            memo={"a": "ü"},
            using=alias,
        )
        assert started.started
        assert not heard.refs

    (event,) = driver.history(started.run_id)
    assert isinstance(event, e.WorkflowExecutionStarted)
    assert event.input == Payload(b'{"order":1180591620717411303424}')
    assert event.memo == Payload('{"a":"ü"}'.encode())
    state = driver.load(started.run_id)
    assert (state.workflow_id, state.workflow_type, state.turn_due) == ("order-1", "Ship", True)
    assert [ref.key for ref in heard.refs] == [state.workflow_task_key]
    assert [timer.due_at for timer in heard.set] == [state.execution_deadline]
    assert [(each.run_id, each.before, each.after) for each in heard.changed] == [
        (state.run_id, "", "RUNNING")
    ]
    assert driver.database.counts() == {
        "executions": 1,
        "current_runs": 1,
        "requests": 0,
        "events": 1,
        "activities": 0,
        "inbox": 0,
        "tasks": 1,
        "timers": 1,
    }


@pytest.mark.parametrize("name", ["memo", "search_attributes"])
def test_memo_and_search_attributes_are_objects(driver: Driver, name: str) -> None:
    """As at every other door."""
    with pytest.raises(Invalid, match=f"{name}: must be a JSON object"):
        start_workflow("Ship", using=driver.database.alias, **{name: Payload(b"[1]")})  # type: ignore[arg-type]
    assert driver.database.counts()["executions"] == 0


def test_what_is_rolled_back_never_was(driver: Driver, heard: Heard) -> None:
    """Neither rows nor wake-ups of an inner block remain; the outer one's do."""
    alias = driver.database.alias
    with transaction.atomic(using=alias):
        kept = start_workflow("Ship", using=alias)
        with rolled_back(alias):
            start_workflow("Ship", workflow_id="gone", using=alias)
            signal_workflow(kept.workflow_id, "lost", using=alias)
        signal_workflow(kept.workflow_id, "kept", using=alias)

    assert driver.database.counts()["executions"] == 1
    assert [ref.key.run_id for ref in heard.refs] == [kept.run_id]
    assert [each.run_id for each in heard.changed] == [kept.run_id]
    assert heard.run_ids == [kept.run_id]
    assert drain(driver, kept.run_id) == ["WS", "SR"]
    assert driver.database.counts()["inbox"] == 0


def test_outside_a_block_it_takes_effect_at_once(driver: Driver, heard: Heard) -> None:
    """Each call is a transaction of its own."""
    alias = driver.database.alias
    started = start_workflow("Ship", using=alias)
    assert started.workflow_id == started.run_id
    assert len(heard.refs) == 1
    signal_workflow(started.workflow_id, "go", [1, "two"], using=alias)
    cancel_workflow(started.workflow_id, run_id=started.run_id, reason="enough", using=alias)
    assert drain(driver, started.run_id) == ["WS", "SR", "WCR"]
    signal = driver.history(started.run_id)[1]
    assert isinstance(signal, e.SignalReceived)
    assert signal.payload == Payload(b'[1,"two"]')


def test_a_refusal_leaves_the_transaction_as_it_was(driver: Driver) -> None:
    """The block goes on after it and commits what was done before and after."""
    alias = driver.database.alias
    with transaction.atomic(using=alias):
        start_workflow("Ship", workflow_id="order-2", using=alias)
        with pytest.raises(Rejected) as refused:
            start_workflow("Ship", workflow_id="order-2", using=alias)
        assert refused.value.code is Code.ALREADY_EXISTS
        start_workflow("Ship", workflow_id="order-3", using=alias)
    assert driver.database.counts()["executions"] == 2


def test_policies_hold_inline_too(driver: Driver) -> None:
    """For open ids and for ended ones; the id then means the newer run."""
    alias = driver.database.alias
    first = start_workflow("Ship", workflow_id="order-4", using=alias)
    again = start_workflow(
        "Ship", workflow_id="order-4", conflict_policy=ConflictPolicy.USE_EXISTING, using=alias
    )
    assert (again.run_id, again.started) == (first.run_id, False)
    terminate_workflow("order-4", using=alias)
    assert drain(driver, first.run_id) == ["WS", "WT"]

    with pytest.raises(Rejected, match="REJECT_DUPLICATE"):
        start_workflow("Ship", workflow_id="order-4", reuse_policy=ReusePolicy.REJECT_DUPLICATE, using=alias)
    second = start_workflow("Ship", workflow_id="order-4", using=alias)

    assert second.run_id != first.run_id
    assert driver.database.counts()["current_runs"] == 1
    signal_workflow("order-4", "go", using=alias)
    assert drain(driver, second.run_id) == ["WS", "SR"]


def test_a_repeated_request_id_changes_nothing(driver: Driver) -> None:
    """Whether its first effect still lies in the inbox or is recorded."""
    alias = driver.database.alias
    first = start_workflow("Ship", workflow_id="order-5", request_id="r-1", using=alias)
    repeat = start_workflow("Ship", workflow_id="order-5", request_id="r-1", using=alias)
    assert (repeat.run_id, repeat.started) == (first.run_id, False)
    assert signal_workflow("order-5", "go", request_id="s-1", using=alias).changed
    assert not signal_workflow("order-5", "go", request_id="s-1", using=alias).changed
    assert drain(driver, first.run_id) == ["WS", "SR"]
    assert not signal_workflow("order-5", "go", request_id="s-1", using=alias).changed


def test_a_request_id_alone_names_the_workflow(driver: Driver) -> None:
    """A repeat without a workflow id finds the same run."""
    alias = driver.database.alias
    first = start_workflow("Ship", request_id="key-1", using=alias)
    assert start_workflow("Ship", request_id="key-1", using=alias).run_id == first.run_id


def test_what_comes_too_late_is_told(driver: Driver) -> None:
    """To stop an ended run is a no-op that says so; a signal to it, or to none, is refused."""
    alias = driver.database.alias
    run = start_workflow("Ship", workflow_id="order-6", using=alias)
    cancel_workflow("order-6", using=alias)
    drain(driver, run.run_id)
    assert not cancel_workflow("order-6", using=alias).changed
    terminate_workflow("order-6", using=alias)
    drain(driver, run.run_id)

    answer = terminate_workflow("order-6", using=alias)

    assert (answer.changed, answer.status) == (False, Status.TERMINATED)
    with pytest.raises(Rejected) as refused:
        signal_workflow("order-6", "go", using=alias)
    assert refused.value.code is Code.CLOSED
    with pytest.raises(Rejected) as missing:
        signal_workflow("nobody", "go", using=alias)
    assert missing.value.code is Code.NOT_FOUND
    with pytest.raises(Rejected):
        signal_workflow("order-6", "go", run_id="00000000-0000-7000-8000-000000000000", using=alias)


def test_a_retry_takes_effect_with_its_transaction(driver: Driver) -> None:
    """The start of a run that has ended, once more; what is rolled back never was, and an open run is in its way."""
    alias = driver.database.alias
    first = start_workflow("Ship", {"n": 1}, workflow_id="order-1", using=alias)
    driver.commit(i.TerminateRequested(run_id=first.run_id))
    with rolled_back(alias):
        retry_workflow("order-1", using=alias)
    assert driver.database.counts()["executions"] == 1

    retried = retry_workflow("order-1", request_id="again", using=alias)

    assert (retried.workflow_id, retried.retry_of_run_id, retried.started) == ("order-1", first.run_id, True)
    (event,) = driver.history(retried.run_id)
    assert isinstance(event, e.WorkflowExecutionStarted)
    assert (event.input, event.identity) == (Payload(b'{"n":1}'), "django")
    with pytest.raises(Rejected) as refused:
        retry_workflow("order-1", using=alias)
    assert (refused.value.code, refused.value.run_id) == (Code.ALREADY_EXISTS, retried.run_id)
    repeated = retry_workflow("order-1", request_id="again", using=alias)
    assert (repeated.run_id, repeated.retry_of_run_id) == (retried.run_id, first.run_id)
    assert not repeated.started


def test_a_termination_from_the_inbox_takes_all_children_along(driver: Driver) -> None:
    """The load did not know that it lay there, and reads the children it touches after all."""
    alias = driver.database.alias
    run_id = driver.begin()
    driver.commit(driver.turn(run_id, activity(0), activity(1), wait=ANY_SIGNAL))
    terminate_workflow(run_id, using=alias)
    assert drain(driver, run_id) == ["WS", "Y", "AS", "AS", "WT"]
    counts = driver.database.counts()
    assert (counts["tasks"], counts["activities"], counts["inbox"]) == (0, 0, 0)


def test_a_large_inbox_is_drained_in_parts(driver: Driver) -> None:
    """In its order, so that no transaction is as long as an inbox may be."""
    alias = driver.database.alias
    run_id = driver.begin()
    with transaction.atomic(using=alias):
        for number in range(INBOX_MAX + 2):
            signal_workflow(run_id, f"s{number}", using=alias)
    assert len(drain(driver, run_id)) == 1 + INBOX_MAX
    assert driver.database.counts()["inbox"] == 2
    assert len(drain(driver, run_id)) == 1 + INBOX_MAX + 2
    names = [event.name for event in driver.history(run_id) if isinstance(event, e.SignalReceived)]
    assert names == [f"s{number}" for number in range(INBOX_MAX + 2)]


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": ""}, "name"),
        ({"name": "é"}, "name"),
        ({"name": 5}, "name"),
        ({"workflow_id": ".."}, "workflow_id"),
        ({"workflow_id": "counts"}, "workflow_id"),
        ({"workflow_id": 4711}, "workflow_id"),
        ({"workflow_id": "a b"}, "workflow_id"),
        ({"workflow_id": ""}, "workflow_id"),
        ({"request_id": "x\0"}, "request_id"),
        ({"task_queue": ""}, "task_queue"),
        ({"execution_timeout": timedelta(0)}, "execution_timeout"),
        ({"execution_timeout": 0}, "execution_timeout"),
        ({"execution_timeout": True}, "execution_timeout"),
        ({"execution_timeout": "5"}, "execution_timeout"),
        ({"execution_timeout": 1e300}, "execution_timeout"),
        ({"execution_timeout": float("nan")}, "execution_timeout"),
        ({"execution_timeout": 10**5000}, "execution_timeout"),
        ({"input": 10**5000}, "input"),
        ({"input": float("nan")}, "input"),
        ({"input": {1: 2}}, "input"),
        ({"input": object()}, "input"),
        ({"input": "x" * (2 * 1024 * 1024)}, "input"),
        ({"conflict_policy": "PERHAPS"}, "conflict_policy"),
    ],
)
def test_bad_arguments_name_their_field(arguments: dict[str, object], field: str) -> None:
    """They are checked before the database is touched."""
    with pytest.raises(Invalid) as refused:
        start_workflow(**{"name": "Ship", **arguments})  # type: ignore[arg-type]
    assert [error.field for error in refused.value.errors] == [field]


@pytest.mark.parametrize("given", [5, 5.0, timedelta(seconds=5)])
def test_a_time_limit_is_a_duration_or_seconds(driver: Driver, given: float | timedelta) -> None:
    """Both mean the same."""
    started = start_workflow("Ship", execution_timeout=given, using=driver.database.alias)
    (event,) = driver.history(started.run_id)
    assert isinstance(event, e.WorkflowExecutionStarted)
    assert event.execution_timeout == timedelta(seconds=5)


@pytest.mark.parametrize(
    ("steer", "arguments", "field"),
    [
        (signal_workflow, {"name": "é ok"}, "name"),
        (signal_workflow, {"name": 5}, "name"),
        (signal_workflow, {"name": "go", "run_id": 5}, "run_id"),
        (cancel_workflow, {"reason": 5}, "reason"),
        (terminate_workflow, {"request_id": 5}, "request_id"),
        (terminate_workflow, {"workflow_id": "."}, "workflow_id"),
        (retry_workflow, {"workflow_id": "a b"}, "workflow_id"),
        (retry_workflow, {"run_id": 5}, "run_id"),
        (retry_workflow, {"request_id": ""}, "request_id"),
    ],
)
def test_bad_steering_names_its_field(steer: Any, arguments: dict[str, object], field: str) -> None:
    """Values of a wrong type are told as those of a wrong form."""
    with pytest.raises(Invalid) as refused:
        steer(**{"workflow_id": "a", **arguments})
    assert [error.field for error in refused.value.errors] == [field]


def test_a_block_left_open_delays_nobody(postgres: Database) -> None:
    """But a start of the same id: that one is refused after its patience, and nothing of it is stored."""
    driver = Driver(PostgresBackend(postgres.target, require_durability=False), postgres)
    run_id = driver.begin("open-1")
    begun, done = threading.Event(), threading.Event()

    def hold_open() -> None:
        with transaction.atomic(using=postgres.alias):
            start_workflow("Ship", workflow_id="mine", using=postgres.alias)
            signal_workflow("open-1", "later", request_id="r", using=postgres.alias)
            begun.set()
            done.wait(20)
        connections[postgres.alias].close()

    other = threading.Thread(target=hold_open)
    other.start()
    assert begun.wait(10)

    driver.commit(i.SignalSent(run_id=run_id, name="now"))
    assert driver.names(run_id) == "WS SR"
    assert start_workflow("Ship", workflow_id="theirs", using=postgres.alias).started
    signal_workflow("open-1", "too", request_id="other", using=postgres.alias)
    with pytest.raises(Rejected) as refused:
        start_workflow("Ship", workflow_id="mine", using=postgres.alias)
    assert refused.value.code is Code.ID_BUSY

    done.set()
    other.join(10)
    assert postgres.counts()["executions"] == 3
    assert drain(driver, run_id) == ["WS", "SR", "SR", "SR"]
    driver.backend.close()


def test_other_processes_hear_of_it_if_it_commits(postgres: Database) -> None:
    """Inbox, task and timer are announced; what was rolled back is not."""
    alias = postgres.alias
    with psycopg.connect(postgres.target, autocommit=True) as listener:
        for channel in (wakeups.INBOX_CHANNEL, wakeups.TASKS_CHANNEL, wakeups.TIMERS_CHANNEL):
            listener.execute(f"LISTEN {channel}".encode())
        with rolled_back(alias):
            start_workflow("Ship", using=alias)
        started = start_workflow("Ship", execution_timeout=timedelta(hours=1), using=alias)
        signal_workflow(started.workflow_id, "go", using=alias)
        hints = {hint.channel: hint.payload for hint in listener.notifies(timeout=5, stop_after=3)}

    assert wakeups.parse_inbox(hints[wakeups.INBOX_CHANNEL]) == [started.run_id]
    ref = wakeups.parse_task(hints[wakeups.TASKS_CHANNEL])
    assert (ref.key.run_id, ref.queue.queue) == (started.run_id, "default")
    assert wakeups.parse_timer(hints[wakeups.TIMERS_CHANNEL]).key.run_id == started.run_id
