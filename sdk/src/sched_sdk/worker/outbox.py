"""Completions on their way: kept until the engine has acknowledged each of them.

Guarantees: a completion leaves the outbox only by its ack, or when the engine refused it for good; after a reconnect
all that is here goes out again, oldest first; the engine recognises a repetition by the task's token. A refusal that
may pass (the engine cannot say now) brings the completion back to the queue later.

It does not talk: lanes take messages from it and give it acks.
"""

from collections import deque
from collections.abc import Callable
from typing import Generic

import grpc

from sched_sdk.proto.v1.worker_pb2 import CompletionAck
from sched_sdk.worker.kinds import C, T
from sched_sdk.worker.told import tell_refused

# One message: large enough for a hundred ordinary completions, small enough not to hold up heartbeats behind it.
MESSAGE_BYTES = 1024 * 1024
# Of a repeated field's element: tag and length.
ELEMENT_OVERHEAD = 8
PASSING = frozenset(
    code.value[0]
    for code in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.ABORTED)
)


class Outbox(Generic[T, C]):
    """Unacknowledged completions of one kind, by id. `on_ack` receives each with its last ack."""

    def __init__(self, on_ack: Callable[[T, C, CompletionAck], None]) -> None:
        self._on_ack = on_ack
        self._kept: dict[int, tuple[T, C]] = {}
        self._queue: deque[int] = deque()
        self._last_id = 0

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def has_unsent(self) -> bool:
        """Whether there is something to take."""
        return bool(self._queue)

    def put(self, task: T, completion: C) -> None:
        """Keep a completion until its ack, under an id of its own; `task` is what it completes."""
        self._last_id += 1
        completion.id = self._last_id
        self._kept[completion.id] = (task, completion)
        self._queue.append(completion.id)

    def take(self, room: int = MESSAGE_BYTES) -> list[C]:
        """What goes into the next message: as much as fits; into an empty one, one at least."""
        alone = room == MESSAGE_BYTES
        taken: list[C] = []
        while self._queue:
            kept = self._kept.get(self._queue[0])
            if kept is not None:
                completion = kept[1]
                room -= completion.ByteSize() + ELEMENT_OVERHEAD
                if room < 0 and (taken or not alone):
                    break
                taken.append(completion)
            self._queue.popleft()
        return taken

    def send_again(self) -> None:
        """The connection is a new one: all that has no ack goes out again, in order."""
        self._queue = deque(sorted(self._kept))

    def retry(self, completion_id: int) -> None:
        """Send one again, if it is still without an ack."""
        if completion_id in self._kept and completion_id not in self._queue:
            self._queue.append(completion_id)

    def acknowledge(self, ack: CompletionAck) -> bool:
        """Take note of an ack. True: the engine cannot say now, so call `retry` for it in a while."""
        if ack.code in PASSING:
            return ack.id in self._kept
        kept = self._kept.pop(ack.id, None)
        if kept is not None:
            if ack.code:
                tell_refused(kept[0], ack)
            self._on_ack(*kept, ack)
        return False
