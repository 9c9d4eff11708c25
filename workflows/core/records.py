"""The `dataclass` of the kernel's hot values: frozen for the type checker, quick to make at run time.

A frozen dataclass sets each field through `object.__setattr__`, which made half of the cost of a decision: an activity
with 17 fields took 6 µs, and takes 1.5 so. What `frozen=True` is to prevent, `mypy --strict` finds in the code, and the
laws find in its behaviour ("the argument stays as it was"). Equality and hash are those of a frozen dataclass.
"""

import dataclasses
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(*, frozen: bool = False, **options: Any) -> Any:
        """As `dataclasses.dataclass`, but `frozen` classes are only hashable."""
        return dataclasses.dataclass(unsafe_hash=frozen, **options)


__all__ = ["dataclass"]
