"""`runengine --processes`: which numbers, and which settings beside them, are refused."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from django.test import override_settings

from schedproject.environment import read
from tests.e2e.harness.processes import ROOT, clean_environment
from tests.servers.process import free_port, free_ports
from workflows.management.processes.refusal import CannotStart
from workflows.management.processes.several import processes_asked_for

POSTGRES = {"SCHED_POSTGRES_DSN": "postgresql://sched@127.0.0.1:1/sched"}
BOTH = POSTGRES | {"SCHED_REDIS_URL": "redis://127.0.0.1:1/0"}
VARIABLE = {"SCHED_ENGINE_PROCESSES": "2"}
RULE = "allowed is a whole number from 1 to 64."
EMBEDDED = (
    "SCHED_POSTGRES_DSN is not set: the embedded SQLite database serves one process; set SCHED_POSTGRES_DSN and "
    "SCHED_REDIS_URL, or ask for 1 process."
)
MEMORY = (
    "SCHED_REDIS_URL is not set: dispatch inside the process serves one engine; set SCHED_REDIS_URL, or ask for "
    "1 process."
)


def asked_for(option: str | None, variables: Mapping[str, str]) -> int:
    with override_settings(SCHED=read(variables)):
        return processes_asked_for(option)


def refusal(option: str | None, variables: Mapping[str, str]) -> str:
    with pytest.raises(CannotStart) as refused:
        asked_for(option, variables)
    return str(refused.value)


@pytest.mark.parametrize("value", ["0", "-1", "65", "two", "1.5", "", "٢"])
def test_a_number_that_is_none(value: str) -> None:
    """The option, its value and the rule."""
    assert refusal(value, BOTH) == f"--processes is {value!r}; {RULE}"


@pytest.mark.parametrize(
    ("option", "variables", "sentence"),
    [
        ("2", {}, f"--processes is 2 and {EMBEDDED}"),
        (None, VARIABLE, f"SCHED_ENGINE_PROCESSES is 2 and {EMBEDDED}"),
        ("3", VARIABLE | POSTGRES, f"--processes is 3 and {MEMORY}"),
        (None, VARIABLE | POSTGRES, f"SCHED_ENGINE_PROCESSES is 2 and {MEMORY}"),
        ("2", {"SCHED_DATABASE_PATH": ":memory:"}, f"--processes is 2 and {EMBEDDED}"),
    ],
)
def test_what_serves_one_engine_alone(
    option: str | None, variables: Mapping[str, str], sentence: str
) -> None:
    """Who asks, for how many, what is missing and why."""
    assert refusal(option, variables) == sentence


@pytest.mark.parametrize(
    ("option", "variables", "count"),
    [
        (None, {}, 1),
        ("1", {}, 1),
        ("1", VARIABLE, 1),
        (None, VARIABLE | BOTH, 2),
        ("64", VARIABLE | BOTH, 64),
    ],
)
def test_the_option_overrides_the_variable(
    option: str | None, variables: Mapping[str, str], count: int
) -> None:
    """And one process is what any settings allow."""
    assert asked_for(option, variables) == count


def test_metrics_ports_beyond_the_last() -> None:
    """Each process has the next one."""
    assert refusal("4", BOTH | {"SCHED_METRICS_PORT": "65533"}) == (
        "--processes is 4 and SCHED_METRICS_PORT is 65533: each process has the next port, and the last would be "
        "65536; allowed is up to 65535."
    )


def test_a_metrics_port_that_is_the_engines() -> None:
    """Of the second process or a later one; that of the first is refused with the settings."""
    ports = {"SCHED_METRICS_PORT": "9090", "ENGINE_PORT": "9092"}
    assert refusal("3", BOTH | ports) == (
        "--processes is 3 and SCHED_METRICS_PORT is 9090: the metrics ports are 9090 to 9092, and ENGINE_PORT is 9092; "
        "they must differ."
    )


def said(options: list[str], variables: Mapping[str, str], folder: Path) -> str:
    """The one line with which the process ends, with status 1, having made nothing."""
    ports = {"ENGINE_PORT": str(free_port()), "SCHED_METRICS_PORT": str(free_ports(3))}
    place = {"SCHED_DATABASE_PATH": str(folder / "sched.sqlite3")}
    done = subprocess.run(
        [sys.executable, "manage.py", "runengine", *options],
        cwd=ROOT,
        env=clean_environment(ports | place | dict(variables)),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1), done.stderr
    assert not list(folder.iterdir())
    return done.stderr


def test_a_refusal_is_one_line(tmp_path: Path) -> None:
    """As every other reason not to start."""
    assert said(["--processes", "2"], {}, tmp_path) == f"sched: --processes is 2 and {EMBEDDED}\n"


def test_a_database_that_is_away_is_told_once(tmp_path: Path) -> None:
    """By the first process, in the words of one that is alone; the others are not started."""
    assert said(["--processes", "3"], BOTH, tmp_path) == (
        "sched: the database cannot be used (SCHED_POSTGRES_DSN, 127.0.0.1:1): Connection refused.\n"
    )
