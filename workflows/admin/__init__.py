"""The operators' console in Django's admin: it finds what is stuck, says why, and repairs it.

Who may do what is `workflows.access`; every act leaves an entry in the audit, and who did it in the history.
"""

from workflows.admin.audit import AuditEntryAdmin
from workflows.admin.executions import ExecutionAdmin
from workflows.admin.keys import ApiKeyAdmin

__all__ = ["ApiKeyAdmin", "AuditEntryAdmin", "ExecutionAdmin"]
