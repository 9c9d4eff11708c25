"""Entries of the inbox that cannot be read cost themselves alone, and are not lost."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.e2e.harness.processes import ROOT
from tests.store.crowd import raw_id
from tests.store.databases import Database
from tests.store.default import as_default
from tests.store.driver import Driver
from workflows.codec import inbox as codec
from workflows.core import inputs as i
from workflows.core.values import Status
from workflows.store import fsck
from workflows.store.backend import LoadRequest
from workflows.store.fsck import Rule, Scope
from workflows.store.reader import WaitingInbox, waiting_inboxes

OF_A_NEWER_VERSION = 9
NO_MESSAGE = b"\xff"
SIGNAL = codec.InboxKind.SIGNAL
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
PUT_BACK = "UPDATE sched_inbox SET kind = -kind WHERE id = {} AND kind < 0"
GIVE_UP = "DELETE FROM sched_inbox WHERE id = {}"


@pytest.fixture
def run_id(driver: Driver) -> str:
    return driver.begin("order")


def put(database: Database, run_id: str, kind: int, data: bytes) -> int:
    """A row of the inbox; its id."""
    database.run(
        "INSERT INTO sched_inbox (run_id, namespace, shard, kind, data, request_id, created_at)"
        " SELECT run_id, namespace, shard, %s, %s, '', started_at FROM sched_executions WHERE run_id = %s",
        [kind, data, raw_id(database, run_id)],
    )
    return int(database.run("SELECT max(id) FROM sched_inbox")[0][0])


def ask(database: Database, given: codec.Steering) -> None:
    put(database, given.run_id, codec.kind_of(given), codec.encode(given))


def kinds(database: Database) -> list[int]:
    return [kind for (kind,) in database.run("SELECT kind FROM sched_inbox ORDER BY id")]


def drain(driver: Driver, run_id: str) -> None:
    """A batch that touches the run, and asks nothing of it itself."""
    loaded = driver.backend.begin_and_load(LoadRequest(runs={run_id: i.Needs(all_children=True)}))
    driver.backend.save_and_commit(driver.decide(loaded, ()))


@pytest.mark.parametrize(("kind", "left"), [(OF_A_NEWER_VERSION, OF_A_NEWER_VERSION), (SIGNAL, -SIGNAL)])
def test_an_entry_that_cannot_be_read_costs_itself_alone(
    driver: Driver, run_id: str, kind: int, left: int
) -> None:
    """What lies before and behind it is recorded; it stays in the inbox."""
    ask(driver.database, i.SignalSent(run_id=run_id, name="before"))
    put(driver.database, run_id, kind, NO_MESSAGE)
    ask(driver.database, i.SignalSent(run_id=run_id, name="behind"))

    driver.commit(i.SignalSent(run_id=run_id, name="last"))

    assert driver.names(run_id) == "WS SR SR SR"
    assert kinds(driver.database) == [left]


@pytest.mark.parametrize("kind", [OF_A_NEWER_VERSION, SIGNAL])
@pytest.mark.parametrize("is_drained", [True, False])
def test_a_run_with_one_can_be_terminated(
    driver: Driver, run_id: str, kind: int, *, is_drained: bool
) -> None:
    """By an entry behind it, or by a request of its own."""
    put(driver.database, run_id, kind, NO_MESSAGE)
    end = i.TerminateRequested(run_id=run_id)
    if is_drained:
        ask(driver.database, end)
        drain(driver, run_id)
    else:
        driver.commit(end)
    assert driver.load(run_id).status is Status.TERMINATED


def test_what_is_set_aside_is_told_once(
    driver: Driver, run_id: str, caplog: pytest.LogCaptureFixture
) -> None:
    """With its run, kind and id."""
    number = put(driver.database, run_id, SIGNAL, NO_MESSAGE)
    for _ in range(3):
        driver.commit(i.SignalSent(run_id=run_id, name="go"))
    assert [record.getMessage() for record in caplog.records] == [
        f"inbox entry {number} of run {run_id}, of kind 1, cannot be read and was set aside"
    ]


def test_it_is_named_until_it_is_given_up(driver: Driver, run_id: str) -> None:
    """By `fsck`, whose repair leaves it; the statements are those of docs/operating.md."""
    database = driver.database
    number = put(database, run_id, SIGNAL, NO_MESSAGE)
    drain(driver, run_id)
    for statement in (PUT_BACK, GIVE_UP):
        (finding,) = fsck.check(using=database.alias).findings
        assert (finding.rule, finding.what, finding.found) == (
            Rule.INBOX, f"inbox entry {number}", "kind -1, set aside",
        )  # fmt: skip
        assert [each.repaired for each in fsck.repair(using=database.alias, scope=Scope(run_id=run_id))] == [
            False
        ]
        database.run(statement.format(number))
        drain(driver, run_id)
    assert fsck.check(using=database.alias).is_clean


def test_what_a_newer_version_wrote_waits_for_it(driver: Driver, run_id: str) -> None:
    """Sweeps have nothing of it drained here, and take those first that can be."""
    other = driver.begin("other")
    put(driver.database, run_id, OF_A_NEWER_VERSION, NO_MESSAGE)
    put(driver.database, other, -SIGNAL, NO_MESSAGE)
    foreign = WaitingInbox(run_id=run_id, unknown_kind=OF_A_NEWER_VERSION, is_drained_here=False, since=NOON)
    with as_default(driver.database):
        assert waiting_inboxes(10) == [foreign]
        ask(driver.database, i.SignalSent(run_id=other, name="go"))
        mine = WaitingInbox(run_id=other, unknown_kind=0, is_drained_here=True, since=NOON)
        assert waiting_inboxes(10) == [mine, foreign]
        assert waiting_inboxes(1) == [mine]


def test_what_can_be_read_after_all_is_put_back(driver: Driver, run_id: str) -> None:
    """By a version that can: the next batch drains it."""
    data = codec.encode(i.SignalSent(run_id=run_id, name="go"))
    number = put(driver.database, run_id, -SIGNAL, data)
    driver.database.run(PUT_BACK.format(number))
    drain(driver, run_id)
    assert driver.names(run_id) == "WS SR"
    assert kinds(driver.database) == []


def test_the_statements_are_those_of_the_documentation() -> None:
    """Operators copy them from there."""
    text = (ROOT / "docs/operating.md").read_text()
    assert PUT_BACK.format(12) in text
    assert GIVE_UP.format(12) in text
