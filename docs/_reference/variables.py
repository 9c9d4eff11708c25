"""Environment variables: names, defaults and parsers as the code has them, and the docstrings of the fields they fill.

What a value may be is asked of the parsers: each is given a text that is nothing, and its refusal says what is allowed.
"""

from __future__ import annotations

import ast
import inspect
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import ModuleType

from sched_sdk import settings as worker
from sched_sdk.demo import __main__ as demo

from docs._reference.markdown import code, docstring, sentence, table
from docs._reference.markdown import page as whole
from schedproject import environment as platform
from schedproject.in_project import sched_settings

ANY = "any text"
NOTHING = "\x01"
NAME = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
HELD_BY = re.compile(r"(all|(?:engine|web|worker|cli)(?:, (?:engine|web|worker|cli))*): (.*)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    name: str
    read_by: str
    default: object
    allowed: str
    meaning: str


def page_rows() -> Iterator[tuple[str, ...]]:
    for each in sorted(variables(), key=lambda each: each.name):
        allowed = f"Allowed: {each.allowed}." if each.allowed != ANY else ""
        yield code(each.name), each.read_by, shown(each.default), f"{sentence(each.meaning)} {allowed}"


def page() -> str:
    """docs/reference/settings.md."""
    return whole(
        "Settings",
        "`schedproject/environment.py` and `sched_sdk/settings.py`",
        "Every environment variable that sched reads. What goes together, and what does not, is in "
        "[Configuration](../configuration.md). An empty variable is an unset one.",
        table(("variable", "read by", "default", "meaning"), page_rows()),
        "## In Django's settings",
        "A project of your own sets one thing of ours: `SCHED = sched_settings(DATABASES)` "
        "([In a Django project](../django.md)).",
        docstring(sched_settings),
    )


def variables() -> list[Variable]:
    """All of them; one that platform and workers read is told of once."""
    found = {
        each.name: each
        for each in _of(worker, "Settings", "from_environment", worker.Settings(), _asked_of_worker)
    }
    found |= {
        each.name: each
        for each in _of(platform, "Environment", "read", platform.read({}), _asked_of_platform)
    }
    flag = _only_flag(demo)
    found[flag] = Variable(
        name=flag, read_by="demo worker", default=False, allowed=_asked_of_worker("SCHED_WORKER_STREAMING"),
        meaning="starts a demo workflow at boot.",
    )  # fmt: skip
    return list(found.values())


def _of(
    module: ModuleType, holder: str, reader: str, defaults: object, allowed: Callable[[str], str]
) -> Iterator[Variable]:
    tree = ast.parse(inspect.getsource(module))
    told = dict(_docstrings(_named(tree, holder)))
    for field, names in _read(_named(tree, reader)):
        for name in names:
            if field in told:
                read_by, meaning = told[field]
                alias = "" if name == names[0] else f"another name of `{names[0]}`: "
                yield Variable(
                    name=name, read_by=read_by, default=getattr(defaults, field), allowed=allowed(name),
                    meaning=alias + meaning,
                )  # fmt: skip


def _named(tree: ast.AST, name: str) -> ast.AST:
    return next(node for node in ast.walk(tree) if getattr(node, "name", None) == name)


def _docstrings(holder: ast.AST) -> Iterator[tuple[str, tuple[str, str]]]:
    """By field: who reads it, and what it means."""
    assert isinstance(holder, ast.ClassDef)
    for field, text in zip(holder.body, holder.body[1:], strict=False):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(text, ast.Expr)
            and isinstance(text.value, ast.Constant)
        ):
            assert isinstance(field.target, ast.Name)
            found = HELD_BY.fullmatch(str(text.value.value))
            if found:
                yield field.target.id, (found[1], found[2])


def _read(reader: ast.AST) -> Iterator[tuple[str, list[str]]]:
    """By field: the variables that fill it."""
    for keyword in (node for node in ast.walk(reader) if isinstance(node, ast.keyword) and node.arg):
        constants = [n.value for n in ast.walk(keyword.value) if isinstance(n, ast.Constant)]
        yield str(keyword.arg), [text for text in constants if isinstance(text, str) and NAME.fullmatch(text)]


def _only_flag(module: ModuleType) -> str:
    calls = (node for node in ast.walk(ast.parse(inspect.getsource(module))) if isinstance(node, ast.Call))
    [flag] = [ast.literal_eval(call.args[0]) for call in calls if getattr(call.func, "id", "") == "read_flag"]
    return str(flag)


def _asked_of_platform(name: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        for text in (NOTHING, "-1", folder):
            try:
                platform.read({name: text})
            except platform.BadVariable as refusal:
                _, told, allowed = str(refusal).partition("; allowed is ")
                if told:
                    return allowed.rstrip(".")
    return ANY


def _asked_of_worker(name: str) -> str:
    try:
        worker.Settings.from_environment({name: NOTHING})
    except worker.SettingError as refusal:
        return refusal.allowed
    return ANY


def shown(value: object) -> str:
    """A default as one would write it into a variable."""
    match value:
        case None | () | "":
            return "unset"
        case bool():
            return code(str(value).lower())
        case timedelta():
            return code(f"{value.total_seconds():g}")
        case int() if value > 10**12:
            return code(hex(value))
        case _:
            return code(str(value))


def by_name() -> Mapping[str, Variable]:
    return {each.name: each for each in variables()}
