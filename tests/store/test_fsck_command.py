"""`manage.py fsck`: a line for each finding, and an exit status that says what came of it."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from django.core.management import call_command

from tests.e2e.harness.processes import ROOT, clean_environment
from tests.store.crowd import crowd
from tests.store.databases import Database
from tests.store.driver import Driver


def told(database: Database, *arguments: str) -> tuple[int, list[str]]:
    """Exit status and lines."""
    out = io.StringIO()
    try:
        call_command("fsck", *arguments, database=database.alias, stdout=out)
    except SystemExit as end:
        return int(str(end.code)), out.getvalue().splitlines()
    return 0, out.getvalue().splitlines()


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
    no_id = process(file, "fsck", "--run-id", "x")
    assert process(file, "fsck").returncode == 0
    for refused, why in (
        (nowhere, "SCHED_POSTGRES_DSN"),
        (missing, "no such file"),
        (empty, "lacks migrations"),
        (no_id, "--run-id 'x': must be a run id"),
    ):
        assert refused.returncode == 2
        assert why in refused.stderr
        assert len(refused.stderr.splitlines()) == 1
