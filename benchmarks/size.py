"""`python -m benchmarks.size [--workflows N]`: rows, bytes on disk and WAL of one workflow of one activity.

Bulk on a stack of its own; then VACUUM, so that what is counted is what stays. Bytes are those of a table with its
indexes and TOAST, over many workflows: a page that is half full is shared by all.
"""

import argparse
from collections.abc import Mapping

from benchmarks.ours import stack as ours
from benchmarks.ours.stack import Stack
from benchmarks.workloads.workload import WARM_UP

WORKFLOWS = 20_000
PORTION = 250
"""Under way at a time: a machine that is busy shall take longer, and not time out."""
SIZES = """
SELECT relname, pg_table_size(oid), pg_indexes_size(oid), reltuples
FROM pg_class WHERE relkind = 'r' AND relname LIKE 'sched\\_%' ORDER BY relname
"""
type Sizes = Mapping[str, tuple[int, int, float]]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.size", description=__doc__)
    parser.add_argument("--workflows", type=int, default=WORKFLOWS)
    count = parser.parse_args().workflows
    with ours.running() as stack:
        stack.ask("bulk", count=WARM_UP)
        before = sizes(stack)
        with stack.counted() as counts:
            for done in range(0, count, PORTION):
                stack.ask("bulk", count=min(PORTION, count - done))
        after = sizes(stack)
    print(table(before, after, count))
    print(f"\nWAL: {counts.wal_bytes / count:,.0f} bytes a workflow")


def sizes(stack: Stack) -> Sizes:
    """By table: bytes of the table, bytes of its indexes, rows."""
    with stack.connect() as connection:
        connection.execute("VACUUM ANALYZE")
        rows = connection.execute(SIZES).fetchall()
    return {name: (heap, index, max(tuples, 0)) for name, heap, index, tuples in rows}


def table(before: Sizes, after: Sizes, count: int) -> str:
    """As Markdown; tables that have not grown by a byte a workflow are left out."""
    lines = ["| table | rows | bytes | bytes of its indexes |", "| --- | --- | --- | --- |"]
    total = 0.0
    for name, now in after.items():
        heap, index, rows = ((new - old) / count for new, old in zip(now, before[name], strict=True))
        total += heap + index
        if heap + index >= 1:
            lines.append(f"| `{name}` | {rows:.1f} | {heap:,.0f} | {index:,.0f} |")
    return "\n".join([*lines, f"| all | | {total:,.0f} together | |"])


if __name__ == "__main__":
    main()
