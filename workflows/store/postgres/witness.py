"""A witness: what a batch writes and nobody else could have, to be looked for when its COMMIT was not answered.

`pg_xact_status` alone is not enough. A transaction's id that no record in the write-ahead log speaks of is given out
again after a crash of the server (it recovers the counter from that log): a batch that died with the server then looks
committed as soon as its id's next owner has committed. Seen: a start that was acknowledged and was nowhere.

So "committed" counts if the batch's mark is there, too: its last event, byte for byte, with the instant of its
decision; of a batch without events the version of a header; and where nothing but a request id was written, that.
"""

from collections.abc import Mapping
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

from workflows.codec import events as event_codec
from workflows.store.merge import Net


class Witness(NamedTuple):
    """A query that has a row if the batch was committed."""

    statement: LiteralString
    parameters: Mapping[str, Any]


_EVENT: LiteralString = (
    "SELECT 1 FROM sched_events WHERE run_id = %(run)s AND seq = %(seq)s AND data = %(data)s"
)
# Versions carry the low 32 bits of the transaction's id. A later version hides it: then the batch is decided again,
# which without events is safe, since whoever came later has found what it did, or not.
_HEADER: LiteralString = "SELECT 1 FROM sched_executions WHERE run_id = %(run)s AND xmin::text = %(version)s"
_REQUEST: LiteralString = """SELECT 1 FROM sched_requests WHERE namespace = %(namespace)s
    AND workflow_id = %(workflow_id)s AND request_id = %(request_id)s AND run_id = %(run)s"""


def witness_of(net: Net, transaction: str) -> Witness | None:
    """None for a batch that writes nothing, whose outcome makes no difference.

    Args:
        net: what it writes.
        transaction: its id; empty where it is not known yet, of batches whose headers come with events.
    """
    if net.events:
        run, event = net.events[-1]
        return Witness(_EVENT, {"run": UUID(run), "seq": event.number, "data": event_codec.encode(event)})
    if net.headers and transaction:
        version = str(int(transaction) & 0xFFFF_FFFF)
        return Witness(_HEADER, {"run": UUID(next(iter(net.headers))), "version": version})
    for (namespace, workflow_id, request_id), run in net.requests.items():
        named = {"namespace": namespace, "workflow_id": workflow_id, "request_id": request_id}
        return Witness(_REQUEST, named | {"run": UUID(run)})
    return None
