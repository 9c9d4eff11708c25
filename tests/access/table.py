"""Roles × actions, as one table for the tests of every door: REST, WebSocket, admin, gRPC and the command line.

It is written out, and not taken from `workflows.access.actions`: a role that is given more by mistake fails here.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from workflows.access.actions import Action


class Outcome(StrEnum):
    ALLOWED = "allowed"
    DENIED = "denied: known, and may not"
    UNKNOWN = "unknown: no credentials that are valid"


READING = {Action.READ}
OPERATING = READING | {
    Action.SEE_PAYLOADS, Action.START, Action.SIGNAL, Action.CANCEL, Action.TERMINATE, Action.RETRY, Action.SEE_AUDIT,
}  # fmt: skip
TABLE: Mapping[str, set[Action] | None] = {
    "viewer": READING,
    "operator": OPERATING,
    "admin": OPERATING | {Action.MANAGE_KEYS},
    "client key": OPERATING - {Action.SEE_AUDIT},
    "worker key": {Action.WORK},
    "expired key": None,
    "revoked key": None,
    "unknown key": None,
    "none": None,
}
"""By role, what it may do; None: it is not let in. Roles that are no key's are people's, with a session; where a door
knows keys alone, those of a key that was made for the role."""


def expected(role: str, action: Action) -> Outcome:
    may = TABLE[role]
    if may is None:
        return Outcome.UNKNOWN
    return Outcome.ALLOWED if action in may else Outcome.DENIED
