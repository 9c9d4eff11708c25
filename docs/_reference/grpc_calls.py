"""The gRPC contract: calls as the descriptors have them, with the comments of the sources; messages as written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from google.protobuf.descriptor import FileDescriptor, ServiceDescriptor
from sched_sdk.proto.v1 import common_pb2, history_pb2, worker_pb2, workflow_pb2

from docs._reference.markdown import code, fenced, sentence, table
from docs._reference.markdown import page as whole

PROTOS = Path(__file__).resolve().parents[2] / "protos"
FILES: tuple[FileDescriptor, ...] = tuple(
    module.DESCRIPTOR for module in (workflow_pb2, worker_pb2, common_pb2, history_pb2)
)
RPC = re.compile(r"((?:^ *//.*\n)*)^ *rpc (\w+)\(", re.MULTILINE)
DECLARED = re.compile(
    r"(?:^//[^\n]*\n)*^(?:message|enum) (\w+) \{(?:[^\n]*\}$|.*?^\}$)", re.MULTILINE | re.DOTALL
)


def page() -> str:
    """docs/reference/grpc.md."""
    return whole(
        "gRPC calls",
        "`protos/sched/v1`",
        "What engines answer on `ENGINE_PORT`. Programs in Python take the [SDK](sdk.md). Which action of a key a call "
        "wants is in [Access](../access.md#grpc-and-managepy-apikey). A field that is not there "
        "has the value of its type's zero.",
        *(part for service in services() for part in _service(service)),
        *(part for file in FILES for part in _messages(file)),
    )


def services() -> list[ServiceDescriptor]:
    return [service for file in FILES for service in file.services_by_name.values()]


def _service(service: ServiceDescriptor) -> Iterator[str]:
    told = comments(source(service.file))
    yield f"## {service.full_name}"
    yield table(
        ("call", "request", "answer", "meaning"),
        (
            (
                code(method.name),
                _message(method.input_type.name, streams=method.client_streaming),
                _message(method.output_type.name, streams=method.server_streaming),
                sentence(told[method.name]),
            )
            for method in service.methods
        ),
    )


def _message(name: str, *, streams: bool) -> str:
    return ("stream of " if streams else "") + f"[{name}](#{name.lower()})"


def source(file: FileDescriptor) -> str:
    return (PROTOS / file.name).read_text()


def comments(text: str) -> Mapping[str, str]:
    """What stands above each call."""
    return {
        name: " ".join(line.strip(" /") for line in above.splitlines()) for above, name in RPC.findall(text)
    }


def _messages(file: FileDescriptor) -> Iterator[str]:
    yield f"## {Path(file.name).name}"
    for found in DECLARED.finditer(source(file)):
        yield f"### {found[1]}"
        yield fenced(found[0], "proto")
