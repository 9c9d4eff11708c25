"""Every sample of the pages is run: Python against an engine, commands beside a `make up`. What cannot be says why."""

from __future__ import annotations

import ast
import re
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sched_sdk import Client

from tests.docs.pages import ROOT, pages
from tests.docs.samples import Sample, pages_with, programs, run_elsewhere, samples
from tests.e2e.harness.backends import EMBEDDED, Backend, migrate
from tests.e2e.harness.processes import clean_environment
from tests.e2e.harness.stack import POLLING, Stack
from tests.e2e.test_make_up import Up

pytestmark = pytest.mark.e2e
ADDRESS, SITE = "localhost:50051", "localhost:8080"
REASON_LENGTH_MIN = 20
SCRIPT_SECONDS_MAX = 120
PRELUDE = """
set -euo pipefail
trap 'for job in $(jobs -p); do kill $job; done; wait' EXIT
curl() { command curl --silent --show-error --fail-with-body "$@" && echo; }
"""


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", pages(), ids=name)
def test_what_is_not_run_says_why(page: Path) -> None:
    """And a test that is said to run a page knows it."""
    shown = samples(page, "python", "sh", "bash", "console")
    assert [
        each.line for each in shown if each.word == "not run" and len(each.note) < REASON_LENGTH_MIN
    ] == []
    told = "".join(each.note for each in shown)
    assert [path for path in re.findall(r"tests/[\w/.]*\w", told) if not (ROOT / path).exists()] == []
    elsewhere = run_elsewhere(page)
    assert not elsewhere or page.name in (ROOT / elsewhere).read_text()
    assert elsewhere or not samples(page, "console"), (
        "only tests/cli/test_docs.py compares what commands show"
    )


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """An engine on a database of its own. Each program brings its worker."""
    folder = tmp_path_factory.mktemp("samples")
    variables = {"SCHED_DATABASE_PATH": str(folder / "sched.sqlite3"), "SCHED_AUTH": "open"}
    migrate(variables)
    made = Stack(Backend(name=EMBEDDED, variables=variables), POLLING, folder)
    try:
        made.start_engine()
        yield made
    finally:
        made.stop()


def run(body: list[ast.stmt], page: Path, names: dict[str, Any], address: str) -> None:
    """With the address of this engine for the one that pages name."""
    module = ast.Module(body, type_ignores=[])
    for node in ast.walk(module):
        if isinstance(node, ast.Constant) and node.value == ADDRESS:
            node.value = address
    exec(compile(module, str(page), "exec"), names)


@pytest.mark.parametrize("page", pages_with("python"), ids=name)
def test_the_python_of_the_page_is_true(page: Path, stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its programs run with a worker, and every assertion in them holds."""
    monkeypatch.setenv("ENGINE_ADDRESS", stack.address)
    checked = 0
    for define, use in programs(page):
        names: dict[str, Any] = {"__name__": page.stem}
        run(define, page, names, stack.address)
        client: Client = names["client"]
        worker = threading.Thread(
            target=client.run_worker, kwargs={"handle_signals": False, "shutdown_grace": 1}
        )
        worker.start()
        try:
            run(use, page, names, stack.address)
        finally:
            client.stop()
            worker.join()
            client.close()
        checked += sum(isinstance(node, ast.Assert) for each in use for node in ast.walk(each))
    assert checked


def command(sample: Sample) -> str:
    """A sample as a part of the page's script."""
    match sample.word:
        case "file":
            return f"cat > {sample.note} <<'END-OF-SAMPLE'\n{sample.text}END-OF-SAMPLE\n"
        case "background":
            return f"{sample.text.rstrip()} &\n"
        case "refused":
            return f"if (\n{sample.text}); then echo line {sample.line} was not refused; exit 1; fi\n"
        case _:
            return sample.text


def script(page: Path, web: int, grpc: int) -> str:
    """All commands of a page, and the files that they use."""
    shown = (
        each
        for each in samples(page, "sh", "bash", "python")
        if each.language != "python" or each.word == "file"
    )
    parts = "".join(command(each) for each in shown if each.word != "not run")
    return PRELUDE + parts.replace(SITE, f"localhost:{web}").replace(ADDRESS, f"localhost:{grpc}")


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    made = Up(tmp_path)
    try:
        made.start()
        yield made
    finally:
        made.end()


@pytest.mark.parametrize("page", pages_with("sh", "bash"), ids=name)
def test_the_commands_of_the_page_work(page: Path, up: Up, tmp_path: Path) -> None:
    """One after the other, as a reader types them; each ends with status 0."""
    folder = tmp_path / "clone"
    folder.mkdir()
    for shared in (".venv", "manage.py"):
        (folder / shared).symlink_to(ROOT / shared)
    variables = up.variables | {"ENGINE_ADDRESS": f"localhost:{up.grpc}", "SCHED_AUTH": "open"}
    done = subprocess.run(
        ["bash", "-c", script(page, up.web, up.grpc)],
        cwd=folder,
        env=clean_environment(variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=SCRIPT_SECONDS_MAX,
    )
    assert done.returncode == 0, done.stdout + done.stderr
