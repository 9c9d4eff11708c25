"""What the page on troubleshooting tells people to look for is what they will see."""

from __future__ import annotations

import ast
import re

from tests.docs.pages import DOCS, ROOT, sources

PAGE = (DOCS / "troubleshooting.md").read_text()
RULES = (ROOT / "docker" / "prometheus" / "sched.rules.yml").read_text()
FRAGMENT_LENGTH_MIN = 5


def said() -> str:
    """Every text of the sources, those of f-strings in their parts."""
    nodes = (node for path in sources() for node in ast.walk(ast.parse(path.read_text())))
    return "\n".join(
        node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def test_messages_are_those_of_the_code() -> None:
    """Letter by letter, but for what differs from case to case (`…`)."""
    section = PAGE.partition("## It cannot start")[2].partition("\n## ")[0]
    messages = [
        message
        for message in re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE)
        if "SCHED_…" not in message
    ]
    texts = said()
    assert len(messages) > 8
    parts = [part.strip() for message in messages for part in message.split("…")]
    assert [part for part in parts if len(part) >= FRAGMENT_LENGTH_MIN and part not in texts] == []


def test_alerts_exist_and_all_are_there() -> None:
    """Each alert has a line that says what to do."""
    alerts = set(re.findall(r"- alert: (\w+)", RULES))
    assert set(re.findall(r"`(Sched[A-Z]\w+)`", PAGE)) == alerts


def test_kinds_of_trouble_are_there_by_their_titles() -> None:
    """As the admin shows them."""
    folder = ROOT / "workflows" / "service" / "attention"
    titles = set(re.findall(r'title="([^"]+)"', "".join(path.read_text() for path in folder.glob("*.py"))))
    assert len(titles) >= 8
    assert {title for title in titles if f"*{title}*" not in PAGE} == set()


def test_problems_of_parked_executions_are_there() -> None:
    """By the words with which they begin."""
    advice = (ROOT / "workflows" / "service" / "attention" / "parked.py").read_text()
    kinds = re.findall(r'^    "([A-Z_]+)": ', advice, re.MULTILINE)
    assert len(kinds) == 4
    assert [kind for kind in kinds if f"`{kind}`" not in PAGE] == []
