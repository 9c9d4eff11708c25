"""Entity tags: whether what a caller has is what it would be shown now. If so the answer is 304, without a body.

The tag of a run that has ended is made of its header alone, so who asks for it again costs one look at that row. The
tag of an open run is made of the whole document, since attempts, heartbeats, deliveries and problems change it without
a trace in the header. Whether payloads are shown is part of both: who is given the right to see them does so at once.

Tags are weak. They name the state that is shown, not bytes: another version of sched may write the same state in other
bytes, and nobody asks for ranges of it, which strong tags are for. Documents that tell of damage have none: a repair
may leave the header as it was.
"""

from hashlib import blake2b

import orjson
from django.utils.http import parse_etags

from workflows.api.shapes import Document
from workflows.store.reader import Execution

SHAPES = 1
"""Of the documents: to be raised when one is made otherwise of the same state."""


def of_end(execution: Execution, *view: object) -> str:
    """The tag of what is made of a run that has ended. Events of detached activities may still follow, and show here.

    Args:
        execution: the header.
        view: which document of it, and all that the caller's choice and rights change in it.
    """
    header = (
        execution.run_id,
        execution.status,
        execution.history_length,
        execution.last_event_at,
        execution.cancel_requested,
        execution.signals_open,
        execution.problem,
    )
    return _tag(repr((SHAPES, header, view)).encode())


def of_page(execution: Execution, *view: object, after: int, size: int) -> str:
    """The tag of a page of history, which is final up to the last event that it can hold.

    A page that was cut for its bytes may be told as changed while it is not, as long as fewer than `size` follow it.
    """
    last = min(execution.history_length, after + size)
    more = execution.history_length > last
    return _tag(repr((SHAPES, execution.run_id, after, last, more, view)).encode())


def of_document(document: Document, *view: object) -> str:
    """The tag of a document that may change in every part."""
    return _tag(orjson.dumps(document) + repr((SHAPES, view)).encode())


def is_known(if_none_match: str, tag: str) -> bool:
    """Whether a caller's `If-None-Match` names the tag."""
    known = parse_etags(if_none_match)
    return "*" in known or tag in known


def _tag(state: bytes) -> str:
    return f'W/"{blake2b(state, digest_size=12, person=b"sched-etag").hexdigest()}"'
