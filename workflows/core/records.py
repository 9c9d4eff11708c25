"""The `dataclass` of the kernel's hot values: frozen for the type checker, quick to make at run time.

A frozen dataclass sets each field through `object.__setattr__`, which made half of the cost of a decision: an activity
with 17 fields took 6 µs, and takes 1.5 so. What `frozen=True` is to prevent, `mypy --strict` finds in the code, and the
laws find in its behaviour ("the argument stays as it was"). Equality and hash are those of a frozen dataclass.
"""

import dataclasses
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(*, frozen: bool = False, **options: Any) -> Any:
        """As `dataclasses.dataclass`, but `frozen` classes are only hashable."""
        return dataclasses.dataclass(unsafe_hash=frozen, **options)


def copier[T](kind: type[T], names: Sequence[str]) -> Callable[[T], T]:
    """A function that makes an object with the same values of these attributes, the others not set.

    Written out and compiled, as `dataclasses` does: a loop over `setattr` takes four times as long, and
    `dataclasses.replace` sixteen times.
    """
    lines = "".join(f"    copy.{name} = original.{name}\n" for name in names)
    code = f"def copied(original):\n    copy = new(kind)\n{lines}    return copy\n"
    scope: dict[str, Any] = {"new": object.__new__, "kind": kind}
    exec(code, scope)  # noqa: S102 - of the names of fields
    copied: Callable[[T], T] = scope["copied"]
    return copied


__all__ = ["copier", "dataclass"]
