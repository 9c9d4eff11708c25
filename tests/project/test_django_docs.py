"""docs/django.md shows the example project, which tests run, and commands that these tests use."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHOP = ROOT / "examples" / "shop"
PAGE = (ROOT / "docs" / "django.md").read_text()
PYTHON = re.findall(r"```python\n# (\S+)\n(.*?)```", PAGE, re.DOTALL)
SHELL = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
RUN_BY_TESTS = {
    "migrate",
    "runengine",
    "apikey create worker --role worker",
    "runtaskworker",
    "placeorder ada 4200",
}


def blank_lines_apart(text: str) -> list[str]:
    return [part.strip("\n") for part in re.split(r"\n{2,}(?=\S)", text.strip("\n"))]


def test_every_sample_names_its_file() -> None:
    """So none escapes the next test."""
    assert PAGE.count("```python") == len(PYTHON) == 7


@pytest.mark.parametrize(("name", "sample"), PYTHON, ids=lambda value: value if "/" in value else "")
def test_samples_are_the_example_s(name: str, sample: str) -> None:
    """Each of their paragraphs is in the file, letter by letter."""
    text = (SHOP / name).read_text()
    assert [part for part in blank_lines_apart(sample) if part not in text] == []


def test_commands_are_those_that_tests_run() -> None:
    """`tests/e2e/test_shop.py` does, on both kinds of database."""
    said = {each.rstrip(")") for each in re.findall(r"python manage\.py ([^\n]+)", "".join(SHELL))}
    assert said == RUN_BY_TESTS
