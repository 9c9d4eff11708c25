"""What can be done with sched, and the roles that may do it. Every door asks for these, and for nothing else.

An action is a permission of Django's, so people get them by their groups; an API key lists its actions by name.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

APP: Final = "sched_workflows"


class Action(StrEnum):
    """By the name that API keys and refusals use."""

    READ = "read"
    SEE_PAYLOADS = "see-payloads"
    START = "start"
    SIGNAL = "signal"
    CANCEL = "cancel"
    TERMINATE = "terminate"
    RETRY = "retry"
    WORK = "work"
    SEE_AUDIT = "see-audit"
    MANAGE_KEYS = "manage-keys"

    @property
    def permission(self) -> str:
        """Django's, with its app: `sched_workflows.signal_execution`."""
        return f"{APP}.{CODENAMES[self]}"


CODENAMES: Final[Mapping[Action, str]] = {
    Action.READ: "view_execution",
    Action.SEE_PAYLOADS: "view_payload",
    Action.START: "start_execution",
    Action.SIGNAL: "signal_execution",
    Action.CANCEL: "cancel_execution",
    Action.TERMINATE: "terminate_execution",
    Action.RETRY: "retry_execution",
    Action.WORK: "serve_task",
    Action.SEE_AUDIT: "view_auditentry",
    Action.MANAGE_KEYS: "manage_apikey",
}
"""Of Django's permissions."""

STEERING: Final = frozenset({Action.SIGNAL, Action.CANCEL, Action.TERMINATE, Action.RETRY})
"""What an operator does to an execution that is there."""

_VIEWER = frozenset({Action.READ})
_OPERATOR = _VIEWER | {Action.SEE_PAYLOADS, Action.START, Action.SEE_AUDIT} | STEERING
ROLES: Final[Mapping[str, frozenset[Action]]] = {
    "viewer": _VIEWER,
    "operator": _OPERATOR,
    "admin": frozenset(Action) - {Action.WORK},
    # Of machines alone, for API keys.
    "client": frozenset(Action) - {Action.WORK, Action.SEE_AUDIT, Action.MANAGE_KEYS},
    "worker": frozenset({Action.WORK}),
}
"""Bundles of actions."""

GROUPS: Final[Mapping[str, str]] = {f"sched {role}": role for role in ("viewer", "operator", "admin")}
"""Django's groups, made by a migration, and the role of each. The prefix keeps a site's own group `admin` apart."""
