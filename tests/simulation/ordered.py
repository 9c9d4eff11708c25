"""A set in the order in which things came into it.

Python's own has that of addresses, which would make a run depend on what the process has done before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MutableSet


class OrderedSet[T](MutableSet[T]):
    """What the product uses of a set."""

    def __init__(self, items: Iterable[T] = ()) -> None:
        self._items = dict.fromkeys(items)

    def __contains__(self, item: object) -> bool:
        return item in self._items

    def __iter__(self) -> Iterator[T]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def add(self, value: T) -> None:
        self._items[value] = None

    def discard(self, value: T) -> None:
        self._items.pop(value, None)
