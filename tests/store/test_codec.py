"""What is encoded decodes to an equal value, for every type of event and input."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sched_sdk.proto.v1 import history_pb2 as pb

from workflows.codec import events as codec
from workflows.codec import inbox
from workflows.codec import values as v
from workflows.core import events as e
from workflows.core.inputs import CancelRequested, SignalSent, TerminateRequested
from workflows.core.values import (
    Failure,
    FailureKind,
    Payload,
    RetryPolicy,
    TimeoutKind,
    Wait,
)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
spans = st.integers(1, 10**15).map(lambda us: timedelta(microseconds=us))
instants = st.datetimes(datetime(2000, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))
numbers = st.integers(0, 2**31 - 1)


def maps(values: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[tuple[str, Any], ...]]:
    return st.dictionaries(texts, values, max_size=3).map(lambda each: tuple(sorted(each.items())))


payloads = st.builds(Payload, st.binary(max_size=40), texts, maps(st.binary(max_size=5)))
failures = st.recursive(
    st.builds(
        Failure,
        kind=st.sampled_from(FailureKind),
        type=texts,
        message=texts,
        stack_trace=texts,
        timeout=st.none() | st.sampled_from(TimeoutKind),
        non_retryable=st.booleans(),
        details=st.none() | payloads,
    ),
    lambda inner: st.builds(Failure, type=texts, cause=inner),
    max_leaves=3,
)
policies = st.builds(
    RetryPolicy,
    initial_interval=spans,
    backoff_coefficient=st.floats(1, 100),
    maximum_interval=spans,
    maximum_attempts=numbers,
    non_retryable_error_types=st.lists(texts, max_size=3).map(tuple),
)
waits = st.builds(
    Wait,
    all=st.booleans(),
    commands=st.frozensets(numbers, max_size=4),
    signals=st.frozensets(texts, max_size=3),
    any_signal=st.booleans(),
    anything=st.booleans(),
)

BY_ANNOTATION: dict[Any, st.SearchStrategy[Any]] = {
    int: numbers,
    str: texts,
    bool: st.booleans(),
    datetime: instants,
    timedelta: spans,
    timedelta | None: st.none() | spans,
    Payload | None: st.none() | payloads,
    RetryPolicy | None: st.none() | policies,
    Failure: failures,
    Wait: waits,
    tuple[int, ...]: st.lists(numbers, max_size=3).map(tuple),
    tuple[tuple[str, str], ...]: maps(texts),
}


def any_of(kind: Any) -> st.SearchStrategy[Any]:
    """Values of a dataclass, every field drawn by its type."""
    names = {name: field.type for name, field in kind.__dataclass_fields__.items()}
    drawn = {name: BY_ANNOTATION[annotation] for name, annotation in names.items()}
    if "namespace" in drawn:
        drawn["namespace"] = texts.filter(bool)
    return st.builds(kind, **drawn)


@pytest.mark.parametrize("kind", e.SHORT_NAMES, ids=lambda kind: kind.__name__)
def test_an_event_survives_its_encoding(kind: type[e.Event]) -> None:
    """Any event of each type decodes to an equal one."""

    @settings(max_examples=30, deadline=None)
    @given(any_of(kind))
    def holds(event: e.Event) -> None:
        assert codec.decode(codec.encode(event)) == event

    holds()


def test_every_event_of_the_contract_is_known() -> None:
    """The codec and the message have the same types, by the same numbers."""
    fields = {field.number for field in pb.HistoryEvent.DESCRIPTOR.oneofs_by_name["attributes"].fields}
    assert set(codec.TYPE_NUMBERS.values()) == fields


def test_an_event_of_a_newer_engine_is_kept_as_it_is() -> None:
    """It decodes to its number and type, and encodes to the same bytes."""
    known = codec.encode(e.TimerFired(number=7, at=datetime(2026, 1, 1, tzinfo=UTC), started=3, command=1))
    head = known[: known.index(bytes([26 << 3 & 0x7F | 2 | 0x80, 26 >> 4]))]
    newer = head + bytes([(40 << 3 | 2) & 0x7F | 0x80, 40 >> 4, 2]) + b"\x08\x01"

    event = codec.decode(newer)

    assert isinstance(event, codec.Unknown)
    assert (event.number, event.type_number) == (7, 40)
    assert codec.encode(event) == newer


@settings(deadline=None)
@given(policies, failures, waits, payloads)
def test_values_survive_their_columns(
    policy: RetryPolicy, failure: Failure, wait: Wait, payload: Payload
) -> None:
    """Policies, failures, waits and payloads read back equal."""
    assert v.retry_from(v.retry_bytes(policy)) == policy
    assert v.failure_from(v.failure_bytes(failure)) == failure
    assert v.wait_from(v.wait_bytes(wait)) == wait
    assert v.payload_from(v.payload_bytes(payload)) == payload


@settings(deadline=None)
@given(st.one_of(any_of(SignalSent), any_of(CancelRequested), any_of(TerminateRequested)))
def test_steering_survives_the_inbox(given_input: inbox.Steering) -> None:
    """Signals, cancels and terminations read back equal by their kind."""
    kind = inbox.kind_of(given_input)
    assert inbox.decode(kind, given_input.run_id, inbox.encode(given_input)) == given_input


@pytest.mark.timing
def test_an_event_costs_microseconds() -> None:
    """The budget of decide and encode together is 50 µs; encoding may take 15 of them."""
    event = e.ActivityTaskCompleted(
        number=4,
        at=datetime(2026, 1, 1, tzinfo=UTC),
        scheduled=3,
        command=0,
        attempt=1,
        result=Payload(b'"hello"'),
        identity="worker@host:1",
        delivery=1,
    )

    def cost_us(rounds: int = 2000) -> float:
        begin = time.perf_counter()
        for _ in range(rounds):
            codec.encode(event)
        return (time.perf_counter() - begin) / rounds * 1e6

    assert min(cost_us() for _ in range(10)) < 15
