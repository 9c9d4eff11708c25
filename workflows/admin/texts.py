"""Values as operators read them: spans, payloads, failures and the attributes of events, all of them plain text.

Escaping is the templates' work; nothing here is marked safe.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from workflows.api.body import is_json
from workflows.api.shapes import JSON_ENCODINGS, Shapes
from workflows.core.values import Failure, Payload

TEXT_MAX = 20_000
"""Characters of one payload on a page; the API has all of it."""
INDENT = "  "
HIDDEN = "(hidden: you lack the permission to see payloads)"


class Texts(Shapes):
    """Documents whose payloads are readable text."""

    def payload(self, payload: Payload | None) -> str | None:
        if payload is None:
            return None
        if not self.payloads:
            return HIDDEN
        if payload.encoding in JSON_ENCODINGS and is_json(payload.data):
            return shortened(reindented(payload.data[: 4 * TEXT_MAX].decode(errors="replace")))
        return f"{len(payload.data)} bytes of {payload.encoding or 'what should be JSON'}"

    def lines(self, document: Mapping[str, Any]) -> list[tuple[str, str]]:
        """The attributes of an event, one a line, with the path to each."""
        return list(_lines(document, ""))

    def failures(self, failure: Failure | None) -> list[Mapping[str, Any]]:
        """A failure and the chain of its causes, outermost first."""
        chain: list[Mapping[str, Any]] = []
        while failure is not None:
            chain.append(
                {
                    "kind": failure.kind.name.lower().replace("_", " "),
                    "type": failure.type,
                    "message": failure.message if self.payloads else HIDDEN,
                    "stack_trace": shortened(failure.stack_trace) if self.payloads else "",
                    "details": self.payload(failure.details),
                }
            )
            failure = failure.cause
        return chain


def reindented(text: str) -> str:
    """JSON text with a line for each member. Every token stays as it is: no number is read, no string unescaped."""
    out: list[str] = []
    depth = 0
    at = 0
    while at < len(text):
        character = text[at]
        if character == '"':
            end = _string_end(text, at)
            out.append(text[at:end])
            at = end
            continue
        at += 1
        if character in "{[":
            depth += 1
            out.append(character if _closes(text, at) else f"{character}\n{INDENT * depth}")
        elif character in "}]":
            depth = max(depth - 1, 0)
            out.append(character if out and out[-1] in ("{", "[") else f"\n{INDENT * depth}{character}")
        elif character == ",":
            out.append(f",\n{INDENT * depth}")
        elif character == ":":
            out.append(": ")
        elif not character.isspace():
            out.append(character)
    return "".join(out)


def shortened(text: str) -> str:
    if len(text) <= TEXT_MAX:
        return text
    return f"{text[:TEXT_MAX]}\n… cut here: the API has all of it"


def span_text(span: timedelta) -> str:
    """A span in its two largest units."""
    seconds = span.total_seconds()
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h"


def _lines(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _lines(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, (list, tuple)):
        if value:
            yield path, ", ".join(map(str, value))
    elif value not in (None, "", False):
        yield path, "yes" if value is True else str(value)


def _string_end(text: str, at: int) -> int:
    end = at + 1
    while end < len(text) and text[end] != '"':
        end += 2 if text[end] == "\\" else 1
    return min(end + 1, len(text))


def _closes(text: str, at: int) -> bool:
    while at < len(text) and text[at].isspace():
        at += 1
    return text[at : at + 1] in ("}", "]")
