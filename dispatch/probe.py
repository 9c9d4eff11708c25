"""Is Redis there? Asked by whoever reports the platform's health."""

from redis import Redis

TIMEOUT = 1.0
"""Seconds; whoever asks for all parts' health waits a little longer."""


def redis(url: str) -> None:
    """Raises if Redis does not answer."""
    client = Redis.from_url(url, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT, retry=None)
    try:
        client.ping()
    finally:
        client.close()
