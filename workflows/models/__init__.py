"""The tables of executions and their history. Tasks and timers are `dispatch`'s and `timers`'.

No table has a foreign key, every one carries its namespace and shard, and no index covers a column that changes more
than once: so updates stay on their page, and the tables can be spread over servers later.
"""

from workflows.models.activity import Activity
from workflows.models.api_key import ApiKey
from workflows.models.audit import AuditEntry
from workflows.models.bulk import BulkOperation
from workflows.models.event import Event
from workflows.models.execution import CurrentRun, Execution, Request
from workflows.models.inbox import Inbox

__all__ = [
    "Activity",
    "ApiKey",
    "AuditEntry",
    "BulkOperation",
    "CurrentRun",
    "Event",
    "Execution",
    "Inbox",
    "Request",
]
