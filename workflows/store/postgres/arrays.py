"""Parameters in PostgreSQL's binary form, made here: arrays, and one number.

psycopg's own dumper picks a type by the values (int2, int4, int8), and each choice would be another prepared statement;
of arrays it is also four times slower. A class for each type pins both.
"""

import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, ClassVar

from psycopg.adapt import AdaptersMap, Dumper
from psycopg.pq import Format

from workflows.codec.values import span_us

_POSTGRES_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_NULL = b"\xff\xff\xff\xff"
_HEADER = struct.Struct(">iiIii").pack  # dimensions, may hold nulls, element type, length, lower bound
_HEADER_BYTES, _ITEM_AT = 20, 24
_EMPTY = struct.Struct(">iiI").pack
_SIXTEEN = b"\0\0\0\x10"
_TRUE, _FALSE = b"\0\0\0\1\1", b"\0\0\0\1\0"
_LENGTH = struct.Struct(">i").pack
_SMALL = struct.Struct(">ih").pack
_INT = struct.Struct(">ii").pack
_BIG = struct.Struct(">iq").pack
REMEMBERED = 4_096
"""Values of a type that are remembered in their binary form. Most are written in several columns, rows and batches, and
to look one up costs a fifth of making it."""


class Parameter:
    """`data` is complete; `oid` is its type."""

    __slots__ = ("data",)
    data: bytes | None
    """None: a null."""
    oid: int


class Number(Parameter):
    """A bigint."""

    __slots__ = ()
    oid = 20

    def __init__(self, value: int) -> None:
        self.data = _BIG(8, value)[4:]


class Value(Parameter):
    """Of any type: the only one of an array."""

    __slots__ = ("oid",)

    def __init__(self, oid: int, data: bytes | None) -> None:
        self.oid = oid
        self.data = data


class Array(Parameter):
    """A one-dimensional array; make one by the function of its type."""

    __slots__ = ("_only", "count")
    element_oid: ClassVar[int]

    def __init__(self, items: Sequence[bytes]) -> None:
        """Each item with its length in front."""
        self.count = len(items)
        self._only: Value | None = None
        if items:
            self.data = _HEADER(1, 1, self.element_oid, len(items), 1) + b"".join(items)
        else:
            self.data = _EMPTY(0, 0, self.element_oid)

    @property
    def only(self) -> Value:
        """Its item, where it has just one. Remembered: arrays of one are, too."""
        if self._only is None:
            assert self.data is not None, "an array is no null"
            length, item = self.data[_HEADER_BYTES:_ITEM_AT], self.data[_ITEM_AT:]
            self._only = Value(self.element_oid, None if length == _NULL else item)
        return self._only


class Texts(Array):
    __slots__ = ()
    element_oid, oid = 25, 1009


class Blobs(Array):
    __slots__ = ()
    element_oid, oid = 17, 1001


class Uuids(Array):
    __slots__ = ()
    element_oid, oid = 2950, 2951


class Smalls(Array):
    __slots__ = ()
    element_oid, oid = 21, 1005


class Ints(Array):
    __slots__ = ()
    element_oid, oid = 23, 1007


class Bigs(Array):
    __slots__ = ()
    element_oid, oid = 20, 1016


class Bools(Array):
    __slots__ = ()
    element_oid, oid = 16, 1000


class Instants(Array):
    __slots__ = ()
    element_oid, oid = 1184, 1185


def values(parameters: Mapping[str, Parameter]) -> dict[str, Parameter]:
    """What arrays of one have in them."""
    return {name: each.only if isinstance(each, Array) else each for name, each in parameters.items()}


def texts(values: Iterable[str | None]) -> Texts:
    return _array(Texts, _text, values)


def blobs(values: Iterable[bytes | None]) -> Blobs:
    return Blobs([_NULL if value is None else _LENGTH(len(value)) + value for value in values])


def uuids(values: Iterable[str]) -> Uuids:
    """Of run ids in their canonical text."""
    return _array(Uuids, _uuid, values)


def smalls(values: Iterable[int]) -> Smalls:
    return _array(Smalls, _small, values)


def ints(values: Iterable[int | None]) -> Ints:
    return _array(Ints, _int, values)


def bigs(values: Iterable[int | None]) -> Bigs:
    return _array(Bigs, _big, values)


def bools(values: Iterable[bool]) -> Bools:
    return _array(Bools, _bool, values)


def instants(values: Iterable[datetime | None]) -> Instants:
    return _array(Instants, _instant, values)


def _array[A: Array](kind: type[A], item: Callable[[Any], bytes], values: Iterable[Any]) -> A:
    if type(values) is list and len(values) == 1:
        found: A = _alone(kind, item, values[0])  # type: ignore[arg-type]
        return found
    return kind(list(map(item, values)))


@lru_cache(maxsize=REMEMBERED)
def _alone(kind: type[Array], item: Callable[[Any], bytes], value: Any) -> Any:
    """Who has the engine for themselves waits for batches of one row, and those are sixty arrays."""
    return kind([item(value)])


@lru_cache(maxsize=REMEMBERED)
def _text(value: str | None) -> bytes:
    if value is None:
        return _NULL
    item = value.encode()
    return _LENGTH(len(item)) + item


@lru_cache(maxsize=REMEMBERED)
def _uuid(value: str) -> bytes:
    return _SIXTEEN + bytes.fromhex(value.replace("-", ""))


@lru_cache(maxsize=REMEMBERED)
def _small(value: int) -> bytes:
    return _SMALL(2, value)


@lru_cache(maxsize=REMEMBERED)
def _int(value: int | None) -> bytes:
    return _NULL if value is None else _INT(4, value)


@lru_cache(maxsize=REMEMBERED)
def _big(value: int | None) -> bytes:
    return _NULL if value is None else _BIG(8, value)


def _bool(value: bool) -> bytes:
    return _TRUE if value else _FALSE


@lru_cache(maxsize=REMEMBERED)
def _instant(value: datetime | None) -> bytes:
    return _NULL if value is None else _BIG(8, span_us(value - _POSTGRES_EPOCH))


def register(adapters: AdaptersMap) -> None:
    """Lets a connection take these as parameters."""
    for kind in (Number, Texts, Blobs, Uuids, Smalls, Ints, Bigs, Bools, Instants):
        adapters.register_dumper(kind, _dumper(kind))


def _dumper(kind: type[Parameter]) -> type[Dumper]:
    class ParameterDumper(Dumper):
        format = Format.BINARY
        oid = kind.oid

        def dump(self, obj: Any) -> bytes:
            return obj.data  # type: ignore[no-any-return]

    return ParameterDumper
