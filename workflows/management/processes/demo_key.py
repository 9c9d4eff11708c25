"""The demo worker's API key where access is not open: new at each start, known to this process and its child alone.

Guarantees: there is one such key at most; that of the start before lets nobody in any more. Its text is neither printed
nor kept.
"""

from typing import Final

from django.db import transaction

from timers.clock import SystemClock
from workflows.access import audit, keys
from workflows.access.actions import ROLES, Action
from workflows.access.audit import Act
from workflows.access.principal import Principal
from workflows.models import ApiKey

NAME: Final = "make-up-demo-worker"
MAKER: Final = Principal(name="up", actions=frozenset(Action))
DOOR: Final = "shell"
ACTIONS: Final = ROLES["worker"] | {Action.START}
"""It also starts a workflow, where AUTO_START_TEST says so."""


def new_demo_key() -> str:
    """Its text."""
    now = SystemClock().now()
    with transaction.atomic():
        ApiKey.objects.filter(name=NAME, created_by=MAKER.name).delete()
        made = keys.make(NAME, ACTIONS, created_by=MAKER.name, now=now)
        audit.record(
            MAKER, DOOR, Act(action="create-key", details={"key": NAME, "actions": made.key.actions}), now
        )
    return made.text
