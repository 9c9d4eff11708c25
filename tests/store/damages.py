"""Damages: what can be wrong with a database, one thing at a time, and the findings that each must cause."""

from __future__ import annotations

from dataclasses import dataclass, fields

from tests.store.crowd import Crowd, raw_id
from tests.store.databases import Database
from workflows.store.fsck import Rule

NOBODY = "00000000-0000-7000-8000-00000000dead"
INBOX_ENTRY = "inbox entry"
PAST = "'2020-01-01 00:00:00+00:00'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """`{busy}`, `{nobody}` and so on in the statement are run ids."""

    name: str
    sql: str
    finds: frozenset[tuple[Rule, str, str]]
    """Rule, what, and the run."""

    def inflict(self, database: Database, runs: Crowd) -> None:
        names = {each.name: raw_id(database, getattr(runs, each.name)) for each in fields(runs)}
        quoted = {name: f"'{run}'" for name, run in names.items()}
        database.run(self.sql.format(nobody=f"'{raw_id(database, NOBODY)}'", **quoted))

    def expected(self, runs: Crowd) -> set[tuple[Rule, str, str]]:
        """The findings, with the runs' ids."""
        ids = {each.name: str(getattr(runs, each.name)) for each in fields(runs)} | {"nobody": NOBODY, "": ""}
        return {(rule, what, ids[run]) for rule, what, run in self.finds}


def damage(
    name: str, sql: str, *finds: tuple[Rule, str] | tuple[Rule, str, str], run: str = "busy"
) -> Damage:
    """`run` is the one that findings are about which do not name theirs."""
    named = frozenset((each[0], each[1], each[2] if len(each) == 3 else run) for each in finds)
    return Damage(name=name, sql=sql, finds=named)


def header(column: str, value: str, *, rule: Rule = Rule.HEADER, run: str = "busy") -> Damage:
    sql = f"UPDATE sched_executions SET {column} = {value} WHERE run_id = {{{run}}}"
    return damage(f"header-{column}", sql, (rule, column), run=run)


def child(table: str, where: str, column: str, value: str, rule: Rule, what: str) -> Damage:
    sql = f"UPDATE sched_{table} SET {column} = {value} WHERE run_id = {{busy}} AND {where}"
    named = what if rule is Rule.PLACE else f"{what}: {column}"
    return damage(f"{table}-{rule}-{column}", sql, (rule, named))


_HISTORY = (
    damage(
        "event-lost",
        "DELETE FROM sched_events WHERE run_id = {busy} AND seq = 4",
        (Rule.HISTORY_GAP, "event behind 3"),
    ),
    damage(
        "first-event-lost",
        "DELETE FROM sched_events WHERE run_id = {busy} AND seq = 1",
        (Rule.HISTORY_GAP, "event behind 0"),
    ),
    damage(
        "last-events-lost",
        "DELETE FROM sched_events WHERE run_id = {busy} AND seq >= 6",
        (Rule.HISTORY_GAP, "last event"),
    ),
    damage("all-events-lost", "DELETE FROM sched_events WHERE run_id = {busy}", (Rule.HISTORY_GAP, "events")),
    damage(
        "unreadable",
        "UPDATE sched_events SET data = (SELECT data FROM sched_events WHERE run_id = {fresh}) WHERE run_id = {busy}"
        " AND seq = 5",
        (Rule.HISTORY_UNREADABLE, "event 5: its own number"),
    ),
    damage(
        "another-start",
        "UPDATE sched_events SET data = (SELECT data FROM sched_events WHERE run_id = {fresh}) WHERE run_id = {busy}"
        " AND seq = 1",
        (Rule.HISTORY_UNREADABLE, "event 1: its own run"),
    ),
    damage(
        "event-type",
        "UPDATE sched_events SET type = 77 WHERE run_id = {busy} AND seq = 5",
        (Rule.EVENT_TYPE, "event 5: type"),
    ),
    damage(
        "event-place",
        "UPDATE sched_events SET shard = shard + 1 WHERE run_id = {busy} AND seq = 5",
        (Rule.PLACE, "events"),
    ),
)
_HEADERS = (
    header("workflow_type", "'Other'"),
    header("task_queue", "'other'"),
    header("started_at", PAST),
    header("execution_timeout_us", "5"),
    header("last_event", "last_event + 1"),
    header("last_event_at", PAST),
    header("turns", "turns + 1"),
    header("turn_due", "NOT turn_due"),
    header("seen_through", "seen_through + 1"),
    header("wait", "memo"),
    header("wait_left", "wait_left + 1"),
    header("commands", "commands + 1"),
    header("cancel_requested", "NOT cancel_requested"),
    header("signals_open", "signals_open + 1"),
    header("memo", "NULL"),
    header("search_attributes", "memo"),
    header("shard", "shard + 1", rule=Rule.PLACE),
    header("status", "'COMPLETED'", rule=Rule.END),
    header("closed_at", PAST, rule=Rule.END),
    damage(
        "header-status-of-ended",
        "UPDATE sched_executions SET status = 'FAILED' WHERE run_id = {ended}",
        (Rule.END, "status"),
        run="ended",
    ),
    damage(
        "header-closed-at-of-ended",
        "UPDATE sched_executions SET closed_at = NULL WHERE run_id = {ended}",
        (Rule.END, "closed_at"),
        run="ended",
    ),
    damage(
        "header-behind",
        "UPDATE sched_executions SET last_event = 5 WHERE run_id = {busy}",
        (Rule.HEADER, "last_event"),
    ),
    damage(
        "header-lost",
        "DELETE FROM sched_executions WHERE run_id = {busy}",
        (Rule.HEADER_MISSING, "header"),
    ),
)
_ACTIVITIES = (
    damage(
        "activity-lost",
        "DELETE FROM sched_activities WHERE run_id = {busy} AND number = 3",
        (Rule.ACTIVITY_MISSING, "activity 3"),
    ),
    damage(
        "activity-that-backs-off-lost",
        "DELETE FROM sched_activities WHERE run_id = {busy} AND number = 4",
        (Rule.ACTIVITY_MISSING, "activity 4"),
    ),
    damage(
        "activity-extra",
        "UPDATE sched_activities SET number = 9 WHERE run_id = {busy} AND number = 3",
        (Rule.ACTIVITY_MISSING, "activity 3"),
        (Rule.ACTIVITY_EXTRA, "activity 9"),
    ),
    child("activities", "number = 3", "attempt", "7", Rule.ACTIVITY, "activity 3"),
    child("activities", "number = 3", "backing_off", "NOT backing_off", Rule.ACTIVITY, "activity 3"),
    child("activities", "number = 3", "activity_type", "'Other'", Rule.ACTIVITY, "activity 3"),
    child("activities", "number = 3", "detached", "NOT detached", Rule.ACTIVITY, "activity 3"),
    child("activities", "number = 3", "start_to_close_us", "NULL", Rule.ACTIVITY, "activity 3"),
    child("activities", "number = 4", "last_failure", "NULL", Rule.ACTIVITY, "activity 4"),
    child("activities", "number = 3", "shard", "shard + 1", Rule.PLACE, "activity 3"),
    damage(
        "activity-backs-off-no-more",
        "UPDATE sched_activities SET backing_off = NOT backing_off WHERE run_id = {busy} AND number = 4",
        (Rule.ACTIVITY, "activity 4: backing_off"),
    ),
    damage(
        "activity-of-next-attempt-backs-off",
        "UPDATE sched_activities SET backing_off = NOT backing_off WHERE run_id = {after} AND number = 3",
        (Rule.ACTIVITY, "activity 3: backing_off"),
        run="after",
    ),
)
_TASKS = (
    damage(
        "task-lost",
        "DELETE FROM sched_tasks WHERE run_id = {busy} AND number = 5",
        (Rule.TASK_MISSING, "activity task 5/1"),
    ),
    damage(
        "workflow-task-lost",
        "DELETE FROM sched_tasks WHERE run_id = {fresh}",
        (Rule.TASK_MISSING, "workflow task 1/1"),
        run="fresh",
    ),
    damage(
        "workflow-task-extra",
        "UPDATE sched_tasks SET number = 2 WHERE run_id = {fresh}",
        (Rule.TASK_MISSING, "workflow task 1/1"),
        (Rule.TASK_EXTRA, "workflow task 2/1"),
        run="fresh",
    ),
    damage(
        "task-of-the-attempt-before",
        "UPDATE sched_tasks SET attempt = 1 WHERE run_id = {after}",
        (Rule.TASK_MISSING, "activity task 3/2"),
        (Rule.TASK_EXTRA, "activity task 3/1"),
        run="after",
    ),
    child("tasks", "number = 5", "queue", "'other'", Rule.TASK, "activity task 5/1"),
    child("tasks", "number = 5", "workflow_id", "'other'", Rule.TASK, "activity task 5/1"),
    child("tasks", "number = 3", "start_to_close_us", "NULL", Rule.TASK, "activity task 3/1"),
    child("tasks", "number = 3", "heartbeat_timeout_us", "7", Rule.TASK, "activity task 3/1"),
    child("tasks", "number = 3", "cancel_requested", "NOT cancel_requested", Rule.TASK, "activity task 3/1"),
    child("tasks", "number = 5", "shard", "shard + 1", Rule.PLACE, "activity task 5/1"),
    child("tasks", "number = 3", "lease_until", "NULL", Rule.LEASE, "activity task 3/1"),
    child("tasks", "number = 3", "claimed_at", "NULL", Rule.LEASE, "activity task 3/1"),
    child("tasks", "number = 3", "delivery", "0", Rule.LEASE, "activity task 3/1"),
    child("tasks", "number = 5", "lost", "3", Rule.LEASE, "activity task 5/1"),
    child("tasks", "number = 5", "session", "'s'", Rule.LEASE, "activity task 5/1"),
    child("tasks", "number = 5", "engine", "'e'", Rule.LEASE, "activity task 5/1"),
    child("tasks", "number = 5", "heartbeat_at", "created_at", Rule.LEASE, "activity task 5/1"),
    damage(
        "lease-without-an-owner",
        "UPDATE sched_tasks SET owner = NULL, session = NULL, engine = NULL, claimed_at = NULL"
        " WHERE run_id = {busy} AND number = 3",
        (Rule.LEASE, "activity task 3/1: lease_until"),
    ),
)
_TIMERS = (
    damage(
        "timer-lost",
        "DELETE FROM sched_timers WHERE run_id = {busy} AND kind = 1",
        (Rule.TIMER_MISSING, "user timer 6"),
    ),
    damage(
        "retry-lost",
        "DELETE FROM sched_timers WHERE run_id = {busy} AND kind = 2",
        (Rule.TIMER_MISSING, "retry timer 4"),
    ),
    damage(
        "deadline-lost",
        "DELETE FROM sched_timers WHERE run_id = {busy} AND kind = 3",
        (Rule.TIMER_MISSING, "deadline timer 5"),
    ),
    damage(
        "execution-timeout-lost",
        "DELETE FROM sched_timers WHERE run_id = {busy} AND kind = 4",
        (Rule.TIMER_MISSING, "execution timer 0"),
    ),
    damage(
        "timer-extra",
        "UPDATE sched_timers SET number = 9 WHERE run_id = {busy} AND kind = 1",
        (Rule.TIMER_MISSING, "user timer 6"),
        (Rule.TIMER_EXTRA, "user timer 9"),
    ),
    *(
        damage(
            f"timer-due-{kind}",
            f"UPDATE sched_timers SET due_at = '2099-01-01 00:00:00+00:00' WHERE run_id = {{busy}} AND kind = {kind}",
            (Rule.TIMER, f"{name}: due_at"),
        )
        for kind, name in enumerate(
            ("user timer 6", "retry timer 4", "deadline timer 5", "execution timer 0"), 1
        )
    ),
    child("timers", "kind = 2", "stamp", "7", Rule.TIMER, "retry timer 4"),
    child("timers", "kind = 1", "shard", "shard + 1", Rule.PLACE, "user timer 6"),
)
_ORPHANS = (
    damage(
        "inbox-of-nobody",
        "UPDATE sched_inbox SET run_id = {nobody}",
        (Rule.ORPHAN, INBOX_ENTRY),
        run="nobody",
    ),
    damage(
        "timer-of-nobody",
        "UPDATE sched_timers SET run_id = {nobody} WHERE run_id = {busy} AND kind = 4",
        (Rule.ORPHAN, "execution timer 0", "nobody"),
        (Rule.TIMER_MISSING, "execution timer 0"),
    ),
    damage(
        "task-of-nobody",
        "UPDATE sched_tasks SET run_id = {nobody} WHERE run_id = {fresh}",
        (Rule.ORPHAN, "workflow task 1/1", "nobody"),
        (Rule.TASK_MISSING, "workflow task 1/1"),
        run="fresh",
    ),
    damage(
        "activity-of-nobody",
        "UPDATE sched_activities SET run_id = {nobody} WHERE run_id = {after}",
        (Rule.ORPHAN, "activity 3", "nobody"),
        (Rule.ACTIVITY_MISSING, "activity 3"),
        run="after",
    ),
    damage(
        "request-of-nobody",
        "UPDATE sched_requests SET run_id = {nobody} WHERE run_id = {ended}",
        (Rule.ORPHAN, "request end-it"),
        run="nobody",
    ),
    damage(
        "current-run-of-nobody",
        "INSERT INTO sched_current_runs (namespace, workflow_id, shard, run_id)"
        " VALUES ('default', 'nobody', 1, {nobody})",
        (Rule.ORPHAN, "current run"),
        run="nobody",
    ),
)
_IDS = (
    damage(
        "current-run-lost",
        "DELETE FROM sched_current_runs WHERE run_id = {busy}",
        (Rule.CURRENT_RUN, "current run"),
    ),
    damage(
        "current-run-behind",
        "UPDATE sched_current_runs SET run_id = {ended} WHERE run_id = {again}",
        (Rule.CURRENT_RUN, "current run"),
        run="ended",
    ),
    damage(
        "current-run-of-another-id",
        "UPDATE sched_current_runs SET run_id = {busy} WHERE run_id = {again}",
        (Rule.CURRENT_RUN, "current run"),
    ),
    damage(
        "current-run-that-is-nobody",
        "UPDATE sched_current_runs SET run_id = {nobody} WHERE run_id = {again}",
        (Rule.CURRENT_RUN, "current run"),
        run="nobody",
    ),
    damage(
        "current-run-place",
        "UPDATE sched_current_runs SET shard = shard + 1 WHERE run_id = {busy}",
        (Rule.PLACE, "current run"),
    ),
    damage(
        "request-place",
        "UPDATE sched_requests SET shard = shard + 1 WHERE run_id = {fresh}",
        (Rule.PLACE, "request start-it"),
        run="fresh",
    ),
    damage(
        "request-of-another-id",
        "UPDATE sched_requests SET run_id = {busy} WHERE run_id = {fresh}",
        (Rule.REQUEST, "request start-it"),
    ),
    damage("inbox-kind", "UPDATE sched_inbox SET kind = 9", (Rule.INBOX, INBOX_ENTRY), run="fresh"),
    damage("inbox-place", "UPDATE sched_inbox SET shard = shard + 1", (Rule.PLACE, INBOX_ENTRY), run="fresh"),
    damage(
        "id-of-another",
        "UPDATE sched_executions SET workflow_id = 'again' WHERE run_id = {busy}",
        (Rule.HEADER, "workflow_id"),
    ),
)
DAMAGES = (*_HISTORY, *_HEADERS, *_ACTIVITIES, *_TASKS, *_TIMERS, *_ORPHANS, *_IDS)
