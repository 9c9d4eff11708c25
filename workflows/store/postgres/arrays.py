"""Arrays as parameters, in PostgreSQL's binary form, made here.

psycopg's own dumper picks an array's element type by its values (int2, int4, int8), and each choice would be another
prepared statement; it is also four times slower. A class for each element type pins both.
"""

import struct
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

from psycopg.adapt import AdaptersMap, Dumper
from psycopg.pq import Format

from workflows.codec.values import span_us

_POSTGRES_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_NULL = b"\xff\xff\xff\xff"
_LENGTH = struct.Struct(">i").pack
_HEADER = struct.Struct(">iiIii").pack  # dimensions, may hold nulls, element type, length, lower bound
_EMPTY = struct.Struct(">iiI").pack


class Array:
    """A one-dimensional array in binary form. `data` is complete; make one by the class method of its type."""

    __slots__ = ("data",)
    element_oid: ClassVar[int]
    array_oid: ClassVar[int]

    def __init__(self, items: Sequence[bytes | None]) -> None:
        if not items:
            self.data = _EMPTY(0, 0, self.element_oid)
            return
        parts = [_HEADER(1, 1, self.element_oid, len(items), 1)]
        for item in items:
            if item is None:
                parts.append(_NULL)
            else:
                parts.append(_LENGTH(len(item)))
                parts.append(item)
        self.data = b"".join(parts)


class Texts(Array):
    __slots__ = ()
    element_oid, array_oid = 25, 1009


class Blobs(Array):
    __slots__ = ()
    element_oid, array_oid = 17, 1001


class Uuids(Array):
    __slots__ = ()
    element_oid, array_oid = 2950, 2951


class Smalls(Array):
    __slots__ = ()
    element_oid, array_oid = 21, 1005


class Ints(Array):
    __slots__ = ()
    element_oid, array_oid = 23, 1007


class Bigs(Array):
    __slots__ = ()
    element_oid, array_oid = 20, 1016


class Bools(Array):
    __slots__ = ()
    element_oid, array_oid = 16, 1000


class Instants(Array):
    __slots__ = ()
    element_oid, array_oid = 1184, 1185


_SMALL = struct.Struct(">h").pack
_INT = struct.Struct(">i").pack
_BIG = struct.Struct(">q").pack


def texts(values: Iterable[str | None]) -> Texts:
    return Texts([None if value is None else value.encode() for value in values])


def blobs(values: Iterable[bytes | None]) -> Blobs:
    return Blobs(list(values))


def uuids(values: Iterable[str]) -> Uuids:
    """Of run ids in their canonical text."""
    return Uuids([bytes.fromhex(value.replace("-", "")) for value in values])


def smalls(values: Iterable[int]) -> Smalls:
    return Smalls([_SMALL(value) for value in values])


def ints(values: Iterable[int | None]) -> Ints:
    return Ints([None if value is None else _INT(value) for value in values])


def bigs(values: Iterable[int | None]) -> Bigs:
    return Bigs([None if value is None else _BIG(value) for value in values])


def bools(values: Iterable[bool]) -> Bools:
    return Bools([b"\x01" if value else b"\x00" for value in values])


def instants(values: Iterable[datetime | None]) -> Instants:
    return Instants([None if value is None else _BIG(span_us(value - _POSTGRES_EPOCH)) for value in values])


def register(adapters: AdaptersMap) -> None:
    """Lets a connection take these as parameters."""
    for kind in (Texts, Blobs, Uuids, Smalls, Ints, Bigs, Bools, Instants):
        adapters.register_dumper(kind, _dumper(kind))


def _dumper(kind: type[Array]) -> type[Dumper]:
    class ArrayDumper(Dumper):
        format = Format.BINARY
        oid = kind.array_oid

        def dump(self, obj: Any) -> bytes:
            return obj.data  # type: ignore[no-any-return]

    return ArrayDumper
