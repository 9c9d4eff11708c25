"""Damage to single rows, as bad disks and hands do it: a header, an event."""

from __future__ import annotations

from tests.store.crowd import raw_id
from tests.store.databases import Database

NO_PAYLOAD = b"\x01"
"""Bytes that no message can be read from."""


def damage_header(database: Database, run_id: str, **columns: object) -> None:
    values = ", ".join(f"{column} = %s" for column in columns)
    sql = f"UPDATE sched_executions SET {values} WHERE run_id = %s"
    database.run(sql, [*columns.values(), raw_id(database, run_id)])


def damage_event(database: Database, run_id: str, number: int, data: bytes = NO_PAYLOAD) -> None:
    sql = "UPDATE sched_events SET data = %s WHERE run_id = %s AND seq = %s"
    database.run(sql, [data, raw_id(database, run_id), number])
