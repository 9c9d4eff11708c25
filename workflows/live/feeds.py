"""By which way this process hears of changes: that which it shares with the engines (`dispatch.feed`)."""

from django.conf import settings

from dispatch.feed.base import Receiving
from dispatch.feed.memory import MemoryReceiving
from dispatch.feed.notify import NotifyReceiving
from dispatch.feed.redis import RedisReceiving


def new_receiver() -> Receiving:
    """On the running event loop."""
    environment = getattr(settings, "SCHED", None)
    if environment is not None and environment.redis_url:
        return RedisReceiving(environment.redis_url)
    if environment is not None and environment.engine_dsn:
        return NotifyReceiving(environment.engine_dsn)
    return MemoryReceiving()
