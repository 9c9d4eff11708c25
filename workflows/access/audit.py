"""The audit: an entry for every act that was accepted.

`record` writes in the caller's transaction, so that the entry is there if and only if the act is. Whoever acts on the
commit path of an engine, where a row more a call would cost what the call costs, hands entries in afterwards, many at a
time (`write`); what a crash loses of those is told all the same by the histories, under the same identity.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from django.db import DEFAULT_DB_ALIAS

from workflows.access.principal import Principal
from workflows.core.keys import DEFAULT_NAMESPACE
from workflows.models import AuditEntry

_TOLD: Final = ("at", "who", "door", "action", "namespace", "workflow_id", "run_id", "reason")
NO_DETAILS: Final[Mapping[str, object]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What somebody did.

    Attributes:
        action: a verb, as `signal`; those of `Action` where there is one.
        details: JSON values that tell more: a signal's name, the filter of a bulk act. Never a payload or a secret.
    """

    action: str
    workflow_id: str = ""
    run_id: str = ""
    reason: str = ""
    namespace: str = DEFAULT_NAMESPACE
    details: Mapping[str, object] = NO_DETAILS


def entry_of(who: Principal, door: str, act: Act, at: datetime) -> AuditEntry:
    """Not saved."""
    return AuditEntry(
        at=at,
        who=who.name,
        door=door,
        action=act.action,
        namespace=act.namespace,
        workflow_id=act.workflow_id,
        run_id=act.run_id or None,
        reason=act.reason,
        details=dict(act.details),
    )


def record(who: Principal, door: str, act: Act, at: datetime, *, using: str = DEFAULT_DB_ALIAS) -> None:
    """In the caller's transaction."""
    write([entry_of(who, door, act, at)], using=using)


def is_there(entry: AuditEntry, *, using: str = DEFAULT_DB_ALIAS) -> bool:
    """Whether an entry with all of this one's values was written before."""
    values = {name: getattr(entry, name) for name in _TOLD}
    return AuditEntry.objects.using(using).filter(**values).exists()


def write(entries: Sequence[AuditEntry], *, using: str = DEFAULT_DB_ALIAS) -> None:
    """Many at once."""
    AuditEntry.objects.using(using).bulk_create(entries)
