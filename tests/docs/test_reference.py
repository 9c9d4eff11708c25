"""The reference is what the code is, and leaves nothing out: what exists is found otherwise than by its generator."""

from __future__ import annotations

import argparse
import ast
import importlib
import pkgutil
import re
import subprocess
import sys
from collections.abc import Sequence

import pytest
import sched_sdk
import typer
from django.core.management.base import BaseCommand
from django.urls import URLPattern, URLResolver
from google.protobuf.descriptor import FileDescriptor, MethodDescriptor
from sched_sdk.cli.app import app
from sched_sdk.proto.v1 import worker_pb2, workflow_pb2

import workflows.client
import workflows.worker
from tests.docs.pages import ROOT, reference, sources
from tests.e2e.harness.processes import clean_environment
from workflows.api.urls import urlpatterns
from workflows.management import commands

VARIABLE = re.compile(r"(?:SCHED|ENGINE|TASK|AUTO|DASHBOARD|POSTGRES|REDIS)_[A-Z0-9_]*[A-Z0-9]")
OF_TESTS = "SCHED_TEST_"
SET_BY_SETTINGS = {"SCHED_PROBES"}
"""Of Django's settings, made of variables and not for people."""
METRICS = {
    "workflows/engine/metrics.py",
    "workflows/engine/gauges.py",
    "workflows/store/started.py",
    "dispatch/instrumented.py",
    "sdk/src/sched_sdk/worker/metrics.py",
}
NOT_CALLS = {"/api/", "/api/schema", "/api/docs"}
"""What no path fits, the document itself, and the page that shows it."""
MAKE = re.compile(r"^([a-z-]+):.*## ", re.MULTILINE)
CONTRACT: tuple[FileDescriptor, ...] = (workflow_pb2.DESCRIPTOR, worker_pb2.DESCRIPTOR)


def row(name: str) -> str:
    """How a thing's own row begins."""
    return f"\n| `{name}` |"


def test_its_files_are_what_the_generator_writes() -> None:
    """`make reference` has been run, and nobody has edited them."""
    done = subprocess.run(
        [sys.executable, "-m", "docs._reference", "--check"],
        cwd=ROOT,
        env=clean_environment({}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def strings(tree: ast.AST) -> set[str]:
    nodes = (node for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return {node.value for node in nodes if isinstance(node.value, str)}


def test_every_variable_has_its_row() -> None:
    """Each that is named as a text anywhere in the sources."""
    named = set().union(*(strings(ast.parse(path.read_text())) for path in sources()))
    read = {
        name for name in named if VARIABLE.fullmatch(name) and not name.startswith(OF_TESTS)
    } - SET_BY_SETTINGS
    assert len(read) > 30
    assert {name for name in read if row(name) not in reference("settings")} == set()


def test_every_metric_has_its_row() -> None:
    """Each name in the modules that define metrics; a counter with its ending."""
    named = set().union(*(strings(ast.parse((ROOT / file).read_text())) for file in METRICS))
    metrics = {name for name in named if re.fullmatch(r"sched_[a-z_]+", name)}
    page = reference("metrics")
    assert len(metrics) >= 31
    assert {name for name in metrics if row(name) not in page and row(f"{name}_total") not in page} == set()


def test_metrics_are_defined_nowhere_else() -> None:
    """So none escapes the test above."""
    makers = re.compile(r"import [^\n]*\b(?:Counter|Gauge|Histogram|GaugeMetricFamily)\b")
    found = (path for path in sources() if "prometheus_client" in path.read_text())
    assert {path.relative_to(ROOT).as_posix() for path in found if makers.search(path.read_text())} == METRICS


def own_options(parser: argparse.ArgumentParser) -> set[str]:
    """Of a command and its sub-commands, without those of all commands of Django's."""
    djangos = {
        option
        for action in BaseCommand().create_parser("manage.py", "x")._actions
        for option in action.option_strings
    }
    found: set[str] = set()
    for action in parser._actions:
        if action.help != argparse.SUPPRESS:
            found |= set(action.option_strings)
        if isinstance(action, argparse._SubParsersAction):
            found = found.union(*(own_options(sub) for sub in action.choices.values()))
    return found - djangos


@pytest.mark.parametrize("name", [module.name for module in pkgutil.iter_modules(commands.__path__)])
def test_every_command_has_its_section(name: str) -> None:
    """With all of its options; of `migrate` those are Django's."""
    _, heading, rest = reference("commands").partition(f"\n## `manage.py {name}`\n")
    assert heading
    section = rest.partition("\n## ")[0]
    command = importlib.import_module(f"{commands.__name__}.{name}").Command()
    options = set() if name == "migrate" else own_options(command.create_parser("manage.py", name))
    assert {option for option in options if f"`{option}" not in section} == set()


def test_every_target_of_make_has_its_row() -> None:
    """As `make help` lists them."""
    targets = MAKE.findall((ROOT / "Makefile").read_text())
    assert len(targets) > 20
    assert [name for name in targets if row(f"make {name}") not in reference("commands")] == []


@pytest.mark.parametrize("name", list(typer.main.get_command(app).commands))  # type: ignore[attr-defined]
def test_every_command_of_schedctl_has_its_section(name: str) -> None:
    """With all of its options."""
    _, heading, rest = reference("cli").partition(f"\n## `schedctl {name}`\n")
    assert heading
    section = rest.partition("\n## ")[0]
    command = typer.main.get_command(app).commands[name]  # type: ignore[attr-defined]
    options = {option for each in command.params for option in each.opts if option.startswith("--")}
    assert "--json" in options
    assert {option for option in options if option not in section} == set()


def paths(patterns: Sequence[URLPattern | URLResolver], before: str = "/api/") -> set[str]:
    found: set[str] = set()
    for pattern in patterns:
        route = before + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            found |= paths(pattern.url_patterns, route)
        else:
            found.add(route)
    return found


def test_every_endpoint_has_its_section() -> None:
    """Each path of the URL configuration, but for the document itself."""
    routes = paths(urlpatterns) - NOT_CALLS
    told = set(re.findall(r"^### `[A-Z]+ (/api/[^`]+)`$", reference("rest"), re.MULTILINE))
    assert len(routes) > 20
    assert told == routes


def methods() -> list[MethodDescriptor]:
    return [
        method
        for file in CONTRACT
        for service in file.services_by_name.values()
        for method in service.methods
    ]


def test_every_call_of_grpc_has_its_row() -> None:
    """With what it is for."""
    page = reference("grpc")
    rows = dict(re.findall(r"^\| `(\w+)` \|[^|]*\|[^|]*\| ([^|]*) \|$", page, re.MULTILINE))
    assert {method.name for method in methods()} == set(rows)
    assert [name for name, meaning in rows.items() if not meaning.strip()] == []


def test_every_public_name_has_its_section() -> None:
    """Of the SDK, and of the modules for Django projects."""
    modules = (sched_sdk, workflows.client, workflows.worker)
    names = [f"{module.__name__}.{name}" for module in modules for name in module.__all__]
    assert [name for name in names if f"\n## `{name}`\n" not in reference("sdk")] == []
