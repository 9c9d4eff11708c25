"""What a client or a worker knows how to run: workflows and activities by their names.

Guarantees: a name means one function; what cannot be called as a workflow or an activity is refused where it is
registered, not where it runs. Does not import, start or call anything.
"""

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from sched_sdk.durations import Duration, optional_microseconds
from sched_sdk.errors import ArgumentError, RegistrationError, shown
from sched_sdk.retry import RetryPolicy

IDENTIFIER = re.compile(r"[A-Za-z0-9._:@+-]{1,200}\Z")
IDENTIFIER_RULE = "must be 1 to 200 of A-Z a-z 0-9 . _ : @ + -"

F = TypeVar("F", bound=Callable[..., Any])


def check_identifier(value: object, *, field: str) -> str:
    """`value`, if it can name a type, a queue or a workflow; else ArgumentError."""
    if not isinstance(value, str) or not IDENTIFIER.match(value):
        raise ArgumentError(field, value, IDENTIFIER_RULE)
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowDefinition:
    """A workflow function. `takes_input`: it has a parameter beside the context; `input_default`: with a default."""

    name: str
    function: Callable[..., Any]
    is_async: bool
    takes_input: bool
    input_default: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityDefinition:
    """An activity function and what it declares; durations in microseconds, 0: nothing declared."""

    name: str
    function: Callable[..., Any]
    is_async: bool
    takes_input: bool
    input_default: bool
    retry: RetryPolicy | None = None
    start_to_close_us: int = 0
    schedule_to_start_us: int = 0
    schedule_to_close_us: int = 0
    heartbeat_timeout_us: int = 0
    queue: str = ""


class Registry:
    """Workflows and activities by name."""

    def __init__(self) -> None:
        self.workflows: dict[str, WorkflowDefinition] = {}
        self.activities: dict[str, ActivityDefinition] = {}

    def workflow(self, name: str | None = None) -> Callable[[F], F]:
        """Registers the decorated function as a workflow; its name is the function's unless told otherwise.

        Raises:
            ArgumentError: A name that is no identifier.
            RegistrationError: The name is taken, or the function cannot take (ctx) or (ctx, input).
        """
        _refuse_bare(name, "workflow")

        def register(function: F) -> F:
            chosen = _name_of(function, name)
            _refuse_taken(self.workflows, chosen, function, "workflow")
            takes_input, has_default = _shape(function, f"workflow {chosen}")
            self.workflows[chosen] = WorkflowDefinition(
                name=chosen,
                function=function,
                is_async=inspect.iscoroutinefunction(function),
                takes_input=takes_input,
                input_default=has_default,
            )
            return function

        return register

    def activity(
        self,
        name: str | None = None,
        *,
        retry: RetryPolicy | None = None,
        start_to_close: Duration | None = None,
        schedule_to_start: Duration | None = None,
        schedule_to_close: Duration | None = None,
        heartbeat_timeout: Duration | None = None,
        queue: str | None = None,
    ) -> Callable[[F], F]:
        """Registers the decorated function as an activity; what is declared here holds where a call says nothing.

        Raises:
            ArgumentError: A name or queue that is no identifier, a bad duration, a retry that is no RetryPolicy.
            RegistrationError: The name is taken, or the function cannot take (ctx) or (ctx, input).
        """
        _refuse_bare(name, "activity")
        declared = {
            "retry": check_retry(retry),
            "start_to_close_us": optional_microseconds(start_to_close, field="start_to_close"),
            "schedule_to_start_us": optional_microseconds(schedule_to_start, field="schedule_to_start"),
            "schedule_to_close_us": optional_microseconds(schedule_to_close, field="schedule_to_close"),
            "heartbeat_timeout_us": optional_microseconds(heartbeat_timeout, field="heartbeat_timeout"),
            "queue": "" if queue is None else check_identifier(queue, field="queue"),
        }

        def register(function: F) -> F:
            self._add_activity(function, name, declared)
            return function

        return register

    def activity_name(self, activity: str | Callable[..., Any]) -> str:
        """The name of an activity given by its name or by its registered function."""
        if isinstance(activity, str):
            return activity if activity in self.activities else check_identifier(activity, field="activity")
        for definition in self.activities.values():
            if definition.function is activity:
                return definition.name
        raise ArgumentError("activity", activity, "must be a name, or a function registered as an activity")

    def _add_activity(self, function: Callable[..., Any], name: str | None, declared: dict[str, Any]) -> None:
        chosen = _name_of(function, name)
        _refuse_taken(self.activities, chosen, function, "activity")
        takes_input, has_default = _shape(function, f"activity {chosen}")
        self.activities[chosen] = ActivityDefinition(
            name=chosen,
            function=function,
            is_async=inspect.iscoroutinefunction(function),
            takes_input=takes_input,
            input_default=has_default,
            **declared,
        )


def check_retry(retry: object) -> RetryPolicy | None:
    """`retry`, if it is a policy or None; else ArgumentError."""
    if retry is None or isinstance(retry, RetryPolicy):
        return retry
    raise ArgumentError("retry", retry, "must be a RetryPolicy")


def _refuse_bare(name: object, decorator: str) -> None:
    if callable(name):
        raise RegistrationError(f"write @{decorator}() or @{decorator}('Name'), with parentheses")


def _name_of(function: Callable[..., Any], name: str | None) -> str:
    return check_identifier(name if name is not None else getattr(function, "__name__", ""), field="name")


def _refuse_taken(taken: dict[str, Any], name: str, function: object, what: str) -> None:
    if name in taken and taken[name].function is not function:
        raise RegistrationError(f"{what} {name!r} is registered already, as {shown(taken[name].function)}")


def _shape(function: Callable[..., Any], what: str) -> tuple[bool, bool]:
    """Whether the function takes an input beside the context, and whether that has a default."""
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise RegistrationError(f"{what}: a generator cannot be run: use def or async def without yield")
    places, extra = [], False
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
            places.append(parameter)
        elif parameter.kind is parameter.VAR_POSITIONAL:
            extra = True
        elif parameter.kind is parameter.KEYWORD_ONLY and parameter.default is parameter.empty:
            raise RegistrationError(
                f"{what}: parameter {parameter.name!r} has no default and is never passed"
            )
    required = sum(1 for parameter in places if parameter.default is parameter.empty)
    if required > 2 or (not places and not extra):
        raise RegistrationError(
            f"{what}: is called with (ctx) or (ctx, input), and takes {required} parameters"
        )
    takes_input = len(places) > 1 or extra
    return takes_input, takes_input and required < 2
