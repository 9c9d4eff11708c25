"""Payloads: what survives the way there and back, and what is refused by name."""

import dataclasses
import datetime as dt
import decimal
import enum
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sched_sdk import converter
from sched_sdk.errors import PayloadError, PayloadTooLarge
from sched_sdk.proto.v1 import common_pb2

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(JSON)
def test_every_json_value_comes_back_equal(value: Any) -> None:
    """Integers of any size, NUL and lone surrogates included."""
    assert converter.decode(converter.encode(value)) == value


def test_integers_keep_their_value() -> None:
    """Beyond 64 bits too, where other libraries turn to floats."""
    assert converter.encode(2**80).data == b"1208925819614629174706176"
    assert (
        converter.decode(common_pb2.Payload(data=b"123456789012345678901234567890"))
        == 123456789012345678901234567890
    )


def test_text_is_utf8_and_may_hold_nul_and_lone_surrogates() -> None:
    """What is no text in UTF-8 is kept as an escape."""
    assert converter.encode("é").data == '"é"'.encode()
    assert converter.decode(converter.encode("a\0b\ud800")) == "a\0b\ud800"


def test_none_is_null_or_absent() -> None:
    """The two are told apart where a field can be absent."""
    assert converter.encode(None).data == b"null"
    assert converter.encode_optional(None) is None
    assert converter.decode(None) is None
    assert converter.decode(common_pb2.Payload()) is None
    assert converter.decode(common_pb2.Payload(data=b"null")) is None


@dataclasses.dataclass
class Order:
    number: int


class Colour(enum.Enum):
    RED = 1


CYCLE: list[Any] = []
CYCLE.append(CYCLE)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (dt.datetime(2026, 1, 1, tzinfo=dt.UTC), "value: a datetime.datetime is no JSON value"),
        (uuid.UUID(int=1), "value: a uuid.UUID is no JSON value"),
        (decimal.Decimal(1), "value: a decimal.Decimal is no JSON value"),
        ([Order(1)], "value[0]: a tests.sdk.test_converter.Order is no JSON value"),
        (Colour.RED, "value: a tests.sdk.test_converter.Colour is no JSON value"),
        (b"x", "value: a builtins.bytes is no JSON value"),
        ({"a": {1}}, "value.a: a builtins.set is no JSON value"),
        ({"a": [0.5, float("nan")]}, "value.a[1]: nan is no JSON value"),
        (float("-inf"), "value: -inf is no JSON value"),
        ({1: "a", "1": "b"}, "value: key 1 is a int: keys of a JSON object are str"),
        (CYCLE, "value"),
        (10**5000, "value: an integer has at most 4300 digits: use a string"),
    ],
    ids=lambda part: "" if not isinstance(part, str) else part[:40],
)
def test_what_has_no_json_form_is_refused_with_type_and_place(value: Any, told: str) -> None:
    """The code decides how a datetime or a dataclass is written."""
    with pytest.raises(PayloadError) as refusal:
        converter.encode(value)
    assert str(refusal.value).startswith(told)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"{", "not JSON: Expecting property name"),
        (b"NaN", "not JSON: NaN is no JSON value"),
        (b"[-Infinity]", "not JSON: -Infinity is no JSON value"),
        (b"1e999", "not JSON: a number is beyond the range of a float"),
        (b'{"a":1,"a":2}', "not JSON: a key occurs twice in one of its objects"),
        (b"\xff", "not JSON: byte 0 is not UTF-8"),
        (b"[" + b"1" * 6000 + b"]", "not JSON: an integer has more than 4300 digits"),
        (b"[" * 200_000, "not JSON: "),
    ],
)
def test_what_is_no_json_is_refused(data: bytes, told: str) -> None:
    """With the field that it was found in."""
    with pytest.raises(PayloadError) as refusal:
        converter.decode(common_pb2.Payload(data=data), field="result")
    assert str(refusal.value).startswith(f"result: {told}")


def test_another_encoding_is_refused() -> None:
    """Codecs come later; nothing is guessed."""
    with pytest.raises(PayloadError, match="encoding 'binary/zlib': only 'json/plain' can be read"):
        converter.decode(common_pb2.Payload(encoding="binary/zlib", data=b"x"))
    assert converter.decode(common_pb2.Payload(encoding="json/plain", data=b"1")) == 1


def test_a_payload_beyond_the_limit_is_refused() -> None:
    """Never cut."""
    with pytest.raises(PayloadTooLarge, match="input: 2097153 bytes of JSON: at most 2097152 are allowed"):
        converter.encode("x" * (2 * 1024 * 1024 - 1), field="input")
    assert converter.encode("x" * (2 * 1024 * 1024 - 2)).data


def test_a_payload_stays_as_it_is() -> None:
    """Whatever its encoding; but for its size."""
    payload = common_pb2.Payload(encoding="binary", data=b"\xff")
    assert converter.encode(payload) is payload
    with pytest.raises(PayloadTooLarge):
        converter.encode(common_pb2.Payload(data=b"1" * (converter.PAYLOAD_BYTES_MAX + 1)))


@pytest.mark.parametrize("text", [b"1.10", b' {"a": 1e-2}\n', '"ü"'.encode()])
def test_json_text_becomes_a_payload_byte_for_byte(text: bytes) -> None:
    """Nothing of it is written anew."""
    assert converter.encode_text(text).data == text


@pytest.mark.parametrize("text", [b"", b" ", b"{", b"NaN", b'{"a":1,"a":2}', b"\xff", b"1 2"])
def test_text_that_is_no_json_is_refused(text: bytes) -> None:
    """With the field's name."""
    with pytest.raises(PayloadError, match=r"^order: not JSON: "):
        converter.encode_text(text, field="order")
