"""Messages that nobody would write: random ones, good ones with faults, and bytes that are none.

All from one `random.Random`, so that a seed repeats a run. Values are drawn from what breaks programs: bounds of the
types, text with NUL, broken JSON, and ids that the test has made, so that much of it is nearly right.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.descriptor import FieldDescriptor as Field
from google.protobuf.message import Message

TEXTS = (
    "",
    "default",
    "Type",
    "Do",
    "go",
    "a b",
    "\0",
    "é",
    "x" * 201,
    "x" * 10_240,
    ".",
    "counts",
    "a/b",
    "\ud7ff",
)
BYTES = (b"", b"1", b'"x"', b"{", b"\xff", b"NaN", b"1e400", b"[" * 600, b'{"a":1,"a":2}', b"7" * 5_000)
WHOLE = (0, 1, -1, 2, 3, 60, 1_000_000, 2**31 - 1, -(2**31))
LARGE = (*WHOLE, 2**53, 2**63 - 1, -(2**63), 10**15, 3_600_000_000)
REAL = (0.0, 1.0, -1.0, 0.05, 1e308, math.inf, -math.inf, math.nan, 5e-324)
REPEATS = (0, 0, 1, 1, 2, 5)
DEPTH_MAX = 6


@dataclass
class Fuzzer:
    """Makes messages. `known` are values that were handed out: ids and tokens."""

    random: random.Random
    known: list[str] = field(default_factory=list)
    tokens: list[bytes] = field(default_factory=list)

    def message(self, kind: type[Message], depth: int = 0) -> Any:
        """A random one of that type."""
        made = kind()
        for each in made.DESCRIPTOR.fields:
            if self.random.random() < (0.7 if depth == 0 else 0.4):
                self._fill(made, each, depth)
        return made

    def mutated(self, message: Message) -> Any:
        """The same with one to three fields filled anew, somewhere in it."""
        made = type(message)()
        made.CopyFrom(message)
        for _ in range(self.random.randint(1, 3)):
            place, depth = self._somewhere(made)
            self._fill(place, self.random.choice(place.DESCRIPTOR.fields), depth)
        return made

    def broken(self, message: Message) -> bytes:
        """Its bytes: cut, with bits turned over, or with others in between."""
        data = bytearray(message.SerializeToString())
        change = self.random.randrange(4)
        if change == 0 or not data:
            return self.random.randbytes(self.random.randrange(60))
        place = self.random.randrange(len(data))
        if change == 1:
            del data[place:]
        elif change == 2:
            data[place] ^= 1 << self.random.randrange(8)
        else:
            data[place:place] = self.random.randbytes(self.random.randint(1, 8))
        return bytes(data)

    def _somewhere(self, message: Any) -> tuple[Any, int]:
        depth = 0
        while self.random.random() < 0.6:
            inner = [
                value
                for each, value in message.ListFields()
                if each.type == Field.TYPE_MESSAGE and not each.is_repeated
            ]
            if not inner or depth == DEPTH_MAX:
                break
            message, depth = self.random.choice(inner), depth + 1
        return message, depth

    def _fill(self, message: Any, each: Any, depth: int) -> None:
        if each.type == Field.TYPE_MESSAGE and each.message_type.GetOptions().map_entry:
            self._fill_map(getattr(message, each.name), each.message_type.fields_by_name["value"])
        elif each.type == Field.TYPE_MESSAGE:
            self._fill_message(message, each, depth)
        elif each.is_repeated:
            message.ClearField(each.name)
            getattr(message, each.name).extend(self._value(each) for _ in range(self._times()))
        else:
            setattr(message, each.name, self._value(each))

    def _fill_map(self, map_: Any, value: Any) -> None:
        for _ in range(self._times()):
            map_[self._text()] = self._value(value)

    def _fill_message(self, message: Any, each: Any, depth: int) -> None:
        if depth >= DEPTH_MAX:
            return
        if not each.is_repeated:
            inner = getattr(message, each.name)
            inner.SetInParent()
            inner.CopyFrom(self.message(type(inner), depth + 1))
            return
        message.ClearField(each.name)
        items = getattr(message, each.name)
        for _ in range(self._times()):
            added = items.add()
            added.CopyFrom(self.message(type(added), depth + 1))

    def _times(self) -> int:
        return self.random.choice(REPEATS)

    def _text(self) -> str:
        if self.known and self.random.random() < 0.4:
            return self.random.choice(self.known)
        return self.random.choice(TEXTS)

    def _bytes(self) -> bytes:
        if self.tokens and self.random.random() < 0.6:
            token = self.random.choice(self.tokens)
            return token if self.random.random() < 0.8 else token[:-1] + self.random.randbytes(1)
        return self.random.choice(BYTES)

    def _value(self, each: Any) -> Any:
        if each.type == Field.TYPE_ENUM:
            return self.random.choice((0, 1, 2, 3, 7, 99, -1, 2**31 - 1))
        if each.type == Field.TYPE_STRING:
            return self._text()
        if each.type == Field.TYPE_BYTES:
            return self._bytes()
        return _VALUES[each.cpp_type](self)


def _of(values: Sequence[Any]) -> Callable[[Fuzzer], Any]:
    return lambda fuzzer: fuzzer.random.choice(values)


_VALUES: dict[int, Callable[[Fuzzer], Any]] = {
    Field.CPPTYPE_BOOL: _of((True, False)),
    Field.CPPTYPE_INT32: _of(WHOLE),
    Field.CPPTYPE_INT64: _of(LARGE),
    Field.CPPTYPE_UINT32: _of((0, 1, 2**32 - 1)),
    Field.CPPTYPE_UINT64: _of((0, 1, 7, 2**64 - 1)),
    Field.CPPTYPE_DOUBLE: _of(REAL),
}
