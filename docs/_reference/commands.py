"""`manage.py` commands as argparse knows them, and the targets of the Makefile."""

from __future__ import annotations

import argparse
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

from django.core.management.base import BaseCommand, DjangoHelpFormatter

from docs._reference.markdown import code, fenced, sentence, table
from docs._reference.markdown import page as whole
from workflows.management import commands

ROOT = Path(__file__).resolve().parents[2]
TARGET = re.compile(r"^([a-z-]+):.*## (.*)$", re.MULTILINE)
DJANGOS = {action.dest for action in BaseCommand().create_parser("manage.py", "any")._actions}


def page() -> str:
    """docs/reference/commands.md."""
    return whole(
        "Commands",
        "`workflows/management/commands` and the `Makefile`",
        "Of a server's machine. From anywhere else: [`schedctl`](cli.md).",
        *(part for name in names() for part in of_command(name)),
        "## `make`",
        "In a clone of the repository.",
        table(("target", "does"), ((code(f"make {name}"), sentence(text)) for name, text in targets())),
    )


def names() -> list[str]:
    return sorted(module.name for module in pkgutil.iter_modules(commands.__path__))


def targets() -> list[tuple[str, str]]:
    return TARGET.findall((ROOT / "Makefile").read_text())


def of_command(name: str) -> Iterator[str]:
    module = importlib.import_module(f"{commands.__name__}.{name}")
    parser = parser_of(name)
    yield f"## `manage.py {name}`"
    told = (inspect.getdoc(module) or "").partition(": ")[2].strip()
    yield told[0].upper() + told[1:]
    if is_djangos(module.Command):
        yield "Options are those of Django's command of this name."
        return
    yield from _described(parser)


def is_djangos(command: type[BaseCommand]) -> bool:
    """Whether it takes what Django's own command of that name does."""
    return "add_arguments" not in vars(command) and command.__mro__[1] is not BaseCommand


def parser_of(name: str) -> argparse.ArgumentParser:
    module = importlib.import_module(f"{commands.__name__}.{name}")
    command = module.Command()
    parser = argparse.ArgumentParser(
        prog=f"manage.py {name}", add_help=False, formatter_class=DjangoHelpFormatter
    )
    command.add_arguments(parser)
    return parser


def _described(parser: argparse.ArgumentParser) -> Iterator[str]:
    yield fenced(" ".join(parser.format_usage().removeprefix("usage: ").replace("[-h] ", "").split()), "text")
    own = [action for action in parser._actions if action.help != argparse.SUPPRESS and action.dest != "help"]
    rows = [_row(action) for action in own if not isinstance(action, argparse._SubParsersAction)]
    if rows:
        yield table(("argument", "meaning"), rows)
    for action in own:
        if isinstance(action, argparse._SubParsersAction):
            helps = {choice.dest: choice.help or "" for choice in action._choices_actions}
            for name, sub in action.choices.items():
                yield f"### `{sub.prog}`"
                yield sentence(helps.get(name, ""))
                yield from _described(sub)


def _row(action: argparse.Action) -> tuple[str, str]:
    name = action.metavar if isinstance(action.metavar, str) else action.dest.upper()
    if not action.option_strings:
        return code(str(action.metavar or action.dest)), sentence(action.help or "")
    takes = "" if action.nargs == 0 else f" {name}"
    shown = " · ".join(code(option + takes) for option in action.option_strings)
    allowed = f" One of {', '.join(code(str(each)) for each in action.choices)}." if action.choices else ""
    default = f" Default: {code(str(action.default))}." if isinstance(action.default, str) else ""
    return shown, sentence((action.help or "").replace("%%", "%")) + allowed + default
