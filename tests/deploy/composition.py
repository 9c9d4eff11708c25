"""`docker/compose.yaml` as Compose reads it: merged, with the values of an `.env`, and refused where one is missing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from tests.e2e.harness.processes import ROOT

FOLDER = ROOT / "docker"
FILE = FOLDER / "compose.yaml"
_VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


class Missing(ValueError):
    """A value without which the composition does not start."""


def read(values: Mapping[str, str]) -> dict[str, Any]:
    """The whole document, with the values put in.

    Raises:
        Missing: names the variable that has none.
    """
    document: dict[str, Any] = _filled(yaml.safe_load(FILE.read_text()), values)
    return document


def _filled(part: Any, values: Mapping[str, str]) -> Any:
    if isinstance(part, dict):
        return {name: _filled(value, values) for name, value in part.items()}
    if isinstance(part, list):
        return [_filled(value, values) for value in part]
    return _VARIABLE.sub(lambda found: _value(found, values), part) if isinstance(part, str) else part


def _value(found: re.Match[str], values: Mapping[str, str]) -> str:
    name, kind, text = found.groups()
    value = values.get(name, "")
    if not value and kind == "?":
        raise Missing(f"{name}: {text}")
    return value or (text if kind == "-" else "")


def of_image(document: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The services that run our image."""
    return {name: each for name, each in document["services"].items() if each["image"].startswith("sched:")}


def asked_for() -> list[str]:
    """The names in `.env.example` that have no value there."""
    lines = (FOLDER / ".env.example").read_text().splitlines()
    return [line.removesuffix("=") for line in lines if line.endswith("=")]


def seconds(span: str) -> float:
    """Of a span of Compose, as 15s."""
    found = re.fullmatch(r"(\d+)s", span)
    assert found, span
    return float(found[1])


@dataclass(frozen=True, slots=True)
class Instruction:
    """A line of the Dockerfile, its continuations joined."""

    name: str
    rest: str


def dockerfile() -> list[Instruction]:
    """All instructions, in order."""
    lines = [line for line in (FOLDER / "Dockerfile").read_text().splitlines() if not line.startswith("#")]
    joined = re.sub(r"\s*\\\n\s*", " ", "\n".join(lines))
    return [Instruction(*line.split(None, 1)) for line in joined.splitlines() if line.strip()]


def of_dockerfile(name: str) -> list[str]:
    """What follows each instruction of that name."""
    return [each.rest for each in dockerfile() if each.name == name]
