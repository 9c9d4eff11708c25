"""What the pages name exists: variables, metrics, commands with their options, endpoints, calls, targets of make."""

from __future__ import annotations

import re

import pytest
from django.core.management import get_commands, load_command_class

from tests.docs.pages import DOCS, ROOT, found, reference

OF_TESTS = re.compile(r"SCHED_TEST_\w+")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()
ELSEWHERE = {"placeorder"}
"""A command of the example project."""


def missing(pattern: str, known: set[str]) -> set[tuple[str, str]]:
    """Where a page names what is not known."""
    return {(page, match[1]) for page, match in found(pattern) if match[1] not in known}


def first_column(page: str) -> set[str]:
    return set(re.findall(r"^\| `([^` ]+)` \|", reference(page), re.MULTILINE))


def text_of(file: str) -> str:
    return (ROOT / "docker" / file).read_text()


def test_variables_exist() -> None:
    """Those of the tests' servers are told in CONTRIBUTING.md, those of the composition stand in `docker/`."""
    named = r"\b((?:SCHED|ENGINE|DASHBOARD)_[A-Z0-9_]*[A-Z0-9])\b"
    of_tests = set(OF_TESTS.findall(CONTRIBUTING)) | {"SCHED_TEST_SEED"}
    of_image = {f"{name}_FILE" for name in re.findall(r"\bSCHED_[A-Z_]+", text_of("bin/sched-entrypoint"))}
    of_composition = set(re.findall(r"^(\w+)=", text_of(".env.example"), re.MULTILINE))
    assert missing(named, first_column("settings") | of_tests | of_image | of_composition) == set()


def test_metrics_exist() -> None:
    """Names with an ending that only metrics have."""
    told = first_column("metrics")
    series = {name + ending for name in told for ending in ("", "_bucket", "_count", "_sum")}
    named = r"\b(sched_[a-z_]+(?:_total|_seconds|_bucket))\b"
    assert missing(named, series) == set()


def test_commands_of_django_exist() -> None:
    """Ours and Django's."""
    assert missing(r"manage\.py ([a-z][a-z_]+)", set(get_commands()) | ELSEWHERE) == set()


def options_of(command: str) -> set[str]:
    if command in ELSEWHERE:
        return set()
    parser = load_command_class(get_commands()[command], command).create_parser("manage.py", command)
    return set(re.findall(r"--[a-z][a-z-]+", parser.format_help() + reference("commands")))


def test_options_of_commands_exist() -> None:
    """Those that are shown behind a command."""
    shown = ((page, match[1], match[2]) for page, match in found(r"manage\.py ([a-z]+) ([^`\n#]*)"))
    wrong = {
        (page, command, option)
        for page, command, rest in shown
        for option in re.findall(r"--[a-z][a-z-]+", rest)
        if option not in options_of(command)
    }
    assert wrong == set()


def test_commands_of_schedctl_and_their_options_exist() -> None:
    """Wherever one is shown or spoken of."""
    sections = dict(
        re.findall(r"^## `schedctl (\w+)`\n(.*?)(?=^## |\Z)", reference("cli"), re.MULTILINE | re.DOTALL)
    )
    before = reference("cli").partition("## `schedctl")[0]
    wrong = set()
    for page, match in found(r"(?:\$ |`)schedctl ((?:--?[a-z-]+ )*)([a-z]+)\b([^`\n|]*)"):
        section = sections.get(match[2])
        options = re.findall(r"--[a-z][a-z-]+", match[3])
        if section is None or any(option not in section and option not in before for option in options):
            wrong.add((page, match[0]))
    assert wrong == set()


def test_endpoints_exist() -> None:
    """With their method; names of parameters are the page's own affair."""
    told = {
        re.sub(r"\{\w+\}", "{}", call)
        for call in re.findall(r"^### `(.*)`$", reference("rest"), re.MULTILINE)
    }
    wrong = set()
    for page, match in found(r"\b(GET|POST|PUT|PATCH|DELETE) (/api/[\w/{}-]*)"):
        call = f"{match[1]} {re.sub(r'{[a-z_]+}', '{}', match[2].rstrip('/'))}"
        named = re.sub(r"/(workflows|bulk|task-queues)/(?!counts)[\w-]+", r"/\1/{}", call)
        if call not in told and named not in told:
            wrong.add((page, match[0]))
    assert wrong == set()


def test_calls_of_grpc_exist() -> None:
    """Those of the page on access, which has each of the client's calls."""
    calls = set(re.findall(r"^\| `(\w+)` \| (?:stream of )?\[", reference("grpc"), re.MULTILINE))
    section = (DOCS / "access.md").read_text().partition("## gRPC")[2].partition("\n## ")[0]
    rows = "\n".join(line for line in section.splitlines() if line.startswith("| `"))
    named = set(re.findall(r"`([A-Z]\w+)`", rows.replace("RESOURCE_EXHAUSTED", "")))
    assert named <= calls
    client = set(
        re.findall(r"^  rpc (\w+)", (ROOT / "protos/sched/v1/workflow.proto").read_text(), re.MULTILINE)
    )
    assert client <= named


@pytest.mark.parametrize("pattern", [r"`make ([a-z-]+)", r"^make ([a-z-]+)", r"\bmake ([a-z]+-[a-z]+)\b"])
def test_targets_of_make_exist(pattern: str) -> None:
    """In text and in samples."""
    targets = set(re.findall(r"^\| `make ([a-z-]+)`", reference("commands"), re.MULTILINE))
    assert missing(pattern, targets) == set()


def test_files_that_are_named_exist() -> None:
    """Those of docs/ and docker/, by their path from the top."""
    wrong = {
        (page, match[1])
        for page, match in found(r"`((?:docs|docker|examples|protos)/[\w./-]+\.\w+)`")
        if not (ROOT / match[1]).exists()
    }
    assert wrong == set()
