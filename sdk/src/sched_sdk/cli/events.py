"""Events of a history as documents: `{number, type, time, attributes}`, by the descriptors of their messages.

An event of a kind that this SDK does not know has the type Unknown; the engine may be newer.
"""

from collections.abc import Mapping
from typing import Any

from google.protobuf.message import Message

from sched_sdk.cli import documents
from sched_sdk.cli.documents import Document
from sched_sdk.proto.v1 import common_pb2
from sched_sdk.proto.v1.history_pb2 import HistoryEvent

MICROSECONDS = "_us"


def document(event: HistoryEvent) -> Document:
    """One event; attributes without a value are left out."""
    kind = event.WhichOneof("attributes")
    return {
        "number": event.number,
        "type": "Unknown" if kind is None else "".join(word.title() for word in kind.split("_")),
        "time": documents.instant(event.time_us),
        "attributes": {} if kind is None else _fields(getattr(event, kind)),
    }


def _fields(message: Message) -> Document:
    found: Document = {}
    for field in message.DESCRIPTOR.fields:
        value = getattr(message, field.name)
        if _is_set(message, field.name, value):
            name = field.name.removesuffix(MICROSECONDS)
            found[_camel(name) + ("Seconds" if name != field.name else "")] = _value(field.name, value)
    return found


def _is_set(message: Message, name: str, value: Any) -> bool:
    """Of a number, 0 is a value; of a span, none."""
    if isinstance(value, Message):
        return message.HasField(name)
    if isinstance(value, (bool, int, float)):
        return bool(value) or not name.endswith(MICROSECONDS)
    return bool(value)


def _value(name: str, value: Any) -> object:
    match value:
        case common_pb2.Payload():
            return documents.payload(value)
        case common_pb2.Failure():
            return documents.failure(value)
        case Message():
            return _fields(value)
        case int() if name.endswith(MICROSECONDS):
            return value / 1e6
        case str() | int() | float():
            return value
        case Mapping():
            return dict(value)
    return list(value)


def _camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(part.capitalize() for part in tail)
