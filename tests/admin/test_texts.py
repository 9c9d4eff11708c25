"""Values as operators read them."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.admin.texts import TEXT_MAX, Texts, reindented, span_text
from workflows.core.values import Payload

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON, st.sampled_from([None, 1]), st.booleans())
def test_reindented_json_is_the_same_json(value: object, indent: int | None, ascii_only: bool) -> None:
    """Layout changes, values do not, whatever the layout was."""
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    assert json.loads(reindented(text)) == value


def test_tokens_stay_as_they_are() -> None:
    """Numbers and strings are copied character by character, never parsed and written anew."""
    text = '{"a":[1.0e2,12345678901234567890,"x, {y}\\""],"b":{},"c":[ ]}'
    assert reindented(text) == (
        '{\n  "a": [\n    1.0e2,\n    12345678901234567890,\n    "x, {y}\\""\n  ],\n  "b": {},\n  "c": []\n}'
    )


def test_a_large_payload_is_cut_and_says_so() -> None:
    """A page stays small, and tells where the rest is."""
    shown = Texts(payloads=True).payload(Payload(b'"' + b"x" * (5 * TEXT_MAX) + b'"'))
    assert shown is not None
    assert len(shown) < TEXT_MAX + 100
    assert shown.endswith("the API has all of it")


def test_what_is_no_json_is_not_shown_as_such() -> None:
    """Bytes that are no text, or of another encoding, appear as their size and kind."""
    texts = Texts(payloads=True)
    assert texts.payload(Payload(b"\xff\xfe")) == "2 bytes of what should be JSON"
    assert texts.payload(Payload(b"abc", "binary/protobuf")) == "3 bytes of binary/protobuf"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.0123, "12 ms"),
        (1.55, "1.6 s"),
        (61, "1 min 1 s"),
        (3661, "1 h 1 min"),
        (200_000, "2 d 7 h"),
    ],
)
def test_spans(seconds: float, shown: str) -> None:
    """In milliseconds, tenths of a second, or the two largest units."""
    assert span_text(timedelta(seconds=seconds)) == shown
