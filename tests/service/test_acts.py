"""The audit of an engine's callers, and a database that does not do as it is told."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.db.utils import DataError, OperationalError

from tests.store.databases import Database
from tests.store.default import as_default
from timers.clock import SystemClock
from workflows.access import audit
from workflows.access.actions import Action
from workflows.access.principal import ANYBODY, Principal
from workflows.models import AuditEntry
from workflows.service import acts as module
from workflows.service.acts import Acts
from workflows.service.reading import look

ALICE = Principal(name="alice", actions=frozenset(Action))
RUN = "01980000-0000-7000-8000-00000000000{}"
Write = Callable[[Sequence[AuditEntry]], None]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits is written without a pause."""
    monkeypatch.setattr(module, "LINGER_SECONDS", 0.0)
    monkeypatch.setattr(module, "AGAIN_SECONDS", 0.0)


def spoiled(monkeypatch: pytest.MonkeyPatch, spoil: Callable[[Write, Sequence[AuditEntry]], None]) -> None:
    """Writes go through `spoil`, which is given the real one."""
    real = audit.write
    monkeypatch.setattr(audit, "write", lambda entries: spoil(real, entries))


def noted(acts: Acts, *numbers: int) -> None:
    for number in numbers:
        note = acts.by(ALICE, "signal")
        assert note is not None
        note(f"order-{number}", RUN.format(number))


async def entries() -> list[str]:
    rows = AuditEntry.objects.order_by("id").values_list("workflow_id", flat=True)
    return await look(lambda: list(rows))


@pytest.mark.parametrize("committed", [True, False])
async def test_a_write_whose_outcome_is_unknown_is_there_once(
    database: Database, monkeypatch: pytest.MonkeyPatch, committed: bool
) -> None:
    """Whether it was committed or not: the connection broke, and nobody heard."""
    tries: list[int] = []

    def spoil(real: Write, batch: Sequence[AuditEntry]) -> None:
        tries.append(len(batch))
        if len(tries) > 1 or committed:
            real(batch)
        if len(tries) == 1:
            raise OperationalError("server closed the connection unexpectedly")

    spoiled(monkeypatch, spoil)
    with as_default(database):
        acts = Acts(SystemClock(), "grpc")
        noted(acts, 1, 2)
        while len(tries) < (1 if committed else 2):  # noqa: ASYNC110 - what is looked at has no event
            await asyncio.sleep(0)
        noted(acts, 3)
        await acts.close()
        assert await entries() == ["order-1", "order-2", "order-3"]


async def test_what_is_being_written_at_the_end_is_written_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An engine that stops waits for it, and then writes the rest."""
    begun, may_end = threading.Event(), threading.Event()

    def spoil(real: Write, batch: Sequence[AuditEntry]) -> None:
        begun.set()
        may_end.wait(10)
        real(batch)

    spoiled(monkeypatch, spoil)
    with as_default(database):
        acts = Acts(SystemClock(), "grpc")
        noted(acts, 1)
        await asyncio.to_thread(begun.wait, 10)
        noted(acts, 2)
        closing = asyncio.ensure_future(acts.close())
        await asyncio.sleep(0)
        may_end.set()
        await closing
        assert await entries() == ["order-1", "order-2"]


async def test_what_the_database_refuses_is_told_and_holds_up_nothing(
    database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Those beside it and after it are written, and the engine stops as ever."""

    outages = iter([True])

    def spoil(real: Write, batch: Sequence[AuditEntry]) -> None:
        if next(outages, False):  # an outcome that is unknown, first
            raise OperationalError("gone")
        if any(entry.workflow_id == "order-1" for entry in batch):
            raise DataError("no such thing")
        real(batch)

    spoiled(monkeypatch, spoil)
    with as_default(database), caplog.at_level(logging.ERROR):
        acts = Acts(SystemClock(), "grpc")
        noted(acts, 3, 1, 2)
        while not caplog.records:  # noqa: ASYNC110 - what is looked at has no event
            await asyncio.sleep(0)
        noted(acts, 4)
        await acts.close()
        assert await entries() == ["order-3", "order-2", "order-4"]
    assert "an act of signal has no audit entry: the database refused it" in caplog.text


async def test_an_engine_stops_without_a_database(
    database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What could not be written is told; what waits is bounded all the time."""
    monkeypatch.setattr(module, "WAITING_MAX", 2)

    def spoil(_: Write, __: Any) -> None:
        raise OperationalError("gone")

    spoiled(monkeypatch, spoil)
    with as_default(database), caplog.at_level(logging.ERROR):
        acts = Acts(SystemClock(), "grpc")
        noted(acts, 1, 2, 3)
        await acts.close()
        assert await entries() == []
    assert "2 acts have no audit entry: the engine stops" in caplog.text


def test_nobody_is_noted() -> None:
    """Where access is open."""
    assert Acts(SystemClock(), "grpc").by(ANYBODY, "signal") is None
