"""Which engine sweeps: leadership by an advisory lock of a session of its own.

The lease is a *term*, which the database grants, plus a *local trust window*, which this process measures:

* The term lasts as long as the session that holds the lock. `idle_session_timeout = 3 s` makes the session mortal: a
  holder that stops talking (stopped, frozen, cut off) loses the lock 3 s after its last word. Without it a frozen
  holder keeps the lock for ever, keepalives or not.
* The holder pings every second and trusts itself for 2 s after the *sending* of the last ping that was answered. The
  server has heard it no earlier, so it keeps the term for at least a second longer than the holder trusts itself. The
  window is measured by the monotonic clock, which goes on while the process is stopped: one that wakes up late finds
  its trust gone before it does anything.
* A session can also end at once (its backend killed, the server restarted), and the old holder learns it at its next
  ping. So who gets the lock waits for one ping interval before it leads.

```
             lock granted               1 s later, still held: on_gain
 follower ───────────────► waiting ───────────────────────────────────► leader ◄─┐ ping answered: trust + 2 s
   │  ▲ ▲                     │                                           │  └───┘
   └──┘ │      session lost   │                                           │
  retry └─────────────────────┴───────────────────────────────────────────┘
  0.5 s                              session lost, ping late, stop: on_loss
```

Fail-over takes 3 + 0.5 + 1 = 4.5 s at the most after the last word of a holder that froze, 1.5 s after one that was
killed or resigned.

What it guarantees: at one moment at most one process *trusts* itself, if clocks run at the same speed within a third
and a killed session's holder can reach the database. What it does not: that what a leader has begun ends before the
next one leads. Nothing relies on it: loops only read and submit, and decisions are fenced by row locks, stamps and
deliveries.

The connection must be direct: through a pooler in transaction mode two holders were seen.
"""

import asyncio
import logging
import random
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

import psycopg

from timers.clock import Clock, SystemClock
from timers.patience import PatientAsyncConnection
from timers.trouble import Trouble
from workflows.points import Point, reach

IDLE_SESSION_TIMEOUT_MS = 3000
TRUST = 2.0
PING_EVERY = 1.0
RETRY_EVERY = 0.5
"""Seconds; see the module. TRUST + PING_EVERY must not exceed the idle time-out."""

ANSWER_MAX = 1.0
"""Seconds that a ping or a try may take. Later than this the trust is about to end anyway."""

CONNECT_MAX = 3.0

_LOGGER = logging.getLogger(__name__)
_FAILURES = (psycopg.Error, OSError, TimeoutError)

type Connection = psycopg.AsyncConnection[tuple[object, ...]]

SESSION = "leadership"
"""As it is told of."""


class Leadership(Protocol):
    """Whether this process leads. Callbacks come on the event loop of `run`, in turn: gain, loss, gain, …"""

    def is_leader(self) -> bool:
        """Asked before each thing that only a leader does. Any thread, no I/O."""

    async def run(self) -> None:
        """Seeks leadership and keeps it until `stop`; then resigns and returns. Never raises for an outage."""

    def stop(self) -> None:
        """Ends `run`; on the event loop."""


def _ignore() -> None:
    return


class SoleLeadership:
    """Leadership where there is one engine by design: SQLite. It leads from `run` to `stop`."""

    def __init__(
        self, *, on_gain: Callable[[], None] = _ignore, on_loss: Callable[[], None] = _ignore
    ) -> None:
        self._on_gain = on_gain
        self._on_loss = on_loss
        self._stopping = asyncio.Event()
        self._leads = False

    def is_leader(self) -> bool:
        return self._leads

    async def run(self) -> None:
        if self._stopping.is_set():
            return
        self._leads = True
        self._on_gain()
        try:
            await self._stopping.wait()
        finally:
            self._leads = False
            self._on_loss()

    def stop(self) -> None:
        self._stopping.set()


class PostgresLeadership:
    """See the module.

    Args:
        dsn: a direct connection to the database.
        key: the advisory lock; engines with one key compete. A signed 64-bit number.
        name: shown in `pg_stat_activity`.
        clock: measures the trust.
        on_gain: called when this process begins to lead.
        on_loss: called once it has ceased to, however that came; `is_leader` is false already.
        trouble: is told how the database fares here.
    """

    def __init__(
        self,
        dsn: str,
        *,
        key: int,
        name: str = "sched leader",
        clock: Clock | None = None,
        on_gain: Callable[[], None] = _ignore,
        on_loss: Callable[[], None] = _ignore,
        trouble: Trouble | None = None,
    ) -> None:
        self._dsn = dsn
        self._key = key
        self._name = name
        self._clock = clock or SystemClock()
        self._on_gain = on_gain
        self._on_loss = on_loss
        self._stopping = asyncio.Event()
        self._trouble = trouble or Trouble()
        self._trusted_until = 0.0

    def is_leader(self) -> bool:
        return self._clock.monotonic() < self._trusted_until

    async def run(self) -> None:
        while not self._stopping.is_set():
            try:
                await self._session()
            except _FAILURES as error:
                self._trouble.failed(SESSION, error)
            # With jitter: engines that lost one server shall not return to it in step.
            await self._pause(RETRY_EVERY * random.uniform(0.5, 1.0))  # noqa: S311 - no secret

    def stop(self) -> None:
        self._stopping.set()

    async def _session(self) -> None:
        """One connection, from its opening to its end; the lock, if it was granted, ends with it."""
        async with asyncio.timeout(CONNECT_MAX):
            connection = await PatientAsyncConnection.connect(
                self._dsn, autocommit=True, prepare_threshold=None, application_name=self._name
            )
        connection.patience = ANSWER_MAX
        try:
            await self._ask(connection, f"SET idle_session_timeout = {IDLE_SESSION_TIMEOUT_MS}")
            self._trouble.worked(SESSION)
            if await self._granted(connection):
                await self._lead(connection)
        finally:
            await _end(connection)

    async def _granted(self, connection: Connection) -> bool:
        """Tries for the lock until it is granted and a ping interval old; false at `stop`."""
        query = f"SELECT pg_try_advisory_lock({self._key})"
        while not await self._ask(connection, query):
            if await self._pause(RETRY_EVERY):
                return False
        reach(Point.LOCK_GRANTED)
        return not await self._pause(PING_EVERY)

    async def _lead(self, connection: Connection) -> None:
        """Leads until the session is lost or `stop`."""
        await self._ping(connection)
        _LOGGER.info("leading")
        reach(Point.LEADING)
        self._on_gain()
        try:
            while not await self._pause(PING_EVERY):
                await self._ping(connection)
        finally:
            self._trusted_until = 0.0
            _LOGGER.info("no longer leading")
            reach(Point.LEAD_ENDS)
            self._on_loss()

    async def _ping(self, connection: Connection) -> None:
        sent_at = self._clock.monotonic()
        await self._ask(connection, "SELECT 1")
        self._trusted_until = sent_at + TRUST

    async def _ask(self, connection: Connection, query: str) -> object:
        cursor = await connection.execute(query.encode())
        row = await cursor.fetchone() if cursor.description else None
        self._trouble.heard()
        return row[0] if row else None

    async def _pause(self, seconds: float) -> bool:
        """Waits; true if it is time to stop."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), timeout=seconds)
        return self._stopping.is_set()


async def _end(connection: Connection) -> None:
    """Closes; the server frees the lock with the session. A dead peer must not keep us."""
    with suppress(*_FAILURES):
        await connection.close()
