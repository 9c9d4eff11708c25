"""What the OpenAPI document says of access."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.api.caller import Answer, Caller
from tests.api.credentials import caller_of

METHODS = ("get", "post", "put", "patch", "delete")


def operations(document: Any) -> list[tuple[str, Any]]:
    return [
        (path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
    ]


def test_both_credentials_are_described(api: Caller, guard: Callable[[], None]) -> None:
    """A key in its header, and a session's cookie; either lets in."""
    guard()
    document = Answer(caller_of("viewer").client.get("/api/schema")).json
    schemes = document["components"]["securitySchemes"]
    assert (schemes["apiKey"]["type"], schemes["apiKey"]["scheme"]) == ("http", "bearer")
    assert (schemes["session"]["in"], schemes["session"]["name"]) == ("cookie", "sessionid")
    for path, operation in operations(document):
        if path != "/api/health":
            assert operation["security"] == [{"apiKey": []}, {"session": []}], path


def test_every_operation_tells_its_refusals(api: Caller) -> None:
    """401, 403 and 429 are among its answers; health has none of them."""
    found = dict(operations(api.get("schema").json))
    assert not {"401", "403", "429"} & set(found.pop("/api/health")["responses"])
    assert len(found) >= 12
    for path, operation in found.items():
        assert {"401", "403", "429", "503"} <= set(operation["responses"]), path
