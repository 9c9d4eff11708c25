"""The words in which shapes are described: fields of one kind each, with the rules that `limits` checks."""

import re
from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import inline_serializer
from rest_framework import serializers as s

from workflows.service import limits

MIB = 1024 * 1024
PAYLOAD = f"Any JSON value, at most {limits.PAYLOAD_MAX // MIB} MiB, kept byte for byte."
IDENTIFIER: dict[str, Any] = {
    "type": "string",
    "pattern": f"^{limits.IDENTIFIER_PATTERN}$",
    "minLength": 1,
    "maxLength": limits.IDENTIFIER_MAX,
}
_RESERVED = "|".join(map(re.escape, limits.RESERVED_IDS))
WORKFLOW_ID = {**IDENTIFIER, "pattern": f"^(?!(?:{_RESERVED})$){limits.IDENTIFIER_PATTERN}$"}


def shape(title: str, options: Mapping[str, Any] | None = None, /, **fields: Any) -> s.Serializer[Any]:
    """One of ours; `options` are those of a field that is one."""
    return inline_serializer(title, fields, **(options or {}))


def text(**options: Any) -> s.CharField:
    return s.CharField(**options)


def identifier(**options: Any) -> s.CharField:
    options = {"help_text": limits.IDENTIFIER_RULE, **options}
    return s.RegexField(IDENTIFIER["pattern"], min_length=1, max_length=limits.IDENTIFIER_MAX, **options)


def workflow_id(**options: Any) -> s.CharField:
    help_text = f"{limits.IDENTIFIER_RULE}; {limits.RESERVED_RULE}"
    return s.RegexField(
        WORKFLOW_ID["pattern"], min_length=1, max_length=limits.IDENTIFIER_MAX, help_text=help_text, **options
    )


def instant(**options: Any) -> s.DateTimeField:
    return s.DateTimeField(**options)


def payload(**options: Any) -> s.JSONField:
    return s.JSONField(allow_null=True, help_text=PAYLOAD, **options)


NULL: dict[str, Any] = {"allow_null": True}
OPTIONAL: dict[str, Any] = {"required": False}
