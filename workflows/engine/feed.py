"""By which way an engine tells of changes: that which the processes share (`dispatch.feed`)."""

from collections.abc import Callable
from dataclasses import dataclass

from dispatch.feed.memory import MemorySending
from dispatch.feed.notify import NotifySending
from dispatch.feed.outgoing import Outgoing
from dispatch.feed.redis import RedisSending
from workflows.engine.options import EngineOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """`on_listened` is to be called where a notification says that somebody listens; None: it is told otherwise."""

    outgoing: Outgoing
    on_listened: Callable[[], None] | None = None


def feed_of(options: EngineOptions) -> Feed:
    """On the running event loop."""
    if options.redis_url:
        return Feed(outgoing=Outgoing(RedisSending(options.redis_url)))
    if options.postgres_dsn:
        sending = NotifySending(options.postgres_dsn)
        return Feed(outgoing=Outgoing(sending), on_listened=sending.listened)
    return Feed(outgoing=Outgoing(MemorySending()))
