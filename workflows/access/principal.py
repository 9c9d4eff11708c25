"""Who asks: a person with a session, a machine with an API key, or anybody where access is open."""

from dataclasses import dataclass
from typing import Any, Final

from workflows.access.actions import Action


class Unauthenticated(Exception):
    """No credentials, or none that are valid."""


class Denied(Exception):
    """Credentials that are valid, and do not allow it. `action` is what they lack."""

    def __init__(self, action: Action, who: str) -> None:
        super().__init__(f"{who} lacks the permission {action.value!r}")
        self.action = action


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Somebody who was let in, and what they may do.

    Attributes:
        name: of a user, or `key/` and the name of an API key; empty where access is open.
        key_id: of the API key, 0 for others.
    """

    name: str
    actions: frozenset[Action]
    key_id: int = 0

    def may(self, action: Action) -> bool:
        return action in self.actions

    def require(self, action: Action) -> None:
        """Raises `Denied` unless they may."""
        if action not in self.actions:
            raise Denied(action, self.name or "the caller")

    def identity(self, door: str) -> str:
        """How histories and the audit name them: `rest:alice`, `grpc:key/billing`; the door alone where it is open."""
        return f"{door}:{self.name}" if self.name else door


ANYBODY: Final = Principal(name="", actions=frozenset(Action))
"""Where access is open: on loopback, by SCHED_AUTH."""


def principal_of_user(user: Any) -> Principal:
    """A user of Django's, who is active."""
    return Principal(
        name=str(user.get_username()),
        actions=frozenset(action for action in Action if user.has_perm(action.permission)),
    )
