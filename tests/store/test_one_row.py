"""What a batch of one run reads and writes comes as values; that of several as arrays."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.store.databases import Database
from tests.store.driver import start
from tests.store.test_kept import keeping
from workflows.store.merge import merge
from workflows.store.postgres import arrays as a
from workflows.store.postgres import save
from workflows.store.postgres.parts import PARTS, Part, statement

NOW = datetime(2026, 11, 28, 5, 4, 3, 21, UTC)
RUN = "01890a5d-ac96-774b-bcce-b302099a8057"


@pytest.mark.parametrize(
    ("array", "cast", "read"),
    [
        (a.texts(["ä"]), "text", "ä"),
        (a.texts([""]), "text", ""),
        (a.texts([None]), "text", None),
        (a.blobs([b"\xff\xff\xff\xff"]), "bytea", b"\xff\xff\xff\xff"),
        (a.blobs([b""]), "bytea", b""),
        (a.blobs([None]), "bytea", None),
        (a.uuids([RUN]), "uuid", RUN),
        (a.smalls([-1]), "smallint", -1),
        (a.ints([-(2**31)]), "integer", -(2**31)),
        (a.ints([None]), "integer", None),
        (a.bigs([2**63 - 1]), "bigint", 2**63 - 1),
        (a.bools([False]), "boolean", False),
        (a.instants([NOW]), "timestamptz", NOW),
        (a.instants([None]), "timestamptz", None),
    ],
)
def test_the_only_item_of_an_array_is_a_value(
    postgres: Database, array: a.Array, cast: str, read: object
) -> None:
    """As the server reads it, and by its own account of the type."""
    with keeping(postgres) as keeper:
        keeper.commit(start())  # connects
        exchange = keeper.backend._batch
        exchange.open()
        exchange.queue("SELECT %(value)s, pg_typeof(%(value)s)::oid::int", {"value": array.only})
        (row,) = exchange.run()[-1]
        exchange.close()
        ((oid,),) = postgres.run(f"SELECT '{cast}'::regtype::oid::int")
    value = str(row[0]) if cast == "uuid" else row[0]
    assert (value, row[1]) == (read, oid)


def test_every_part_can_be_of_one_row() -> None:
    """Nothing of it is left that unfolds an array."""
    for name in PARTS:
        text = statement((Part(name, is_one_row=True),), behind_locks=True)
        assert "unnest" not in text
        arrays = statement((Part(name, is_one_row=False),), behind_locks=True)
        assert set(re.findall(r"%\((\w+)\)s", text)) == set(re.findall(r"%\((\w+)\)s", arrays))


def test_only_a_batch_of_one_run_has_values(postgres: Database) -> None:
    """A larger one has one statement, however many rows of each kind come together: each would be planned by itself."""
    with keeping(postgres) as keeper:
        one, two = (keeper.chain().result() for _ in range(2))
        alone = parts_of(keeper.begin(one).transitions)
        keeper.backend.rollback()
        together = parts_of(keeper.begin(one, two).transitions)
        keeper.backend.rollback()
    single = {"headers", "new_tasks", "ended_tasks", "activities", "ended_activities"}
    assert {part.name for part in alone if part.is_one_row} == single
    assert {part.name for part in alone if not part.is_one_row} == {"events"}
    assert not any(part.is_one_row for part in together)


def parts_of(transitions: Any) -> tuple[Part, ...]:
    parts, parameters = save.parameters(merge(transitions), {}, (), by_value=True)
    for part in parts:
        text = statement((part,), behind_locks=False)
        kinds = {type(parameters[name]) for name in re.findall(r"%\((\w+)\)s", text)}
        assert all(issubclass(kind, a.Value) is part.is_one_row for kind in kinds)
    return parts
