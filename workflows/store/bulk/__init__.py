"""What a bulk operation asks of the tables: executions chunk by chunk, and entries for many inboxes at once.

Statements by Django's connection, in the caller's transaction where there is one. None is per execution, and none costs
more than the chunk it is for, and what its filter has to pass over to find that.
"""

from workflows.store.bulk.inboxes import open_tasks, put_into
from workflows.store.bulk.targets import Target, Targets

__all__ = ["Target", "Targets", "open_tasks", "put_into"]
