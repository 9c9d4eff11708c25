"""The life signs of one running activity, and what the engine answered to them.

A pulse is written by two sides: the activity's thread reports details and asks whether to stop; the event loop sends
and takes answers. Plain attributes are enough between them: each is written by one side only, but for the report, which
has a lock.

Guarantees: the first details and the last ones reach the engine, whatever comes between; details that the engine has
not confirmed are sent again after a reconnect.
"""

import asyncio
import functools
import threading
from collections.abc import Callable

from sched_sdk.proto.v1.common_pb2 import Payload
from sched_sdk.proto.v1.worker_pb2 import ActivityHeartbeat, ActivityHeartbeatReply

# More often than this an operator gains nothing, and the engine writes a row each time.
HEARTBEAT_SECONDS = 1.0
# An engine that answers with a lease of nothing shall not make us spin.
RENEW_SECONDS_MIN = 0.05
LEASE_SECONDS_DEFAULT = 30.0


class Pulse:
    """One activity's heartbeats, lease and verdict."""

    def __init__(
        self,
        token: bytes,
        *,
        lease_seconds: float,
        heartbeat_timeout_seconds: float,
        now: float,
        cancel_requested: bool = False,
        on_report: Callable[["Pulse"], None],
    ) -> None:
        lease = lease_seconds or LEASE_SECONDS_DEFAULT
        self.token = token
        self.cancel_requested = cancel_requested
        self.lost = False
        self.renew_every = max(lease / 3, RENEW_SECONDS_MIN)
        limit = heartbeat_timeout_seconds / 3 if heartbeat_timeout_seconds else HEARTBEAT_SECONDS
        self.throttle = min(HEARTBEAT_SECONDS, limit)
        self.renewed_at = now
        self.reported_at: float | None = None  # when the last report was sent
        self._on_report = on_report
        self._lock = threading.Lock()
        self._details: Payload | None = None
        self._reports = 0
        self._sent = 0
        self._confirmed = 0
        self._in_flight = 0  # messages without a reply yet

    @property
    def must_stop(self) -> bool:
        """Whether the activity shall end: asked to, or no longer ours."""
        return self.cancel_requested or self.lost

    @property
    def has_news(self) -> bool:
        """Whether a report waits to be sent."""
        return self._reports > self._sent

    @property
    def is_unconfirmed(self) -> bool:
        """Whether the engine has not confirmed the last report; asked once the activity reports no more."""
        unconfirmed = self._reports > self._confirmed
        if unconfirmed:
            self.confirmed.clear()
        return unconfirmed

    @functools.cached_property
    def confirmed(self) -> asyncio.Event:
        """Set whenever the engine has every report; the loop's side only. Made on demand: most attempts are silent."""
        return asyncio.Event()

    @property
    def message_bytes(self) -> int:
        """How large the next message may be."""
        details = self._details
        return len(self.token) + (details.ByteSize() if details is not None and self.has_news else 0)

    def report(self, details: Payload | None) -> None:
        """The activity lives, and has got this far. Called in its thread; without details the last ones stand."""
        with self._lock:
            silent = not self.has_news
            if details is not None:
                self._details = details
            self._reports += 1
        if silent:  # one wake-up is enough for all reports until the next message
            self._on_report(self)

    def report_due_at(self, now: float) -> float:
        """When the waiting report may go out."""
        return now if self.reported_at is None else max(now, self.reported_at + self.throttle)

    def take(self, now: float) -> ActivityHeartbeat:
        """The message: the waiting report, or a renewal of the lease alone."""
        self.renewed_at = now
        self._in_flight += 1
        if not self.has_news:
            return ActivityHeartbeat(token=self.token, renew_only=True)
        self.reported_at = now
        with self._lock:
            self._sent = self._reports
            return ActivityHeartbeat(token=self.token, details=self._details)

    def answered(self, reply: ActivityHeartbeatReply) -> None:
        """What the engine said. Neither verdict is ever taken back."""
        self._in_flight = max(0, self._in_flight - 1)
        if not self._in_flight:  # a reply does not say to which message, but the last one answers all
            self._confirmed = self._sent
        self.cancel_requested = self.cancel_requested or reply.cancel_requested
        self.lost = self.lost or reply.lost
        if self._confirmed == self._reports or self.must_stop:
            self.confirmed.set()

    def reconnected(self) -> None:
        """What was sent and not confirmed may be lost: it is news again, and may go out at once."""
        self.unsent()
        self._in_flight = 0
        self.reported_at = None

    def unsent(self) -> None:
        """A message did not arrive: what is not confirmed is news again."""
        self._in_flight = max(0, self._in_flight - 1)
        self._sent = min(self._sent, self._confirmed)
