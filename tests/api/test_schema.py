"""The OpenAPI document says enough for a program's types: the page's are made of it (`make web-types`)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command

from tests.api.caller import Caller
from workflows.api.schema_words import PAYLOAD
from workflows.core import inputs as i

REF = "#/components/schemas/"
LEFT_OUT = {"Problem": {"runId", "action"}}
"""What answers may lack; all else is there, and null where it is nothing."""


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """As the command writes it, without a server and a database."""
    path = tmp_path_factory.mktemp("schema") / "openapi.json"
    call_command("spectacular", "--format", "openapi-json", "--file", str(path), "--fail-on-warn")
    return json.loads(path.read_text())


def answers(document: Any) -> Iterator[tuple[str, Any]]:
    """Each operation's, by its name and status; 304 has none."""
    for methods in document["paths"].values():
        for operation in methods.values():
            for status, response in operation["responses"].items():
                if status != "304":
                    (content,) = response["content"].values()
                    yield f"{operation['operationId']} {status}", content["schema"]


def shapes_in(document: Any) -> dict[str, Any]:
    """What answers are made of, however deep."""
    found: dict[str, Any] = {}
    waiting = [schema for _, schema in answers(document)]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict) and "$ref" in each:
            name = each["$ref"].removeprefix(REF)
            if name not in found:
                found[name] = document["components"]["schemas"][name]
                waiting.append(found[name])
        else:
            waiting += each.values() if isinstance(each, dict) else each if isinstance(each, list) else []
    return found


def test_every_answer_has_a_shape(document: Any) -> None:
    """A component with a name, refusals too."""
    found = dict(answers(document))
    assert len(found) > 100
    assert {
        name: schema for name, schema in found.items() if not schema.get("$ref", "").startswith(REF)
    } == {}


def test_members_of_answers_are_there(document: Any) -> None:
    """A member that has nothing to say is null, so that no type has to ask whether it is there."""
    for name, schema in shapes_in(document).items():
        absent = set(schema.get("properties", ())) - set(schema.get("required", ()))
        assert absent == LEFT_OUT.get(name, set()), name


def test_only_payloads_may_be_anything(document: Any) -> None:
    """Every other member has a type, or that of another shape."""
    untyped = {
        (name, member): schema.get("description")
        for name, shape in shapes_in(document).items()
        for member, schema in shape.get("properties", {}).items()
        if not schema.keys() & {"type", "$ref", "allOf", "oneOf"}
    }
    assert set(untyped.values()) == {PAYLOAD}


def test_a_failure_is_caused_by_a_failure(document: Any) -> None:
    """Or by nothing."""
    cause = document["components"]["schemas"]["Failure"]["properties"]["cause"]
    assert cause == {"allOf": [{"$ref": f"{REF}Failure"}], "nullable": True}


def test_an_ended_run_has_no_workflow_task(document: Any, api: Caller) -> None:
    """Null, as is described."""
    run_id = api.driver.begin("order-1")
    api.driver.commit(i.TerminateRequested(run_id=run_id))
    assert api.get("workflows/order-1/pending").json["workflowTask"] is None
    assert document["components"]["schemas"]["Pending"]["properties"]["workflowTask"]["nullable"]
