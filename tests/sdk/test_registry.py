"""Registration: names, shapes, declarations, and retry policies."""

import datetime as dt
from typing import Any

import pytest
from sched_sdk import ArgumentError, Registry, RetryPolicy
from sched_sdk.errors import RegistrationError


def test_a_function_is_registered_under_its_name_or_a_given_one() -> None:
    """And stays the function it was."""
    registry = Registry()

    @registry.workflow()
    def hello(ctx: Any) -> str:
        return "hello"

    @registry.activity("Say.Hello", heartbeat_timeout=2.5)
    async def say(ctx: Any, name: str = "you") -> None: ...

    assert hello(None) == "hello"
    assert (registry.workflows["hello"].takes_input, registry.workflows["hello"].is_async) == (False, False)
    said = registry.activities["Say.Hello"]
    assert (said.takes_input, said.input_default, said.is_async) == (True, True, True)
    assert (said.heartbeat_timeout_us, said.start_to_close_us, said.retry) == (2_500_000, 0, None)
    assert registry.activity_name(say) == "Say.Hello"


def _generator(ctx: Any) -> Any:
    yield 1


@pytest.mark.parametrize(
    ("function", "told"),
    [
        (lambda: None, "is called with (ctx) or (ctx, input), and takes 0 parameters"),
        (lambda a, b, c: None, "is called with (ctx) or (ctx, input), and takes 3 parameters"),
        (lambda ctx, *, key: None, "parameter 'key' has no default and is never passed"),
        (_generator, "a generator cannot be run"),
    ],
)
def test_what_cannot_be_called_is_refused(function: Any, told: str) -> None:
    """Where it is registered, not where it would run."""
    with pytest.raises(RegistrationError) as refusal:
        Registry().workflow("X")(function)
    assert told in str(refusal.value)


def test_a_name_means_one_function() -> None:
    """The same one twice is no harm."""
    registry = Registry()

    def one(ctx: Any) -> None: ...

    registry.workflow("X")(one)
    registry.workflow("X")(one)
    registry.activity("X")(one)
    with pytest.raises(RegistrationError, match="workflow 'X' is registered already"):
        registry.workflow("X")(lambda ctx: None)


def test_bad_registrations_name_the_field() -> None:
    """Names, queues, durations; and a decorator without parentheses."""
    registry = Registry()
    with pytest.raises(ArgumentError, match="name: 'a b': must be 1 to 200"):
        registry.workflow("a b")(lambda ctx: None)
    with pytest.raises(ArgumentError, match="queue: '': must be 1 to 200"):
        registry.activity("A", queue="")
    with pytest.raises(ArgumentError, match="start_to_close: -1: must not be negative"):
        registry.activity("A", start_to_close=-1)
    with pytest.raises(RegistrationError, match="with parentheses"):
        registry.workflow(lambda ctx: None)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match=r"activity: .*must be a name, or a function registered"):
        registry.activity_name(print)


def test_a_policy_has_the_defaults_of_the_function_style() -> None:
    """1 s, doubled, a minute at most, three attempts; a longer first interval lifts the minute."""
    proto = RetryPolicy().to_proto()
    assert (proto.initial_interval_us, proto.backoff_coefficient) == (1_000_000, 2.0)
    assert (proto.maximum_interval_us, proto.maximum_attempts) == (60_000_000, 3)
    assert RetryPolicy(initial_interval=dt.timedelta(hours=1)).to_proto().maximum_interval_us == 3_600_000_000
    assert RetryPolicy(maximum_attempts=0).to_proto().maximum_attempts == 0


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"initial_interval": 0}, "initial_interval: 0: must be greater than zero"),
        ({"backoff_coefficient": 0.5}, "backoff_coefficient: 0.5: must be a finite number of at least 1"),
        ({"backoff_coefficient": "2"}, "backoff_coefficient: '2': must be a number"),
        ({"maximum_attempts": -1}, "maximum_attempts: -1: must be 0 (unlimited) to"),
        ({"maximum_attempts": 1.5}, "maximum_attempts: 1.5: must be an int"),
        (
            {"non_retryable_error_types": "ValueError"},
            "non_retryable_error_types: 'ValueError': must be a sequence",
        ),
        (
            {"maximum_interval": dt.timedelta(days=99_999)},
            "maximum_interval: datetime.timedelta(days=99999): at most",
        ),
    ],
)
def test_a_bad_policy_is_refused(given: dict[str, Any], told: str) -> None:
    """By field, value and rule."""
    with pytest.raises(ArgumentError) as refusal:
        RetryPolicy(**given)
    assert str(refusal.value).startswith(told)
