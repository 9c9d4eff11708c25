"""How hints lie in Redis: one stream for each queue, one entry for each hint.

The braces are Redis Cluster's hash tag: all keys of a queue live on one node, different queues spread. An entry has one
field; what the stream's name says already (namespace, kind, queue) is not repeated in it.
"""

from collections.abc import Iterable

from workflows.core.keys import QueueKey, TaskKey, TaskRef

GROUP = "engines"
"""The consumer group that all engines share."""

CONSUMER = "engine"
"""One consumer for all engines. Redis keeps a consumer for ever once seen, and removing one would orphan what it holds;
engines come and go with new names. Idle time is kept by entry, so nothing is lost by sharing."""

ENTRIES_MAX = 1_000_000
"""By stream, approximately: about 100 MB. Redis trims the oldest; the sweep sends them again as the stream drains."""

FIELD = "k"


def stream_of(queue: QueueKey, *, prefix: str) -> str:
    """Name of a queue's stream. Names cannot clash: a colon in `queue` stands after the two fixed parts."""
    return f"{prefix}:{{{queue.namespace}:{queue.kind.name.lower()}:{queue.queue}}}:tasks"


def encode(key: TaskKey) -> str:
    return f"{key.run_id}/{key.number}/{key.attempt}"


def decode(queue: QueueKey, fields: dict[bytes, bytes]) -> TaskRef | None:
    """The hint of an entry, or None for one that is no hint of ours (or that was trimmed while in a hand)."""
    try:
        run_id, number, attempt = fields[FIELD.encode()].decode().split("/")
        return TaskRef(TaskKey(run_id, queue.kind, int(number), int(attempt)), queue)
    except (KeyError, ValueError):
        return None


def by_stream(refs: Iterable[TaskRef], *, prefix: str) -> dict[str, list[str]]:
    """The entries of hints by their streams, in each in the order of the hints."""
    queues: dict[QueueKey, list[str]] = {}
    for ref in refs:
        queues.setdefault(ref.queue, []).append(encode(ref.key))
    return {stream_of(queue, prefix=prefix): entries for queue, entries in queues.items()}


ADD = f"""
for _, entry in ipairs(ARGV) do
  redis.call('XADD', KEYS[1], 'MAXLEN', '~', {ENTRIES_MAX}, '*', '{FIELD}', entry)
end
"""
FORGET = f"""
redis.call('XACK', KEYS[1], '{GROUP}', unpack(ARGV))
redis.call('XDEL', KEYS[1], unpack(ARGV))
"""
TAKE = f"""
if #ARGV > 1 then
  redis.call('XACK', KEYS[1], '{GROUP}', unpack(ARGV, 2))
  redis.call('XDEL', KEYS[1], unpack(ARGV, 2))
end
return redis.pcall('XREADGROUP', 'GROUP', '{GROUP}', '{CONSUMER}', 'COUNT', ARGV[1], 'STREAMS', KEYS[1], '>')
"""
"""Scripts over one stream: a command for a batch, where a pipeline has one for each hint. Packing them in Python and
reading their replies was most of what a hint cost. TAKE forgets what was taken before on its way; what comes of it is
what XREADGROUP answers, its errors too."""
