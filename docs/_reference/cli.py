"""`schedctl` as typer knows it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer
from sched_sdk.cli.app import EPILOG, app
from typer.core import TyperArgument, TyperGroup, TyperOption

from docs._reference.markdown import code, fenced, sentence, table
from docs._reference.markdown import page as whole

PROGRAM = "schedctl"


def page() -> str:
    """docs/reference/cli.md."""
    group = root()
    intro = "A tour of it, what it writes and its exit statuses are in [The command line](../cli.md)."
    return whole(
        PROGRAM,
        "`sched_sdk/cli`",
        f"{sentence(group.help or '')} {intro}",
        EPILOG,
        "## Before the command",
        table(("option", "meaning"), rows(group, group.make_context(PROGRAM, [], resilient_parsing=True))),
        *(part for name, command in group.commands.items() for part in _command(name, command)),
    )


def root() -> TyperGroup:
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    return group


def _command(name: str, command: Any) -> Iterator[str]:
    context = command.make_context(PROGRAM, [], resilient_parsing=True)
    yield f"## `{PROGRAM} {name}`"
    yield " ".join((command.help or "").split())
    pieces = [piece.strip("{}") for piece in command.collect_usage_pieces(context)]
    yield fenced(" ".join([PROGRAM, name, *pieces]), "text")
    yield table(("argument", "meaning"), rows(command, context))


def rows(command: Any, context: Any) -> Iterator[tuple[str, str]]:
    """Its arguments and options, as its help shows them."""
    for each in command.params:
        if isinstance(each, TyperArgument):
            yield code(str(each.name).upper()), sentence(each.help or "")
        elif isinstance(each, TyperOption) and not each.hidden:
            names, meaning = each.get_help_record(context) or ("", "")
            yield code(names.replace("<str>", "TEXT")), sentence(meaning)
