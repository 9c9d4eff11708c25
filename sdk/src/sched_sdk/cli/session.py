"""One command's way to the engine: the options of all commands, the client, and the end by an exit status."""

import asyncio
import dataclasses
import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import NoReturn

import typer

from sched_sdk.cli import words
from sched_sdk.cli.exits import ERRORS, Exit, problem_of
from sched_sdk.cli.screen import Screen
from sched_sdk.cli.typed import as_typed
from sched_sdk.client import AsyncClient
from sched_sdk.client.aio import ClientOptions
from sched_sdk.settings import Settings, parse_address

DEFAULT_TIMEOUT = "10s"

Work = Callable[[AsyncClient, Screen], Awaitable[Exit]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The options that stand before the command, as they were typed."""

    address: str | None = None
    api_key_file: str | None = None
    timeout: str = DEFAULT_TIMEOUT
    as_json: bool = False


def run(context: typer.Context, work: Work, *, as_json: bool) -> NoReturn:
    """Do the work of a command, and end with its status."""
    given = context.ensure_object(Given)
    given = dataclasses.replace(given, as_json=given.as_json or as_json)
    screen = Screen(as_json=given.as_json)
    try:
        status = asyncio.run(_work(given, work, screen))
    except ERRORS as error:
        problem = problem_of(as_typed(error, context), _address(given))
        screen.problem(problem)
        status = problem.exit
    except KeyboardInterrupt:
        status = Exit.INTERRUPTED
    except BrokenPipeError:  # as `head` closes it: whoever read has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = Exit.DONE
    raise typer.Exit(status)


async def _work(given: Given, work: Work, screen: Screen) -> Exit:
    async with AsyncClient(given.address, **_options(given)) as client:
        return await work(client, screen)


def _options(given: Given) -> ClientOptions:
    if given.address is not None:
        parse_address("--address", given.address)
    timeout = words.duration(given.timeout, option="--timeout", positive=True)
    assert timeout is not None, "it has a default"
    options: ClientOptions = {"retry_for": timeout, "call_timeout": timeout}
    key = words.api_key(given.api_key_file, option="--api-key-file")
    return options if key is None else {**options, "api_key": key}


def _address(given: Given) -> str:
    """For a message: whatever is wrong with the rest of the environment is told elsewhere."""
    try:
        return given.address or Settings.from_environment().address
    except ValueError:
        return "the engine"
