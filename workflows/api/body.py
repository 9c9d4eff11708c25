"""Request bodies: one JSON object, read strictly, with the bytes of every member kept as they came.

Refused are: bytes that are no UTF-8, a name that occurs twice in an object at any depth, NaN and the infinities, what
is nested too deeply to be checked, and more bytes than a payload and what surrounds it can have. What a payload may
hold besides is told by `service.json_text`, with the field's name.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from workflows.service import json_text
from workflows.service.errors import FieldError, Invalid, shown
from workflows.service.limits import PAYLOAD_MAX

BODY_MAX = PAYLOAD_MAX + 1024 * 1024
"""Bytes: a payload, and room for memo, search attributes and names."""
DIGITS_MAX = 400
"""Of integers that are turned into numbers, which takes quadratic time; no field of ours allows as many."""
_SPACE = " \t\n\r"


class Malformed(Exception):
    """The body is no JSON object that we accept."""


class NotJSON(Exception):
    """A header of the request says that its body is not plain JSON in UTF-8, or none says that it is."""

    def __init__(self, header: str, value: str, rule: str) -> None:
        super().__init__(f"{header}: {rule}")
        self.error = FieldError(header, shown(value), rule)


class TooLarge(Exception):
    """The body has more than `BODY_MAX` bytes."""

    def __init__(self) -> None:
        super().__init__(f"the body must have at most {BODY_MAX} bytes")


@dataclass(frozen=True, slots=True)
class Member:
    """One member of the body: its value, and its text as it came."""

    value: Any
    raw: bytes


def check_headers(content_type: str, charset: str, encoding: str) -> None:
    """Refuse bodies that would have to be decoded in another way.

    Raises:
        NotJSON: with the header and its rule.
    """
    if content_type != "application/json":
        raise NotJSON("Content-Type", content_type, "must be application/json")
    if charset.lower() not in ("", "utf-8", "utf8"):
        raise NotJSON("Content-Type", f"charset={charset}", "must have no charset but utf-8")
    if encoding.lower() not in ("", "identity"):
        raise NotJSON("Content-Encoding", encoding, "must be absent: bodies are read as they are")


def read(data: bytes) -> dict[str, Member]:
    """The members of a JSON object, in their order.

    Raises:
        Malformed: with what is wrong and where.
    """
    if not data.strip(b" \t\n\r"):
        return {}
    try:
        text = data.decode()
        return _members(text)
    except UnicodeDecodeError as error:
        raise Malformed(f"byte {error.start} is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise Malformed(f"{error.msg}, at line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise Malformed("it is nested too deeply") from None
    except json_text.Fault as fault:
        raise Malformed(str(fault)) from None


def is_json(data: bytes) -> bool:
    """Whether these bytes can be put into a JSON document as they are."""
    try:
        orjson.loads(data)  # fast, and stricter than the standard
    except orjson.JSONDecodeError:
        return _is_json(data)
    return True


def _is_json(data: bytes) -> bool:
    try:
        json.loads(data.decode(), parse_constant=json_text.constant, parse_int=_integer)
    except (ValueError, RecursionError, json_text.Fault):
        return False
    return True


def known(members: dict[str, Member], names: Sequence[str]) -> None:
    """Refuse members that nobody would read.

    Raises:
        Invalid: with each of them.
    """
    rule = f"is unknown; known are {', '.join(names)}" if names else "is unknown; the body must be empty"
    errors = [FieldError(shown_name(name), "", rule) for name in members if name not in names]
    if errors:
        raise Invalid(errors[:10])


def shown_name(name: str) -> str:
    """A name as errors show it: as it is where it looks like one of ours."""
    return name if name.isidentifier() and name.isascii() and len(name) <= 40 else shown(name)


def _members(text: str) -> dict[str, Member]:
    """The grammar of an object, with the standard library's scanner for its values."""
    found: dict[str, Member] = {}
    at = _expect(text, _skip(text, 0), "{")
    at = _skip(text, at)
    if text[at : at + 1] == "}":
        _end(text, at + 1)
        return found
    while True:
        if text[at : at + 1] != '"':
            raise json.JSONDecodeError("Expecting property name enclosed in double quotes", text, at)
        name, at = _DECODER.raw_decode(text, at)
        start = _skip(text, _expect(text, _skip(text, at), ":"))
        value, at = _DECODER.raw_decode(text, start)
        if name in found:
            raise Malformed(f"the name {shown(name)} occurs twice")
        found[name] = Member(value, text[start:at].encode())
        at = _skip(text, at)
        if text[at : at + 1] == "}":
            _end(text, at + 1)
            return found
        at = _skip(text, _expect(text, at, ","))


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in _SPACE:
        at += 1
    return at


def _expect(text: str, at: int, character: str) -> int:
    if text[at : at + 1] != character:
        raise json.JSONDecodeError(f"Expecting '{character}'", text, at)
    return at + 1


def _end(text: str, at: int) -> None:
    if _skip(text, at) != len(text):
        raise json.JSONDecodeError("Extra data", text, at)


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= DIGITS_MAX else math.inf


_DECODER = json.JSONDecoder(
    object_pairs_hook=json_text.unique, parse_constant=json_text.constant, parse_int=_integer
)
