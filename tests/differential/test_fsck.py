"""fsck over random histories: what a writer leaves has no findings, and comes back when all but the events is lost."""

from __future__ import annotations

from random import SystemRandom

from tests.differential.twins import Twins
from tests.telling import Tell
from workflows.store import fsck

SCRIPTS = 10
DERIVED = ("sched_executions", "sched_activities", "sched_tasks", "sched_timers", "sched_current_runs")


def test_what_any_writer_leaves_has_no_findings_and_comes_back_from_its_events(
    all_twins: Twins, tell: Tell
) -> None:
    """On both databases, after each of some scripts that nobody has seen; what is damaged is repaired completely."""
    first = SystemRandom().randrange(1_000_000, 2**40)
    tell(f"{SCRIPTS} scripts, seeds from {first}")
    for seed in range(first, first + SCRIPTS):
        all_twins.check(seed)
        for database in all_twins.databases:
            report = fsck.check(using=database.alias)
            assert report.is_clean, f"seed {seed}: {report}"
            for table in DERIVED:
                database.run(f"DELETE FROM {table}")
            outcomes = list(fsck.repair(using=database.alias))
            assert all(each.repaired for each in outcomes), f"seed {seed}: {outcomes}"
            assert fsck.check(using=database.alias) == ((), report.runs, report.events)
