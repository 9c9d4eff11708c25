"""`python contract.py`: the messages and methods of whichever SDK is on the path, as JSON."""

import json
from typing import Any

from sched_sdk.proto.v1 import common_pb2, history_pb2, worker_pb2, workflow_pb2

FILES = (common_pb2, history_pb2, worker_pb2, workflow_pb2)


def told() -> dict[str, dict[str, Any]]:
    """By message: its fields, by name; by service: its methods; by enumeration: its values."""
    found: dict[str, dict[str, Any]] = {}
    for file in FILES:
        descriptor: Any = file.DESCRIPTOR
        for message in descriptor.message_types_by_name.values():
            _tell_message(message, found)
        for kind in descriptor.enum_types_by_name.values():
            found[kind.full_name] = {value.name: value.number for value in kind.values}
        for service in descriptor.services_by_name.values():
            found[service.full_name] = {method.name: _method(method) for method in service.methods}
    return found


def _tell_message(message: Any, found: dict[str, dict[str, Any]]) -> None:
    found[message.full_name] = {field.name: _field(field) for field in message.fields}
    for kind in message.enum_types:
        found[kind.full_name] = {value.name: value.number for value in kind.values}
    for inner in message.nested_types:
        _tell_message(inner, found)


def _field(field: Any) -> list[Any]:
    """What makes bytes: number, type, whether there are many; and the oneof, which decides what excludes what."""
    type_name = field.message_type or field.enum_type
    return [
        field.number,
        field.type,
        field.is_repeated,
        type_name.full_name if type_name else "",
        field.containing_oneof.name if field.containing_oneof else "",
    ]


def _method(method: Any) -> list[Any]:
    return [
        method.input_type.full_name,
        method.output_type.full_name,
        method.client_streaming,
        method.server_streaming,
    ]


if __name__ == "__main__":
    print(json.dumps(told()))
