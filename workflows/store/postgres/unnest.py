"""Arrays as rows: the way a batch's values come into a statement."""


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
