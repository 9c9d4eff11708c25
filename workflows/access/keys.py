"""API keys: made, found by their text, revoked.

A key's text is `sched_<prefix>_<secret>`: the prefix names its row, the secret is 256 random bits. With so many no slow
digest is needed: SHA-256 of the text is what is stored, and nothing leads back from it. The text is shown once, when it
is made.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import DEFAULT_DB_ALIAS, IntegrityError, transaction
from django.db.models import Q

from workflows.access.actions import Action
from workflows.access.principal import Principal, Unauthenticated
from workflows.models import ApiKey

NAME_RULE: Final = "must be 1 to 100 characters of A-Z a-z 0-9 . _ : @ + -, and that of no other key"
SECRET_BYTES: Final = 32
USE_NOTED_EVERY: Final = timedelta(minutes=1)
_TEXT = re.compile(r"sched_([a-z2-7]{8})_([A-Za-z0-9_-]{43})")
_NAME = re.compile(r"[A-Za-z0-9._:@+-]{1,100}")


class BadKey(ValueError):
    """A key that cannot be made: `field` and the `rule` it breaks."""

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(f"{field}: {rule}")
        self.field = field
        self.rule = rule


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """A key that was just made, and its text, which nobody can read again."""

    key: ApiKey
    text: str


def make(
    name: str,
    actions: Iterable[Action],
    *,
    created_by: str,
    now: datetime,
    expires_at: datetime | None = None,
) -> NewKey:
    """Make a key.

    Raises:
        BadKey: the name is none or taken, nothing is allowed, or it would be expired.
    """
    allowed = sorted({Action(action).value for action in actions})
    if _NAME.fullmatch(name) is None:
        raise BadKey("name", NAME_RULE)
    if not allowed:
        raise BadKey("actions", f"at least one is required, of {', '.join(Action)}")
    if expires_at is not None and expires_at <= now:
        raise BadKey("expires_at", "must lie in the future")
    prefix, text = _new_text()
    key = ApiKey(
        name=name,
        prefix=prefix,
        digest=digest_of(text),
        actions=allowed,
        created_at=now,
        created_by=created_by,
        expires_at=expires_at,
    )
    try:
        with transaction.atomic():
            key.save(force_insert=True)
    except IntegrityError:
        raise BadKey("name", NAME_RULE) from None
    return NewKey(key=key, text=text)


def revoke(key: ApiKey, now: datetime) -> bool:
    """From now on it lets nobody in: engines and web processes know within `known_keys.TRUSTED_SECONDS`.

    Returns:
        False if it was revoked before.
    """
    return bool(ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=now))


def principal_of(text: str, now: datetime, *, using: str = DEFAULT_DB_ALIAS) -> Principal:
    """Who has this key. Notes, to the minute, that it was used.

    Raises:
        Unauthenticated: it is no key, or one that is unknown, revoked or expired; which, is not told.
    """
    found = _TEXT.fullmatch(text)
    key = found and ApiKey.objects.using(using).filter(prefix=found[1]).first()
    # Compared in constant time, so that nothing can be learnt from how long a refusal takes.
    if not key or not hmac.compare_digest(bytes(key.digest), digest_of(text)) or not is_valid(key, now):
        raise Unauthenticated
    _note_use(key, now, using)
    known = {action.value: action for action in Action}
    return Principal(
        name=f"key/{key.name}",
        actions=frozenset(known[name] for name in key.actions if name in known),
        key_id=key.pk,
    )


def is_valid(key: ApiKey, now: datetime) -> bool:
    return key.revoked_at is None and (key.expires_at is None or now < key.expires_at)


def digest_of(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _new_text() -> tuple[str, str]:
    alphabet = "abcdefghijklmnopqrstuvwxyz234567"
    prefix = "".join(alphabet[byte % len(alphabet)] for byte in secrets.token_bytes(8))
    return prefix, f"sched_{prefix}_{secrets.token_urlsafe(SECRET_BYTES)}"


def _note_use(key: ApiKey, now: datetime, using: str) -> None:
    if key.last_used_at is not None and now - key.last_used_at < USE_NOTED_EVERY:
        return
    before = Q(last_used_at=None) | Q(last_used_at__lte=now - USE_NOTED_EVERY)
    ApiKey.objects.using(using).filter(before, pk=key.pk).update(last_used_at=now)
