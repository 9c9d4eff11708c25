"""Every method of every path names the action that it takes; and none is left that asks for the old permission."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from workflows.access.actions import Action
from workflows.api.urls import urlpatterns
from workflows.api.views import bulk, docs
from workflows.api.views.base import Nothing, View
from workflows.api.views.callers import Me
from workflows.api.views.system import Health

ROOT = Path(__file__).resolve().parents[2]
PUBLIC = {Health, Nothing}
"""Asked by load balancers, and what is no path at all."""
FOR_ALL_WHO_ARE_KNOWN = {Me}
BY_WHAT_IS_ASKED = {bulk.Operations, bulk.Stop}
"""Whoever may look gets there; the act that the body or the operation names asks for its own action."""
READING = {"GET", "HEAD", "OPTIONS"}
VIEWS: list[tuple[str, Any]] = [
    (str(pattern.pattern), getattr(pattern.callback, "view_class", None)) for pattern in urlpatterns
]


@pytest.mark.parametrize(("path", "view"), VIEWS, ids=[path or "(none)" for path, _ in VIEWS])
def test_every_method_names_its_action(path: str, view: Any) -> None:
    """What a view answers without one, and what it names without answering it, is a mistake."""
    if view in PUBLIC:
        assert view.is_public
        return
    assert issubclass(view, View | docs.Described)
    assert not getattr(view, "is_public", False)
    answered = {method.upper() for method in view.http_method_names if hasattr(view, method)}
    assert answered - {"HEAD", "OPTIONS"} <= set(view.actions)
    for method in answered - {"HEAD", "OPTIONS"}:
        action = view.actions[method]
        assert isinstance(action, Action) or view in FOR_ALL_WHO_ARE_KNOWN
        if view in BY_WHAT_IS_ASKED:
            assert action is Action.READ
        elif method not in READING:
            assert action not in (None, Action.READ, Action.SEE_PAYLOADS, Action.SEE_AUDIT)


def test_what_acts_is_not_allowed_by_another_act() -> None:
    """Each act has an action of its own."""
    acts = [
        view.actions["POST"] for _, view in VIEWS if hasattr(view, "post") and view not in BY_WHAT_IS_ASKED
    ]
    assert len(acts) == len(set(acts)) >= 4
    assert {Action.START, Action.SIGNAL, Action.CANCEL, Action.TERMINATE} <= set(acts)


def test_the_old_permission_is_named_nowhere() -> None:
    """It allowed all acts at once; the migration that once made it stays as it was."""
    folders = ("workflows", "schedproject", "docs")
    files = [
        path for folder in folders for path in (ROOT / folder).rglob("*") if path.suffix in {".py", ".md"}
    ]
    old = "operate_" + "execution"
    assert [path.name for path in files if old in path.read_text()] == ["0001_initial.py"]
