"""The pulses of all running activities: which of them have something to send now.

One timer serves all: it stands at the earliest moment at which any lease wants renewal or any throttled report may go
out, and takes along what would be due soon after, so that a hundred leases are renewed in one message. Everything but
`Pulse.report` runs on the event loop.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterable

from sched_sdk import clock
from sched_sdk.proto.v1.worker_pb2 import ActivityHeartbeat, ActivityHeartbeatReply
from sched_sdk.worker.outbox import ELEMENT_OVERHEAD, MESSAGE_BYTES
from sched_sdk.worker.pulse import Pulse

# A renewal that would be due within this share of its interval goes with the one that is due now.
EARLY_SHARE = 0.25
# What an attempt's end may be held up for its last words.
SETTLE_SECONDS = 1.0


class Pulses:
    """Running activities by token."""

    def __init__(self, loop: asyncio.AbstractEventLoop, on_due: Callable[[], None]) -> None:
        self._loop = loop
        self._on_due = on_due
        self._running: dict[bytes, Pulse] = {}
        self._due: dict[bytes, Pulse] = {}
        self._timer: asyncio.Handle | None = None
        self._fires_at = 0.0
        """Of the loop's clock. Not every loop's handles say when they are due."""

    @property
    def has_due(self) -> bool:
        """Whether there is something to take."""
        return bool(self._due)

    def begin(
        self, token: bytes, *, lease_us: int, heartbeat_timeout_us: int, cancel_requested: bool
    ) -> Pulse:
        """An activity starts."""
        pulse = Pulse(
            token,
            lease_seconds=lease_us / 1e6,
            heartbeat_timeout_seconds=heartbeat_timeout_us / 1e6,
            now=clock.monotonic(),
            cancel_requested=cancel_requested,
            on_report=self._reported,
        )
        self._running[token] = pulse
        # As a rule it is due after all the others, and the timer stands right.
        if self._timer is None or self._fires_at > self._loop.time() + pulse.renew_every:
            self._set_timer()
        return pulse

    async def settle(self, pulses: Iterable[Pulse]) -> None:
        """Bring the last reports of these to the engine ahead of the throttle, and wait a moment for its word.

        The details of an attempt that failed, or that goes back, are what its successor starts from; the engine has to
        have them before it hears of the end. It takes heartbeats and completions side by side, so only the reply tells.
        """
        waiting = [pulse for pulse in pulses if pulse.is_unconfirmed and not pulse.lost]
        if not waiting:
            return
        for pulse in waiting:
            if pulse.has_news:
                self._due[pulse.token] = pulse
        self._on_due()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SETTLE_SECONDS):
                await asyncio.gather(*(pulse.confirmed.wait() for pulse in waiting))

    def end(self, pulse: Pulse) -> None:
        """An activity has ended."""
        self._running.pop(pulse.token, None)
        self._due.pop(pulse.token, None)

    def take(self, room: int = MESSAGE_BYTES) -> list[ActivityHeartbeat]:
        """What goes into the next message: as much as fits, but one at least."""
        if not self._due:
            return []
        now = clock.monotonic()
        taken: list[ActivityHeartbeat] = []
        for token, pulse in list(self._due.items()):
            room -= pulse.message_bytes + ELEMENT_OVERHEAD
            if room < 0 and taken:
                break
            del self._due[token]
            taken.append(pulse.take(now))
        self._set_timer()
        return taken

    def answered(self, reply: ActivityHeartbeatReply) -> None:
        """The engine's word on one activity; also unasked, as when its workflow was terminated."""
        pulse = self._running.get(reply.token)
        if pulse is not None:
            pulse.answered(reply)

    def failed(self, heartbeat: ActivityHeartbeat) -> None:
        """A heartbeat did not arrive: what it reported is news again, at the usual pace."""
        pulse = self._running.get(heartbeat.token)
        if pulse is not None:
            pulse.unsent()
            self._set_timer()

    def reconnected(self) -> None:
        """The stream is a new one: show every activity again, with what may have been lost."""
        for token, pulse in self._running.items():
            pulse.reconnected()
            if not pulse.lost:
                self._due[token] = pulse

    def close(self) -> None:
        """No more timers."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _reported(self, _pulse: Pulse) -> None:
        try:
            self._loop.call_soon_threadsafe(self._set_timer)
        except RuntimeError:  # the loop is closed: the worker has ended
            return

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        waiting = [
            pulse for token, pulse in self._running.items() if token not in self._due and not pulse.lost
        ]
        if waiting:
            now = clock.monotonic()
            delay = max(0.0, min(_due_at(pulse, now) for pulse in waiting) - now)
            self._fires_at = self._loop.time() + delay
            self._timer = self._loop.call_later(delay, self._fire)

    def _fire(self) -> None:
        self._timer = None
        now = clock.monotonic()
        for token, pulse in self._running.items():
            if pulse.lost:
                continue
            early = EARLY_SHARE * pulse.renew_every
            if _report_is_due(pulse, now) or pulse.renewed_at + pulse.renew_every - early <= now:
                self._due[token] = pulse
        if self._due:
            self._on_due()
        self._set_timer()


def _due_at(pulse: Pulse, now: float) -> float:
    renewal = pulse.renewed_at + pulse.renew_every
    return min(renewal, pulse.report_due_at(now)) if pulse.has_news else renewal


def _report_is_due(pulse: Pulse, now: float) -> bool:
    return pulse.has_news and pulse.report_due_at(now) <= now
