"""Arrays as rows: the way a batch's values come into a statement; and values as one row, where there is only one."""

import re

_UNNESTED = re.compile(r"unnest\((%\(\w+\)s)\)")


def of_one_row(statement: str) -> str:
    """The same for one row, whose parameters are values (`arrays.values`). The server reads them where they are, and
    its plan has neither loop nor join for them."""
    return _UNNESTED.sub(r"\1", statement)


def rows_of(columns: str) -> str:
    """A SELECT with a row for each place of some arrays of one length.

    `FROM unnest(…)` would first write each array to a store of its own, of 16 KiB: with the sixty arrays of a batch of
    one that was half of what the server did. In the list of a SELECT they are read as they are needed.

    Args:
        columns: parameters, each with the name of its column where that counts: `"runs run_id, kinds kind"`.
    """
    listed = (column.strip().partition(" ") for column in columns.split(","))
    return "SELECT " + ", ".join(
        f"unnest(%({array})s)" + (name and f" AS {name}") for array, _, name in listed
    )
