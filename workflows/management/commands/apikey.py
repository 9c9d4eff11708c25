"""`manage.py apikey create|list|revoke`: the credentials of workers and clients.

A key's text is printed once, alone on standard output, so that it can go straight into a file or a secret store.
"""

import re
import sys
from datetime import datetime, timedelta
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction

from timers.clock import SystemClock
from workflows.access import audit, keys
from workflows.access.actions import ROLES, Action
from workflows.access.audit import Act
from workflows.access.principal import Principal
from workflows.management.processes.migrated import check_migrated
from workflows.management.processes.refusal import CannotStart
from workflows.management.processes.usable import told_in_a_sentence
from workflows.models import ApiKey

DOOR: Final = "shell"
SHELL: Final = Principal(name="shell", actions=frozenset(Action))
"""Whoever can run this reads the database anyway."""
SPANS: Final = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1)}
_SPAN = re.compile(r"([1-9][0-9]{0,4})([dhm])")


class Command(BaseCommand):
    help = "Makes, lists and revokes API keys."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        commands = parser.add_subparsers(dest="command", required=True)
        create = commands.add_parser(
            "create", help="make a key, and print its text, which is shown this once"
        )
        create.add_argument("name", help="what it is for; histories and the audit show it")
        create.add_argument(
            "--role", action="append", default=[], choices=sorted(ROLES), help="a bundle of actions"
        )
        create.add_argument("--action", action="append", default=[], choices=[each.value for each in Action])
        create.add_argument(
            "--expires", metavar="SPAN", help="as 90d, 12h or 30m; without it the key stays valid"
        )
        commands.add_parser("list", help="all keys, the newest first")
        revoke = commands.add_parser("revoke", help="a key lets nobody in any more, within seconds")
        revoke.add_argument("name")

    def handle(self, *_args: Any, command: str, **options: Any) -> None:
        try:
            check_migrated()
            with told_in_a_sentence():
                getattr(self, f"_{command}")(**options)
        except (CannotStart, keys.BadKey) as refusal:
            sys.exit(f"sched: {refusal}")

    def _create(
        self, *, name: str, role: list[str], action: list[str], expires: str | None, **_options: Any
    ) -> None:
        now = SystemClock().now()
        allowed = {Action(each) for each in action}.union(*(ROLES[each] for each in role))
        with transaction.atomic():
            made = keys.make(name, allowed, created_by=SHELL.name, now=now, expires_at=_expiry(expires, now))
            _record("create-key", made.key, now, actions=made.key.actions)
        self.stdout.write(made.text)
        self.stderr.write(f"may: {', '.join(made.key.actions)}; {_until(made.key)}. It is not shown again.")

    def _list(self, **_options: Any) -> None:
        now = SystemClock().now()
        for key in ApiKey.objects.order_by("-created_at", "-id"):
            state = "valid" if keys.is_valid(key, now) else "revoked" if key.revoked_at else "expired"
            used = f"last used {key.last_used_at:%Y-%m-%d %H:%M}" if key.last_used_at else "never used"
            self.stdout.write(f"{key.name}  {state}, {_until(key)}, {used}, may: {', '.join(key.actions)}")

    def _revoke(self, *, name: str, **_options: Any) -> None:
        now = SystemClock().now()
        key = ApiKey.objects.filter(name=name).first()
        if key is None:
            sys.exit(f"sched: no API key is named {name!r}; `manage.py apikey list` shows all.")
        with transaction.atomic():
            if not keys.revoke(key, now):
                self.stdout.write(f"{name} was revoked before")
                return
            _record("revoke-key", key, now)
        self.stdout.write(f"{name} is revoked")


def _record(action: str, key: ApiKey, now: datetime, **details: object) -> None:
    audit.record(SHELL, DOOR, Act(action=action, details={"key": key.name, **details}), now)


def _expiry(text: str | None, now: datetime) -> datetime | None:
    if text is None:
        return None
    found = _SPAN.fullmatch(text)
    if found is None:
        raise keys.BadKey("expires", f"{text!r} must be a whole number of d, h or m, as 90d")
    return now + int(found[1]) * SPANS[found[2]]


def _until(key: ApiKey) -> str:
    return f"until {key.expires_at:%Y-%m-%d %H:%M} UTC" if key.expires_at else "without an end"
