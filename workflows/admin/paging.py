"""Pages of a table that may be large: nothing counts all of it for them."""

from django.core.paginator import Paginator
from django.db.models import QuerySet

ROWS_MAX = 10_000
"""Counted, and reachable page by page; who wants older rows narrows the list down."""


class BoundedPaginator(Paginator):  # type: ignore[type-arg] # it takes none when run
    """Counts, and leads to, the first `ROWS_MAX` rows."""

    _counted: int | None = None

    def told(self, count: int | None) -> None:
        """What somebody else has counted already; None: nobody has."""
        self._counted = None if count is None else min(count, ROWS_MAX)

    @property
    def count(self) -> int:
        """At most `ROWS_MAX`; asked once."""
        if self._counted is None:
            rows = self.object_list[:ROWS_MAX]
            self._counted = rows.count() if isinstance(rows, QuerySet) else len(rows)
        return self._counted
