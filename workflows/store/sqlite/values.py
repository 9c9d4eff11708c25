"""Values as Django keeps them in SQLite: ids as 32 hex digits, instants as text in UTC."""

from datetime import UTC, datetime, timedelta
from typing import Any

from workflows.codec.values import span_us


def hex_id(run_id: str) -> str:
    return run_id.replace("-", "")


def run_id(hexed: str) -> str:
    """The canonical text; cheaper than by way of a UUID."""
    return f"{hexed[:8]}-{hexed[8:12]}-{hexed[12:16]}-{hexed[16:20]}-{hexed[20:]}"


def text(value: datetime | None) -> str | None:
    """With all six digits, so that the text sorts as the instants do."""
    if value is None:
        return None
    if value.tzinfo is not UTC:
        value = value.astimezone(UTC)
    return value.isoformat(" ", "microseconds")[:26]


def instant(value: str | datetime) -> datetime:
    """Connections of Django's make a naive datetime of it, others leave the text."""
    if isinstance(value, str):
        return datetime.fromisoformat(f"{value}+00:00")
    return value.replace(tzinfo=UTC)


def instant_or_none(value: str | datetime | None) -> datetime | None:
    return None if value is None else instant(value)


def us(value: timedelta | None) -> int | None:
    return None if value is None else span_us(value)


def span_or_none(value: Any) -> timedelta | None:
    return None if value is None else timedelta(microseconds=value)
