"""Callers by role: people with sessions, machines with API keys, and those whose credentials let nobody in."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.contrib.auth.models import Group, User
from django.test import Client

from workflows.access import keys
from workflows.access.actions import ROLES, Action

HOST = "localhost:8080"
_NUMBERS = itertools.count()


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """As they are shown at the doors of HTTP."""

    name: str = ""
    key: str = ""
    session: str = ""
    client: Client = field(default_factory=lambda: Client(headers={"host": HOST}))

    @property
    def headers(self) -> dict[str, str]:
        """Of a WebSocket's handshake; a browser's, where it is a session's."""
        shown = {"host": HOST}
        if self.key:
            shown["authorization"] = f"Bearer {self.key}"
        if self.session:
            shown |= {"cookie": f"theme=dark; sessionid={self.session}", "origin": f"http://{HOST}"}
        return shown


def person(role: str) -> Credentials:
    """Logged in, in the group of a role."""
    user = User.objects.create_user(f"{role}-{next(_NUMBERS)}", is_staff=True)
    user.groups.set(Group.objects.filter(name=f"sched {role}"))
    client = Client(headers={"host": HOST})
    client.force_login(user)
    return Credentials(name=user.username, session=client.cookies["sessionid"].value, client=client)


def machine(
    actions: Iterable[Action], *, lives: timedelta | None = None, revoked: bool = False
) -> Credentials:
    """With a new API key."""
    now = datetime.now(UTC)
    made_at = now if lives is None or lives > timedelta(0) else now + 2 * lives
    made = keys.make(
        f"key-{next(_NUMBERS)}",
        actions,
        created_by="tests",
        now=made_at,
        expires_at=None if lives is None else now + lives,
    )
    if revoked:
        assert keys.revoke(made.key, now)
    shown = Client(headers={"host": HOST, "authorization": f"Bearer {made.text}"})
    return Credentials(name=f"key/{made.key.name}", key=made.text, client=shown)


def caller_of(role: str) -> Credentials:
    """A new caller by the name of a row in the tables of tests."""
    match role:
        case "viewer" | "operator" | "admin":
            return person(role)
        case "client key" | "worker key":
            return machine(ROLES[role.removesuffix(" key")])
        case "expired key":
            return machine(Action, lives=timedelta(seconds=-1))
        case "revoked key":
            return machine(Action, revoked=True)
        case "unknown key":
            return Credentials(key=f"sched_{'a' * 8}_{'b' * 43}", client=_with("sched_aaaaaaaa_" + "b" * 43))
        case "none":
            return Credentials()
    raise AssertionError(role)


def _with(key: str) -> Client:
    return Client(headers={"host": HOST, "authorization": f"Bearer {key}"})
