"""What a client's refusal calls a field, by the name that was typed: the option, or the argument."""

from typing import Any, Final

import typer

from sched_sdk.errors import ArgumentError

PARAMETERS: Final = {
    "execution_timeout": "timeout",
    "task_queue": "queue",
    "workflow": "name",
    "workflow_id": "id",
    "workflow_type": "type",
}
"""Of commands, where they are called otherwise than the client's fields."""


def as_typed(error: BaseException, context: typer.Context) -> BaseException:
    """The same error, if it is of a field that the command has; others as they are."""
    if not isinstance(error, ArgumentError):
        return error
    by_name: dict[str | None, Any] = {parameter.name: parameter for parameter in context.command.params}
    found = by_name.get(error.field) or by_name.get(PARAMETERS.get(error.field, ""))
    return error if found is None else ArgumentError(_name_of(found), error.value, error.rule)


def _name_of(parameter: Any) -> str:
    """Of an argument what the help calls it."""
    if parameter.param_type_name == "argument":
        return str(parameter.metavar)
    return str(max(parameter.opts, key=len))
