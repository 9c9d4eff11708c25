"""`manage.py fsck`: a line for each finding, and an exit status that says what came of it."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from django.core.management import call_command

from tests.e2e.harness.processes import ROOT, clean_environment
from tests.store.crowd import crowd
from tests.store.damages import NOBODY
from tests.store.databases import Database
from tests.store.driver import Driver
from workflows.service.limits import IDENTIFIER_RULE


def told(database: Database, *arguments: str) -> tuple[int, list[str]]:
    """Exit status and lines."""
    status, out, _ = said(database, *arguments)
    return status, out


def said(database: Database, *arguments: str) -> tuple[int, list[str], list[str]]:
    """Exit status, and the lines of both streams."""
    out, err = io.StringIO(), io.StringIO()
    status = 0
    try:
        call_command("fsck", *arguments, database=database.alias, stdout=out, stderr=err)
    except SystemExit as end:
        status = int(str(end.code))
    return status, out.getvalue().splitlines(), err.getvalue().splitlines()


def process(variables: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=clean_environment(dict(variables)),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_command_tells_what_it_finds(driver: Driver) -> None:
    """Nothing: 0. Findings: 1, each with its run, the rule, what is and what should be."""
    runs = crowd(driver)
    events = driver.database.count("sched_events")
    assert told(driver.database) == (0, [f"5 runs, {events} events: no findings"])

    driver.database.run("UPDATE sched_executions SET turns = 7 WHERE workflow_id = 'busy'")

    assert told(driver.database) == (
        1,
        [f"busy {runs.busy} header: turns: is 7, should be 1", f"5 runs, {events} events: 1 finding"],
    )
    assert told(driver.database, "--run-id", runs.fresh)[0] == 0


def test_a_program_reads_a_finding_a_line(driver: Driver) -> None:
    """With `--json`; the summary comes last."""
    runs = crowd(driver)
    driver.database.run("UPDATE sched_executions SET turns = 7 WHERE workflow_id = 'busy'")
    status, lines = told(driver.database, "--json", "--workflow-id", "busy")
    finding, summary = map(json.loads, lines)
    assert status == 1
    assert finding == {
        "workflow_id": "busy", "run_id": runs.busy, "rule": "header", "what": "turns", "found": "7",
        "expected": "1", "repairable": True, "repaired": False, "namespace": "default",
    }  # fmt: skip
    assert (summary["runs"], summary["findings"]) == (1, 1)


def test_what_is_repaired_is_told_and_what_is_left(driver: Driver) -> None:
    """Status 0 once nothing is left to do, 1 where something is beyond repair."""
    runs = crowd(driver)
    driver.database.run("UPDATE sched_executions SET turns = 7 WHERE workflow_id = 'busy'")
    status, lines = told(driver.database, "--repair")
    assert status == 0
    assert lines[0] == f"repaired: busy {runs.busy} header: turns: is 7, should be 1"
    assert lines[1].endswith(": 1 finding, 1 repaired")
    driver.database.run("DELETE FROM sched_events WHERE seq = 4")
    status, lines = told(driver.database, "--repair")
    assert status == 1
    assert lines[0] == f"left: busy {runs.busy} history-gap: event behind 3: is 5, should be 4"
    assert told(driver.database)[0] == 1


def test_what_cannot_be_checked_is_not_called_clean(tmp_path: Path) -> None:
    """2, and one sentence that says why: no database, no tables, no such id."""
    file = {"SCHED_DATABASE_PATH": str(tmp_path / "sched.sqlite3")}
    nowhere = process({"SCHED_POSTGRES_DSN": "postgresql://postgres@127.0.0.1:1/none"}, "fsck")
    missing = process(file, "fsck")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "sched.sqlite3").touch()
    empty = process(file, "fsck")
    assert process(file, "migrate").returncode == 0
    no_alias = process(file, "fsck", "--database", "nope")
    no_id = process(file, "fsck", "--run-id", "x")
    assert process(file, "fsck").returncode == 0
    for refused, why in (
        (nowhere, "SCHED_POSTGRES_DSN"),
        (missing, "no such file"),
        (no_alias, "--database 'nope': must be one of default"),
        (empty, "lacks migrations"),
        (no_id, "--run-id 'x': must be a run id"),
    ):
        assert refused.returncode == 2
        assert why in refused.stderr
        assert len(refused.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--workflow-id", ""), "--workflow-id '': must not be empty."),
        (("--run-id", ""), "--run-id '': must not be empty."),
        (("--namespace", "", "--workflow-id", "busy"), "--namespace '': must not be empty."),
        (("--forget", ""), "--forget '': must not be empty."),
        (("--namespace", "nope"), "--namespace 'nope': must come with --workflow-id, whose namespace it is."),
        (("--workflow-id", "a b"), f"--workflow-id 'a b': {IDENTIFIER_RULE}."),
        (("--workflow-id", "nosuch"), "--workflow-id 'nosuch': has no run in the namespace 'default'."),
        (
            ("--workflow-id", "busy", "--namespace", "nope"),
            "--workflow-id 'busy': has no run in the namespace 'nope'.",
        ),
        (("--run-id", NOBODY), f"--run-id '{NOBODY}': names no run."),
        (
            ("--workflow-id", "fresh", "--run-id", "{busy}"),
            "--run-id '{busy}': names no run of the workflow id 'fresh' in the namespace 'default'.",
        ),
    ],
)
@pytest.mark.parametrize("repair", [(), ("--repair",)], ids=["check", "repair"])
def test_a_filter_that_names_nothing_is_refused(
    driver: Driver, arguments: tuple[str, ...], why: str, repair: tuple[str, ...]
) -> None:
    """An unset variable of a script must not check, nor repair, the whole database; a slip is not found clean."""
    runs = crowd(driver)
    driver.database.run("UPDATE sched_executions SET turns = turns + 1 WHERE workflow_id = 'after'")
    given = [argument.format(busy=runs.busy) for argument in arguments]
    if "--forget" in given:
        repair = ()
    assert said(driver.database, *given, *repair) == (2, [], [f"sched: {why.format(busy=runs.busy)}"])
    assert len(told(driver.database)[1]) == 2
