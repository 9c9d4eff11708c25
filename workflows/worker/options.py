"""The worker's options: those of the environment, and what the command line says in their place.

Guarantees: a bad value is refused with the name of the option or variable, the value and what is allowed. There is no
option for the API key, which everybody on the machine could read then.
"""

from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sched_sdk.settings import (
    parse_address,
    parse_bool,
    parse_grace,
    parse_identifier,
    parse_slots,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """An option, and the arguments of the SDK that it gives."""

    flag: str
    arguments: tuple[str, ...]
    parse: Callable[[str, str], Any]
    metavar: str
    help: str

    @property
    def key(self) -> str:
        """Its name among parsed options."""
        return self.flag.removeprefix("--").replace("-", "_")


# A later one wins over an earlier one.
OPTIONS = (
    Option(
        flag="--address",
        arguments=("address",),
        parse=parse_address,
        metavar="HOST:PORT",
        help="of the engine; ENGINE_ADDRESS if not given, localhost:50051 if that is not set",
    ),
    Option(
        flag="--queue",
        arguments=("task_queue",),
        parse=parse_identifier,
        metavar="NAME",
        help="task queue to serve; TASK_QUEUE if not given, `default` if that is not set",
    ),
    Option(
        flag="--streaming",
        arguments=("streaming",),
        parse=parse_bool,
        metavar="true|false",
        help="whether tasks come on a stream; SCHED_WORKER_STREAMING if not given, false if that is not set",
    ),
    Option(
        flag="--slots",
        arguments=("workflow_slots", "activity_slots"),
        parse=parse_slots,
        metavar="N",
        help="tasks of each kind in hand at once; 100 if nothing says otherwise",
    ),
    Option(
        flag="--workflow-slots",
        arguments=("workflow_slots",),
        parse=parse_slots,
        metavar="N",
        help="workflow tasks in hand at once; SCHED_WORKFLOW_SLOTS if not given",
    ),
    Option(
        flag="--activity-slots",
        arguments=("activity_slots",),
        parse=parse_slots,
        metavar="N",
        help="activities at once, each plain `def` on a thread; SCHED_ACTIVITY_SLOTS if not given",
    ),
    Option(
        flag="--grace",
        arguments=("shutdown_grace",),
        parse=parse_grace,
        metavar="SECONDS",
        help="that activities have at SIGTERM; SCHED_SHUTDOWN_GRACE_SECONDS if not given, 8 if that is not set",
    ),
)


def add_options(parser: ArgumentParser) -> None:
    """To a command's parser; values are kept as text."""
    for option in OPTIONS:
        parser.add_argument(option.flag, metavar=option.metavar, help=option.help)


def arguments_of(options: Mapping[str, str | None]) -> dict[str, Any]:
    """Arguments of the SDK for the options that were given.

    Raises:
        SettingError: a value that is not allowed.
    """
    given = ((option, options.get(option.key)) for option in OPTIONS)
    return {
        argument: option.parse(option.flag, text)
        for option, text in given
        if text is not None
        for argument in option.arguments
    }
