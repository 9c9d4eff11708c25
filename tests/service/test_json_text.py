"""What JSON text a payload may hold: the same at the engine's doors and in the SDK."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sched_sdk import converter
from sched_sdk.errors import PayloadError
from sched_sdk.proto.v1 import common_pb2

from workflows.core.values import Payload
from workflows.service import json_text, limits
from workflows.service.errors import Invalid
from workflows.service.json_text import DIGITS_MAX, NESTING_MAX, fault_of
from workflows.service.payloads import payload_of

SECRET = "hunter2"
DIGITS = b"7" * DIGITS_MAX
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=12,
)


def nested(levels: int) -> bytes:
    return b'{"a":' * levels + b"1" + b"}" * levels


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b'"\\ud800"',
        b'"\\u0000"',
        DIGITS,
        b"-" + DIGITS,
        b"1.7e308",
        b"1e-999",
        nested(NESTING_MAX),
    ],
    ids=lambda data: repr(data[:20]),
)
def test_text_that_every_worker_can_read(data: bytes) -> None:
    """Up to the bounds, they included; the SDK reads the same."""
    assert fault_of(data) == ""
    converter.decode(common_pb2.Payload(data=data))


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"{", "Expecting property name enclosed in double quotes, at line 1, column 2"),
        (b"'a'", "Expecting value, at line 1, column 1"),
        (b"\xff", "byte 0 is not UTF-8"),
        (b'"\x00"', "Invalid control character at, at line 1, column 2"),
        (b"NaN", "NaN is no JSON number"),
        (b"[-Infinity]", "-Infinity is no JSON number"),
        (b"1e400", "a number is beyond the range of a double, which ends at 1.8e308"),
        (b"1" + DIGITS, "an integer has 4301 digits; at most 4300 can be carried"),
        (b'[{"hunter2":1,"hunter2":2}]', "a name occurs twice in one of its objects"),
        (
            b"[" * 200_000,
            "it is nested too deeply; at most 500 objects and arrays may lie within one another",
        ),
    ],
    ids=lambda part: repr(part[:20]),
)
def test_text_that_not_every_worker_could_read(data: bytes, fault: str) -> None:
    """It is told what is wrong, and nothing of the text; the SDK would not read it either."""
    assert fault_of(data) == fault
    with pytest.raises(PayloadError) as refusal:
        converter.decode(common_pb2.Payload(data=data))
    assert SECRET not in str(refusal.value)


def test_nesting_is_counted_by_levels() -> None:
    """Brackets within strings and side by side are none; one level more than allowed is refused."""
    assert fault_of(json.dumps(["[" * 1000, [[]] * 1000]).encode()) == ""
    assert "nested too deeply" in fault_of(nested(NESTING_MAX + 1))
    with pytest.raises(PayloadError, match="lie within one another"):
        converter.encode(json.loads(nested(NESTING_MAX + 1)))
    converter.encode(json.loads(nested(NESTING_MAX)))


@given(VALUES)
@settings(max_examples=100, deadline=None)
def test_what_the_sdk_and_the_client_write_every_door_lets_in(value: Any) -> None:
    """And it is read as the same value."""
    written = converter.encode(value)
    assert fault_of(written.data) == ""
    assert converter.decode(written) == value
    assert json.loads(payload_of("input", value).data) == value


@given(
    st.binary(max_size=12)
    | st.text(alphabet='[]{}":,0123456789.eE-+\\ntrufalsNI ', max_size=12).map(str.encode)
)
@settings(max_examples=300, deadline=None)
def test_a_fault_is_what_the_sdk_cannot_read(data: bytes) -> None:
    """Neither lets in what the other refuses."""
    try:
        converter.decode(common_pb2.Payload(data=data))
    except PayloadError:
        assert fault_of(data)
    else:
        assert fault_of(data) == ""


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        (10**DIGITS_MAX, "an integer has more than 4300 digits"),
        (float("nan"), "NaN and the infinities are no JSON numbers"),
        ({1: 2}, "a key is of type int"),
        ("\ud800", "half of a surrogate pair"),
        (Payload(b"{"), "must be JSON text"),
        (Payload(b'{"hunter2":1,"hunter2":2}'), "a name occurs twice"),
    ],
    ids=["digits", "NaN", "key", "surrogate", "broken", "twice"],
)
def test_what_django_code_may_not_pass(value: Any, rule: str) -> None:
    """The field and the rule are named, the value is not shown."""
    with pytest.raises(Invalid) as refusal:
        payload_of("input", value)
    (error,) = refusal.value.errors
    assert (error.field, error.value) == ("input", "")
    assert rule in error.rule
    assert SECRET not in str(refusal.value)


def test_other_encodings_are_nobody_s_to_read() -> None:
    """Bytes that do not say that they are JSON are bounded, and no more."""
    assert limits.payload_error("input", Payload(b"\xff", "binary/null")) is None
    metadata = (("key", bytes(limits.PAYLOAD_MAX)),)
    error = limits.payload_error("input", Payload(b"", "binary/null", metadata))
    assert error is not None
    assert error.value == f"{limits.PAYLOAD_MAX + len('key') + len('binary/null')} bytes"


def test_the_sdk_has_the_same_bounds() -> None:
    """Told before the value has crossed the network, and in agreement with who decides."""
    assert (converter.DIGITS_MAX, converter.NESTING_MAX) == (DIGITS_MAX, NESTING_MAX)
    assert converter.PAYLOAD_BYTES_MAX == limits.PAYLOAD_MAX
    assert json_text.ENCODINGS == ("", converter.JSON_ENCODING)
