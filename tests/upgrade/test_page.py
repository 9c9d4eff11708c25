"""docs/upgrading.md: what it shows is what happens."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.harness.processes import ROOT
from tests.upgrade.fleet import Fleet
from tests.upgrade.releases import BEFORE_ACCESS, unpack

PAGE = (ROOT / "docs" / "upgrading.md").read_text()


def blocks(language: str) -> list[str]:
    """The page's fenced blocks in a language."""
    return [part.partition("\n```")[0] for part in PAGE.split(f"```{language}\n")[1:]]


def test_the_sample_registers_both_generations() -> None:
    """Of changed workflow code, under two names."""
    [sample] = blocks("python")
    names: dict[str, object] = {}
    exec(compile(sample, "docs/upgrading.md", "exec"), names)
    client = names["client"]
    try:
        assert set(client.registry.workflows) == {"Order", "Order.v2"}  # type: ignore[attr-defined]
    finally:
        client.close()  # type: ignore[attr-defined]


@pytest.mark.e2e
def test_an_engine_that_is_started_too_early_names_the_command(fleet: Fleet, tmp_path: Path) -> None:
    """Its tables are not there yet; it ends with the sentence of the page, and old code goes on as before."""
    old = unpack(BEFORE_ACCESS, tmp_path)
    fleet.migrate(old)
    [sentence] = blocks("text")
    assert fleet.refusal(ROOT) == sentence.strip()
    fleet.fsck(old)
