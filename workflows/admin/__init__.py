"""The operators' console in Django's admin. It shows; what acts comes with permissions of its own."""

from workflows.admin.executions import ExecutionAdmin

__all__ = ["ExecutionAdmin"]
