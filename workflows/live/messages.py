"""What callers send: `{"subscribe": …, "id": n}` and `{"unsubscribe": n}`, read as strictly as bodies of REST are."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from django.http import QueryDict

from workflows.api import body, requests
from workflows.api.body import Member
from workflows.api.fields import kind_shown
from workflows.core.keys import DEFAULT_NAMESPACE
from workflows.service.errors import FieldError, Invalid, shown
from workflows.store.reader import Filters

MESSAGE_MAX: Final = 16 * 1024
"""Bytes; filters and ids are far shorter."""
ID_MAX: Final = 2**53 - 1
ID_RULE: Final = f"must be a whole number from 0 to {ID_MAX}"
SIZE_RULE: Final = f"must be text of at most {MESSAGE_MAX} bytes"
TOPIC_RULE: Final = 'must be "overview", {"list": filters} or {"workflow": id}'
FILTERS_RULE: Final = "must be a string, as every filter is"


@dataclass(frozen=True, slots=True)
class Overview:
    """How many executions there are in each status."""


@dataclass(frozen=True, slots=True)
class Listed:
    """The newest executions that pass the filters."""

    filters: Filters


@dataclass(frozen=True, slots=True)
class OneWorkflow:
    """The current run of a workflow id."""

    workflow_id: str
    namespace: str = DEFAULT_NAMESPACE


Topic = Overview | Listed | OneWorkflow


@dataclass(frozen=True, slots=True)
class Subscribe:
    number: int
    topic: Topic


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    number: int


def members_of(text: str | None) -> dict[str, Member]:
    """The members of a message; None is one that is no text.

    Raises:
        Invalid: it is too long, or binary.
        Malformed: it is no JSON object.
    """
    data = b"" if text is None else text.encode("utf-8", "surrogatepass")
    if text is None or len(data) > MESSAGE_MAX:
        raise Invalid([FieldError("message", "", SIZE_RULE)])
    return body.read(data)


def number_in(members: Mapping[str, Member]) -> int | None:
    """The id, if it is one, so that a refusal can name it."""
    found = members.get("id", members.get("unsubscribe"))
    value = None if found is None else found.value
    return value if _is_number(value) else None


def read(members: dict[str, Member]) -> Subscribe | Unsubscribe:
    """Raises `Invalid`, with the first rule that is broken."""
    if "unsubscribe" in members:
        body.known(members, ("unsubscribe",))
        return Unsubscribe(_number(members, "unsubscribe"))
    body.known(members, ("subscribe", "id"))
    number = _number(members, "id")
    if "subscribe" not in members:
        raise Invalid([FieldError("subscribe", "", f"is missing; it {TOPIC_RULE}")])
    return Subscribe(number, _topic(members["subscribe"].value))


def _number(members: Mapping[str, Member], name: str) -> int:
    if name not in members:
        raise Invalid([FieldError(name, "", f"is missing; it {ID_RULE}")])
    value: Any = members[name].value
    if not _is_number(value):
        raise Invalid([FieldError(name, kind_shown(value), ID_RULE)])
    return int(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= ID_MAX


def _topic(value: object) -> Topic:
    match value:
        case "overview":
            return Overview()
        case {"list": dict() as filters, **rest} if not rest:
            return Listed(_filters(filters))
        case {"workflow": str() as workflow_id, **rest} if not rest:
            requests.workflow_id_of(workflow_id)
            return OneWorkflow(workflow_id)
    raise Invalid([FieldError("subscribe", _text_of(value), TOPIC_RULE)])


def _text_of(value: object) -> str:
    """No message holds a payload, so a topic that is none is shown as it came."""
    try:
        return shown(value if isinstance(value, str) else orjson.dumps(value).decode())
    except orjson.JSONEncodeError:
        return kind_shown(value)


def _filters(given: Mapping[str, object]) -> Filters:
    """Named and checked as those of `GET /api/workflows`."""
    for name, value in given.items():
        if not isinstance(value, str):
            raise Invalid([FieldError(body.shown_name(name), kind_shown(value), FILTERS_RULE)])
    query = QueryDict(mutable=True)
    for name, value in given.items():
        query[name] = str(value)
    requests.check_query(query, requests.FILTER_NAMES)
    return requests.filters_of(query)
