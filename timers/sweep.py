"""Reads the timers that fall due soon and arms them; the overdue among them fire at once.

This is the net under `DueTimers`: the engine that commits a timer arms it by itself, so the sweep matters for timers
that were beyond its horizon then, for those of engines that died, and for what did not fit. The leader runs it every
`INTERVAL` and when it takes over. Two sweepers at a time do no harm: a timer that fires twice is dropped once.

Of very many that are overdue it reads as many as are worth having in memory, then what falls due on time; it is woken
when half of the former are gone.

Reads only, in chunks; no lock, no update. A timer that is armed already costs one look into a set.
"""

import asyncio
import sqlite3
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from timers.due import Armed, DueTimers
from workflows.core.keys import TimerKey, TimerKind
from workflows.points import Point, reach

AHEAD = timedelta(seconds=60)
INTERVAL = 20.0
"""Seconds; two thirds of the look-ahead may be lost to a slow or dead leader before precision suffers."""
CHUNK = 500
FIRST_KEY = TimerKey(str(uuid.UUID(int=0)), TimerKind.USER, 0)
"""Before every other in the order of keys."""


class Cursor(Protocol):
    """A psycopg cursor with tuple rows, a `sqlite3` cursor, or Django's cursor over either."""

    def execute(self, sql: Any, params: Any = ..., /) -> Any: ...

    def fetchall(self) -> Any: ...


Connect = Callable[[], AbstractContextManager[Cursor]]
"""Opens a cursor in autocommit, in the thread that uses it, and gives it back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepCounts:
    """What a pass has read."""

    read: int = 0
    more: bool = False
    rests: bool = False


class TimerSweep:
    """One `run_once` at a time; queries run in threads. `now` as in `due_within`."""

    def __init__(
        self,
        connect: Connect,
        due: DueTimers,
        *,
        ahead: timedelta = AHEAD,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        self._connect = connect
        self._due = due
        self._ahead = ahead
        self._now = now

    async def run_once(self) -> SweepCounts:
        """Arms everything that falls due within the look-ahead, oldest first, as far as there is room."""
        read = 0
        after: Armed | None = None
        full = self._due.overflowed
        while self._due.overflowed == full:
            after = self._past_late(after)
            timers = await asyncio.to_thread(self._read, after)
            if timers:
                reach(Point.TIMERS_FOUND)
            self._due.arm(timers)
            read += len(timers)
            if len(timers) < CHUNK:
                break
            after = timers[-1]
        return SweepCounts(read=read)

    def _past_late(self, after: Armed | None) -> Armed | None:
        """Where to read on: behind what is late, if of that there is enough."""
        late_before = self._due.late_before()
        if self._due.has_room_for_late or (after is not None and after.due_at >= late_before):
            return after
        return Armed(late_before, FIRST_KEY, 0)

    def _read(self, after: Armed | None) -> list[Armed]:
        with self._connect() as cursor:
            return due_within(cursor, self._ahead, CHUNK, after, now=self._now and self._now())


def due_within(
    cursor: Cursor, horizon: timedelta, limit: int, after: Armed | None = None, *, now: datetime | None = None
) -> list[Armed]:
    """Timers that are overdue or fall due within `horizon`, earliest first, beyond `after`.

    The time is the database's; `now` replaces it in tests, and on SQLite, which has none.
    """
    sqlite = _is_sqlite(cursor)
    if sqlite and now is None:
        raise ValueError("now: missing; on SQLite the caller gives the time")
    params: dict[str, Any] = {"limit": limit}
    if now is None:
        params["horizon"] = horizon
        until = "clock_timestamp() + %(horizon)s"
    else:
        params["until"] = _instant(now + horizon, sqlite)
        until = "%(until)s"
    due = "substr(due_at || '.000000', 1, 26)" if sqlite else "due_at"  # Django leaves out a fraction of zero
    beyond = ""
    if after is not None:
        params |= {"at": _instant(after.due_at, sqlite), "run_id": _run_id(after.key.run_id, sqlite)}
        params |= {"kind": int(after.key.kind), "number": after.key.number}
        beyond = f"AND ({due}, run_id, kind, number) > (%(at)s, %(run_id)s, %(kind)s, %(number)s)"
    sql = f"""SELECT run_id, kind, number, stamp, due_at FROM sched_timers WHERE due_at <= {until} {beyond}
        ORDER BY {due}, run_id, kind, number LIMIT %(limit)s"""  # noqa: S608 - only parameters come from outside
    if type(cursor) is sqlite3.Cursor:  # Django's own cursors translate the format style themselves
        sql = sql % {name: f":{name}" for name in params}
    cursor.execute(sql, params)
    return [_armed(row) for row in cursor.fetchall()]


def _is_sqlite(cursor: Cursor) -> bool:
    vendor = getattr(getattr(cursor, "db", None), "vendor", None)
    return vendor == "sqlite" or isinstance(cursor, sqlite3.Cursor)


def _instant(value: datetime, sqlite: bool) -> object:
    """SQLite keeps instants as Django writes them: text in UTC, without a zone."""
    return value.astimezone(UTC).isoformat(" ", "microseconds")[:26] if sqlite else value


def _run_id(value: str, sqlite: bool) -> object:
    return value.replace("-", "") if sqlite else uuid.UUID(value)


def _armed(row: Any) -> Armed:
    run_id, kind, number, stamp, due_at = row
    found = due_at if isinstance(due_at, datetime) else datetime.fromisoformat(due_at)
    aware = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    return Armed(
        due_at=aware, key=TimerKey(str(uuid.UUID(str(run_id))), TimerKind(kind), number), stamp=stamp
    )
