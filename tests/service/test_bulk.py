"""Bulk operations without an engine: what is asked for, what a step does to the tables, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.contracts.store_suite import ANY_SIGNAL
from tests.store.databases import Database
from tests.store.default import as_default
from tests.store.driver import Driver, payload
from workflows import points
from workflows.access.actions import Action
from workflows.access.principal import ANYBODY, Denied, Principal
from workflows.core import commands as c
from workflows.core import inputs as i
from workflows.core.events import SignalReceived, WorkflowExecutionCancelRequested, WorkflowExecutionStarted
from workflows.core.rejection import Rejected
from workflows.core.values import Failure, FailureKind, Status
from workflows.models import AuditEntry, BulkOperation
from workflows.points import Point
from workflows.service import bulk
from workflows.service.bulk import Asked, Kind, State
from workflows.service.bulk.step import _chunk
from workflows.service.errors import Invalid
from workflows.store.backend import LoadRequest
from workflows.store.postgres import PostgresBackend
from workflows.store.reader import Filters

ALICE = Principal(name="alice", actions=frozenset(Action))
OURS = Filters(id_prefix="order-")


@pytest.fixture
def runs(driver: Driver) -> Iterator[Driver]:
    """The default database is the driver's, of each vendor in turn."""
    with as_default(driver.database):
        yield driver


def begin(driver: Driver, count: int, prefix: str = "order") -> list[str]:
    return [driver.begin(f"{prefix}-{number}") for number in range(count)]


def ask(kind: Kind = Kind.CANCEL, filters: Filters = OURS, **more: object) -> BulkOperation:
    operation, is_new = bulk.ask(Asked(kind=kind, filters=filters, **more), ALICE, "rest")  # type: ignore[arg-type]
    assert is_new
    return operation


def run_to_its_end(operation: BulkOperation, size: int = 2) -> list[str]:
    """The runs that got something, in order."""
    given: list[str] = []
    while bulk.find(operation.pk).finished_at is None:
        stepped = bulk.step(size)
        assert stepped.operation == operation.pk
        given += [*stepped.run_ids, *stepped.begun]
    return given


def drain(driver: Driver, run_id: str) -> str:
    """The engine's next batch for the run; its history afterwards."""
    loaded = driver.backend.begin_and_load(LoadRequest(runs={run_id: i.Needs(all_children=True)}))
    driver.backend.save_and_commit(driver.decide(loaded, []))
    return driver.names(run_id)


def counters(operation: BulkOperation) -> tuple[int, ...]:
    """Found, matched, changed, skipped, failed."""
    now = bulk.find(operation.pk)
    return now.found, now.matched, now.changed, now.skipped, now.failed


def end(driver: Driver, run_id: str) -> None:
    """By a failure."""
    failure = Failure(kind=FailureKind.APPLICATION, type="Broken", message="it broke")
    driver.commit(driver.turn(run_id, c.FailWorkflow(failure=failure), wait=ANY_SIGNAL))


def test_all_that_match_are_asked_to_stop_once(runs: Driver) -> None:
    """Chunk by chunk, the oldest first; each history names who asked and the operation; others are left alone."""
    ours, others = begin(runs, 5), begin(runs, 2, "parcel")
    operation = ask(reason="a bad deploy")
    assert run_to_its_end(operation) == ours
    assert {drain(runs, run) for run in ours} == {"WS WCR"}
    (asked,) = [e for e in runs.history(ours[3]) if isinstance(e, WorkflowExecutionCancelRequested)]
    assert (asked.identity, asked.reason) == (f"rest:alice bulk/{operation.pk}", "a bad deploy")
    assert {drain(runs, run) for run in others} == {"WS"}
    assert bulk.find(operation.pk).state == State.DONE
    assert counters(operation) == (5, 5, 5, 0, 0)
    assert bulk.step(2) == bulk.Stepped()


def test_a_signal_brings_its_payload(runs: Driver) -> None:
    """Byte for byte, under its name."""
    (run,) = begin(runs, 1)
    operation = ask(Kind.SIGNAL, signal_name="approve", payload=payload('{"by" : "ada"}'))
    run_to_its_end(operation)
    assert drain(runs, run) == "WS SR"
    (signal,) = [e for e in runs.history(run) if isinstance(e, SignalReceived)]
    assert (signal.name, signal.payload) == ("approve", payload('{"by" : "ada"}'))
    assert signal.identity == f"rest:alice bulk/{operation.pk}"


def test_a_termination_ends_them(runs: Driver) -> None:
    """All at once, workers or none."""
    ours = begin(runs, 3)
    run_to_its_end(ask(Kind.TERMINATE))
    assert {drain(runs, run) for run in ours} == {"WS WT"}


def test_what_starts_later_is_not_touched(runs: Driver) -> None:
    """Not even if it begins while the operation runs."""
    begin(runs, 3)
    operation = ask()
    later = runs.begin("order-later")
    assert later not in run_to_its_end(operation)
    assert counters(operation) == (3, 3, 3, 0, 0)


def test_who_was_asked_before_is_skipped(runs: Driver) -> None:
    """A second cancel request changes nothing, so none is written."""
    asked, other = begin(runs, 2)
    runs.commit(i.CancelRequested(run_id=asked))
    operation = ask()
    assert run_to_its_end(operation) == [other]
    assert counters(operation) == (2, 2, 1, 1, 0)


def test_a_retry_begins_failed_ones_again(runs: Driver) -> None:
    """With the input they had, once each; what runs is left alone, and so is what was begun again already."""
    failed, running = runs.begin("order-1", input=payload('"tea"')), runs.begin("order-2")
    end(runs, failed)
    twice = runs.begin("order-3")
    end(runs, twice)
    end(runs, runs.begin("order-3"))
    operation = ask(Kind.RETRY, Filters(status=Status.FAILED, id_prefix="order-"))
    begun = run_to_its_end(operation)
    assert counters(operation) == (3, 3, 2, 1, 0)
    started = runs.history(begun[0])[0]
    assert isinstance(started, WorkflowExecutionStarted)
    assert (started.input, started.retry_of_run_id) == (payload('"tea"'), failed)
    assert started.identity == f"rest:alice bulk/{operation.pk}"
    assert runs.names(running) == "WS"


def test_a_retry_that_is_repeated_by_hand_has_one_effect(runs: Driver) -> None:
    """With its position set back, as no crash does: the runs that it began are in the way, and nothing else begins."""
    end(runs, runs.begin("order-1"))
    operation = ask(Kind.RETRY)
    assert len(run_to_its_end(operation)) == 1
    BulkOperation.objects.filter(pk=operation.pk).update(
        position_at=None, position_run=None, finished_at=None
    )
    assert run_to_its_end(operation) == []
    assert runs.database.count("sched_executions") == 2


def test_a_run_that_cannot_be_read_fails_alone(runs: Driver) -> None:
    """The others are begun again; the operation tells of the problem."""
    broken, whole = begin(runs, 2)
    end(runs, broken)
    end(runs, whole)
    raw = broken if runs.database.is_postgres else broken.replace("-", "")
    runs.database.run("DELETE FROM sched_events WHERE run_id = %s AND seq = 1", [raw])
    operation = ask(Kind.RETRY)
    assert len(run_to_its_end(operation)) == 1
    assert counters(operation) == (2, 2, 1, 0, 1)
    assert broken in bulk.find(operation.pk).problem


class Crash(BaseException):
    """The process ends here."""


def test_a_chunk_that_was_not_committed_is_done_again(runs: Driver) -> None:
    """Its entries are gone with its position: nothing is done twice, nothing is left out."""
    ours = begin(runs, 5)
    operation = ask()
    bulk.step(2)

    def crash(point: Point) -> None:
        if point is Point.BULK_WRITTEN:
            raise Crash

    points.arm(crash)
    try:
        with pytest.raises(Crash):
            bulk.step(2)
    finally:
        points._act = None
    assert counters(operation) == (5, 2, 2, 0, 0)
    assert runs.database.count("sched_inbox") == 2
    assert run_to_its_end(operation) == ours[2:]
    assert runs.database.count("sched_inbox") == 5


def test_a_stop_is_effective_at_once(runs: Driver) -> None:
    """What was done stays; no more is; a second stop changes nothing. The audit has who asked, and who stopped it."""
    begin(runs, 4)
    operation = ask(reason="a bad deploy")
    bulk.step(2)
    stopped = bulk.stop(operation.pk, ALICE, "rest")
    assert (stopped.state, counters(operation)) == (State.STOPPED, (4, 2, 2, 0, 0))
    assert bulk.step(2) == bulk.Stepped()
    assert bulk.stop(operation.pk, ALICE, "rest").finished_at == stopped.finished_at
    asked, ended = AuditEntry.objects.order_by("id")
    assert (asked.who, asked.door, asked.action, asked.reason) == (
        "alice",
        "rest",
        "bulk-cancel",
        "a bad deploy",
    )
    assert asked.details == {"bulk": operation.pk, "filters": {"idPrefix": "order-"}, "found": 4}
    assert ended.action == "bulk-stop"
    assert ended.details["changed"] == 2


def test_a_stop_that_comes_before_the_chunk_is_written_wins(runs: Driver) -> None:
    """The chunk was read, and the row tells that it is over."""
    begin(runs, 2)
    operation = ask()
    read = bulk.find(operation.pk)
    bulk.stop(operation.pk, ALICE, "rest")
    assert _chunk(read, 2).run_ids == ()
    assert runs.database.count("sched_inbox") == 0


def test_two_engines_do_not_do_one_chunk(runs: Driver) -> None:
    """The one that comes second finds that the position has moved."""
    begin(runs, 4)
    operation = ask()
    read = bulk.find(operation.pk)
    first = bulk.step(2)
    assert _chunk(read, 2).run_ids == ()
    assert runs.database.count("sched_inbox") == len(first.run_ids) == 2


def test_operations_take_turns(runs: Driver) -> None:
    """The second waits until the first is over."""
    begin(runs, 3)
    first, second = ask(), ask(Kind.TERMINATE)
    run_to_its_end(first)
    assert bulk.find(second.pk).state == State.WAITING
    run_to_its_end(second)
    assert counters(second) == (3, 3, 3, 0, 0)


def test_an_operation_that_cannot_go_on_is_not_in_the_way(
    runs: Driver, caplog: pytest.LogCaptureFixture
) -> None:
    """It has failed, says so, and the next one is done."""
    begin(runs, 1)
    broken = ask()
    BulkOperation.objects.filter(pk=broken.pk).update(filters={"status": "ASLEEP"})
    bulk.step(2)
    assert bulk.find(broken.pk).state == State.FAILED
    assert bulk.find(broken.pk).problem.startswith("ValueError")
    assert f"bulk operation {broken.pk} fails" in caplog.text
    run_to_its_end(ask())


def test_a_preview_changes_nothing(runs: Driver) -> None:
    """It tells how many there are and names the first."""
    ours = begin(runs, 25)
    found = bulk.preview(Asked(kind=Kind.CANCEL, filters=OURS))
    assert (found.found, [target.run_id for target in found.first]) == (25, ours[:20])
    assert not BulkOperation.objects.exists()


def test_the_same_request_id_finds_the_first(runs: Driver) -> None:
    """Whatever else the second asks for."""
    begin(runs, 1)
    first = ask(request_id="once")
    again, is_new = bulk.ask(Asked(kind=Kind.CANCEL, filters=OURS, request_id="once"), ALICE, "rest")
    assert (again.pk, is_new) == (first.pk, False)
    assert AuditEntry.objects.count() == 1


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (Asked(kind=Kind.CANCEL, filters=Filters()), "filters"),
        (Asked(kind=Kind.CANCEL, filters=Filters(status=Status.RUNNING)), "filters"),
        (Asked(kind=Kind.RETRY, filters=Filters()), "filters"),
        (Asked(kind=Kind.CANCEL, filters=OURS, everything=True), "all"),
        (Asked(kind=Kind.SIGNAL, filters=Filters(status=Status.FAILED)), "filters.status"),
        (Asked(kind=Kind.RETRY, filters=Filters(status=Status.RUNNING)), "filters.status"),
    ],
)
def test_what_cannot_be_meant_is_refused(runs: Driver, asked: Asked, field: str) -> None:
    """With the field; nothing is made, and a preview refuses it too."""
    for refuse in (lambda: bulk.ask(asked, ANYBODY, "rest"), lambda: bulk.preview(asked)):
        with pytest.raises(Invalid) as refusal:
            refuse()
        assert [error.field for error in refusal.value.errors] == [field]
    assert not BulkOperation.objects.exists()


def test_everything_can_be_meant(runs: Driver) -> None:
    """By saying so."""
    ours = begin(runs, 2)
    assert run_to_its_end(ask(filters=Filters(), everything=True)) == ours


def test_the_action_s_own_permission_is_asked(runs: Driver) -> None:
    """To begin and to stop; a principal who may cancel may not terminate."""
    begin(runs, 1)
    clerk = Principal(name="clerk", actions=frozenset({Action.READ, Action.CANCEL}))
    operation, _ = bulk.ask(Asked(kind=Kind.CANCEL, filters=OURS), clerk, "rest")
    with pytest.raises(Denied):
        bulk.ask(Asked(kind=Kind.TERMINATE, filters=OURS), clerk, "rest")
    with pytest.raises(Denied):
        bulk.stop(operation.pk, Principal(name="guest", actions=frozenset({Action.READ})), "rest")
    assert bulk.find(operation.pk).state == State.WAITING


def test_there_may_be_none(runs: Driver) -> None:
    """A number that is no operation's, however large."""
    for number in (4711, 10**30):
        with pytest.raises(Rejected):
            bulk.find(number)


def test_progress_tells_rate_and_time_left(runs: Driver) -> None:
    """By what was done since it began; nothing before, no time left afterwards."""
    begin(runs, 4)
    operation = ask()
    assert bulk.progress_of(operation, operation.created_at) == bulk.Progress(rate=None, seconds_left=None)
    bulk.step(2)
    half = bulk.find(operation.pk)
    assert half.begun_at is not None
    assert bulk.progress_of(half, half.begun_at + timedelta(seconds=4)) == bulk.Progress(
        rate=0.5, seconds_left=4.0
    )
    run_to_its_end(operation)
    assert bulk.progress_of(bulk.find(operation.pk), half.created_at).seconds_left == 0.0


def test_a_step_costs_the_same_for_many(postgres: Database) -> None:
    """As many statements for a chunk of fifty as for one of five."""
    driver = Driver(PostgresBackend(postgres.target, require_durability=False), postgres)
    costs = []
    with as_default(postgres):
        for size in (5, 50):
            begin(driver, size, f"of-{size}")
            operation = ask(filters=Filters(id_prefix=f"of-{size}-"))
            with CaptureQueriesContext(connection) as asked:
                assert len(bulk.step(size + 1).run_ids) == size
            assert bulk.find(operation.pk).state == State.DONE
            costs.append(len(asked))
    driver.backend.close()
    assert costs[0] == costs[1]


def test_a_look_that_finds_nothing_is_one_statement(runs: Driver) -> None:
    """An engine at rest asks for no more, and that every ten seconds."""
    begin(runs, 2)
    run_to_its_end(ask())
    with CaptureQueriesContext(connection) as asked:
        assert bulk.step(2) == bulk.Stepped()
    assert len(asked) == 1
