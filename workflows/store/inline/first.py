"""The first event of a run, over the caller's connection: what a retry repeats."""

from workflows.core.keys import DEFAULT_NAMESPACE
from workflows.store.inline.tables import run_of, tables


def first_event(
    workflow_id: str, *, run_id: str = "", namespace: str = DEFAULT_NAMESPACE, using: str = "default"
) -> tuple[str, bytes]:
    """The run that is meant (`run_id`, or where that is empty the id's current run), and its serialized first event;
    no bytes if that is lost.

    Raises:
        Rejected: NOT_FOUND.
    """
    found = tables(using)
    run = run_of(found, namespace, workflow_id, run_id)
    with found.connection.cursor() as cursor:
        cursor.execute(
            "SELECT data FROM sched_events WHERE run_id = %s AND seq = 1", [found.raw_id(run.run_id)]
        )
        row = cursor.fetchone()
    return run.run_id, bytes(row[0]) if row else b""
