"""Filters as a condition on an execution that is at hand; it says what `listing` says to the database."""

from workflows.store.reader.values import Execution, Filters


def passes(filters: Filters, execution: Execution) -> bool:
    """Whether a list with these filters has it."""
    status = filters.status
    return (status is None or execution.status is status) and passes_but_status(filters, execution)


def passes_but_status(filters: Filters, execution: Execution) -> bool:
    """As `passes`, for all that never changes of a run."""
    after, before = filters.started_after, filters.started_before
    return (
        execution.namespace == filters.namespace
        and filters.workflow_type in ("", execution.workflow_type)
        and filters.task_queue in ("", execution.task_queue)
        and (after is None or execution.started_at > after)
        and (before is None or execution.started_at < before)
        and execution.workflow_id.startswith(filters.id_prefix)
    )
