"""The REST API as its OpenAPI document tells of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from docs._reference.markdown import code, sentence, table
from docs._reference.markdown import page as whole

type Document = Mapping[str, Any]

PROBLEM = "[Problem](#problem)"
METHODS = ("get", "post", "put", "patch", "delete")


def page() -> str:
    """docs/reference/rest.md."""
    document = openapi()
    common = errors(document)
    return whole(
        "REST calls",
        "the views, by way of the OpenAPI document",
        "The same document is served at `/api/schema`, and as a page to try it at `/api/docs`. What holds for all "
        "calls (errors, limits, idempotency) is in [The REST API](../rest.md).",
        table(
            ("call", "does"),
            ((f"[{code(call)}](#{anchor(call)})", sentence(of["summary"])) for call, of in calls(document)),
        ),
        "## Errors",
        "A refusal is a [Problem](#problem). It means the same in all calls that can be refused so:",
        table(("status", "when"), common.items()),
        "## Calls",
        *(part for call, of in calls(document) for part in _call(call, of, common)),
        "## Documents",
        *(part for name, schema in _schemas(document) for part in _schema(name, schema)),
    )


def openapi() -> Document:
    from drf_spectacular.generators import SchemaGenerator

    generator: Any = SchemaGenerator
    return dict(generator().get_schema(request=None, public=True))


def calls(document: Document) -> Iterator[tuple[str, Document]]:
    for path, methods in document["paths"].items():
        for method in METHODS:
            if method in methods:
                yield f"{method.upper()} {path}", methods[method]


def anchor(heading: str) -> str:
    return "".join(c for c in heading.lower().replace(" ", "-") if c.isalnum() or c in "-_")


def errors(document: Document) -> dict[str, str]:
    """By status: what it says in most calls."""
    told: dict[str, Counter[str]] = defaultdict(Counter)
    for _, of in calls(document):
        for status, response in of["responses"].items():
            if status >= "400" and _answer(response) == PROBLEM:
                told[status][sentence(response.get("description", ""))] += 1
    return {status: texts.most_common(1)[0][0] for status, texts in sorted(told.items())}


def _call(call: str, of: Document, common: Mapping[str, str]) -> Iterator[str]:
    yield f"### `{call}`"
    yield sentence(of["summary"])
    parameters = of.get("parameters", ())
    if parameters:
        yield table(
            ("parameter", "in", "type", "meaning"),
            (
                (code(each["name"]), each["in"], _type(each["schema"]), sentence(each.get("description", "")))
                for each in parameters
            ),
        )
    content = of.get("requestBody", {}).get("content", {})
    if content:
        yield f"Body: {_type(content['application/json']['schema'])}."
    answers = [
        (status, _answer(each), sentence(each.get("description", "")))
        for status, each in sorted(of["responses"].items())
    ]
    refusals = [status for status, _, text in answers if common.get(status) == text]
    yield table(("status", "answer", "when"), (each for each in answers if each[0] not in refusals))
    yield f"Refusals: {', '.join(refusals)}." if refusals else ""


def _answer(response: Document) -> str:
    content = response.get("content", {})
    return _type(next(iter(content.values()))["schema"]) if content else ""


def _schemas(document: Document) -> list[tuple[str, Document]]:
    return sorted(document["components"]["schemas"].items())


def _schema(name: str, schema: Document) -> Iterator[str]:
    yield f"### {name}"
    yield schema.get("description", "") if "properties" in schema else ""
    if "enum" in schema:
        yield "One of " + ", ".join(code(str(each)) for each in schema["enum"]) + "."
    required = set(schema.get("required", ()))
    fields = schema.get("properties", {})
    if fields:
        yield table(
            ("member", "type", "", "meaning"),
            ((code(key), _type(of), "" if key in required else "optional", _meaning(of)) for key, of in fields.items()),
        )  # fmt: skip


def _meaning(schema: Document) -> str:
    default = f" Default: {code(str(schema['default']))}." if schema.get("default") is not None else ""
    return sentence(schema.get("description", "")) + default


def _type(schema: Document) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    for key in ("allOf", "oneOf", "anyOf"):
        if key in schema:
            return " or ".join(_type(each) for each in schema[key]) + _null(schema)
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}" + _null(schema)
    if "enum" in schema:
        return ", ".join(code(str(each)) for each in schema["enum"]) + _null(schema)
    return f"{schema.get('format') or schema.get('type') or 'any JSON'}{_null(schema)}"


def _null(schema: Document) -> str:
    return " or null" if schema.get("nullable") else ""
