"""Does Redis take writes? Asked by whoever reports the platform's health.

A server that is full, or has become a read-only replica, answers a ping, and carries no hint.
"""

from redis import Redis

TIMEOUT = 1.0
"""Seconds; whoever asks for all parts' health waits a little longer."""


WATCH_KEY = "watch"
WATCH_KEY_MS = 10_000
"""It leaves nothing behind."""


def redis(url: str, *, prefix: str = "sched") -> None:
    """Raises if Redis does not answer, or refuses."""
    client = Redis.from_url(url, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT, retry=None)
    try:
        client.set(f"{prefix}:{WATCH_KEY}", 1, px=WATCH_KEY_MS)
    finally:
        client.close()
