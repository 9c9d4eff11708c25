"""Members of a body as typed values. Each reader adds to a list of errors, so that a caller hears of all at once."""

import math
from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum

from workflows.api.body import Member
from workflows.core.values import Payload
from workflows.service import limits
from workflows.service.errors import FieldError, Invalid, shown

Rule = Callable[[str, str], FieldError | None]
SORTS: dict[type, str] = {
    dict: "an object",
    list: "an array",
    str: "a string",
    int: "a number",
    float: "a number",
    bool: "a boolean",
}


class Fields:
    """Reads members, and remembers what is wrong with them. null is the same as an absent member, but for payloads."""

    def __init__(self, members: dict[str, Member]) -> None:
        self._members = members
        self._errors: list[FieldError] = []

    def check(self, *errors: FieldError | None) -> None:
        self._errors.extend(error for error in errors if error is not None)

    @property
    def errors(self) -> tuple[FieldError, ...]:
        """What was found so far."""
        return tuple(self._errors)

    def finish(self) -> None:
        """Raises `Invalid` with all that was found."""
        if self._errors:
            raise Invalid(self._errors)

    def text(self, name: str) -> str:
        """Empty if absent."""
        value = self._value(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            self.check(FieldError(name, kind_shown(value), "must be a string"))
            return ""
        if _has_surrogates(value):
            self.check(FieldError(name, "", "must not hold half of a surrogate pair"))
            return ""
        return value

    def given_text(self, name: str) -> str | None:
        """None if absent, or no text that can be read."""
        value = self.text(name)
        return value if value or self._value(name) == "" else None

    def name(self, name: str) -> str:
        """A workflow type or signal name; demanded."""
        before = len(self._errors)
        value = self.text(name)
        if len(self._errors) == before:
            self.check(limits.name_error(name, value))
        return value

    def identifier(self, name: str, rule: Rule = limits.identifier_error) -> str:
        """Empty if absent; the empty string is none."""
        value = self.text(name)
        if value or self._value(name) == "":
            self.check(rule(name, value))
        return value

    def workflow_id(self, name: str) -> str:
        """As `identifier`, but it can be a part of a path."""
        return self.identifier(name, limits.workflow_id_error)

    def reason(self, name: str) -> str:
        value = self.text(name)
        self.check(limits.text_error(name, value, limits.REASON_MAX))
        return value

    def payload(self, name: str) -> Payload | None:
        """The value's text, byte for byte."""
        member = self._members.get(name)
        if member is None:
            return None
        payload = Payload(member.raw)
        self.check(limits.payload_error(name, payload))
        return payload

    def json_object(self, name: str) -> Payload | None:
        """As `payload`, but an object."""
        if self._value(name) is None:
            return None
        if not isinstance(self._value(name), dict):
            self.check(FieldError(name, _sort(self._value(name)), limits.OBJECT_RULE))
            return None
        return self.payload(name)

    def seconds(self, name: str) -> timedelta | None:
        value = self._value(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.check(FieldError(name, kind_shown(value), "must be a number of seconds"))
            return None
        if math.isnan(value) or not 0 < value <= limits.TIMEOUT_MAX.total_seconds():
            rule = f"must be more than 0 and at most {limits.TIMEOUT_MAX.total_seconds():.0f} seconds"
            self.check(FieldError(name, shown(value), rule))
            return None
        span = timedelta(seconds=value)
        if not span:
            self.check(FieldError(name, shown(value), "must be at least a microsecond"))
        return span

    def choice[T: StrEnum](self, name: str, default: T) -> T:
        value = self.text(name)
        kinds = type(default)
        if not value and self._value(name) != "":
            return default
        if value not in kinds:
            self.check(FieldError(name, shown(value), f"must be one of {', '.join(kinds)}"))
            return default
        return kinds(value)

    def _value(self, name: str) -> object:
        member = self._members.get(name)
        return None if member is None else member.value


def kind_shown(value: object) -> str:
    """What is shown of a value of the wrong type."""
    return shown(value) if isinstance(value, str | int | float) else _sort(value)


def _sort(value: object) -> str:
    """What is shown of a payload of the wrong type: nothing of its content."""
    return SORTS.get(type(value), "")


def _has_surrogates(value: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in value)
