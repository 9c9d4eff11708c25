"""The statement that writes a batch: data-modifying parts over arrays, those of them that have anything to do.

The parts touch different tables or different rows, so their order is free. The query itself checks that what was read
without a lock still holds; if not, it fails the statement, and the COMMIT behind it does nothing.

A batch's is to be in the transaction of what was read, too. A guess sends it behind a BEGIN that is not answered yet:
where that is cancelled, say, the check of the guess is not carried out, and a statement by itself would commit. Locks
have given the right transaction an id by now; a new one has none before it writes. (The query begins before the parts
that write: a test looks at that.)
"""

# ruff: noqa: S608 - put together from this module's constants; values are parameters

from functools import cache
from typing import LiteralString, NamedTuple

from workflows.store.postgres.unnest import of_one_row, rows_of

PARTS: dict[str, str] = {
    "new_runs": f"""INSERT INTO sched_executions (run_id, namespace, shard, workflow_id, workflow_type, task_queue,
        status, started_at, closed_at, execution_timeout_us, last_event, last_event_at, turns, turn_due, seen_through,
        wait, wait_left, commands, cancel_requested, signals_open, memo, search_attributes)
        {
        rows_of('''n_run, n_namespace, n_shard, n_workflow_id, n_type, n_queue, n_status, n_started_at,
        n_closed_at, n_timeout, n_last_event, n_last_event_at, n_turns, n_turn_due, n_seen, n_wait,
        n_wait_left, n_commands, n_cancel, n_signals, n_memo, n_attributes''')
    }""",
    "headers": f"""UPDATE sched_executions x SET status = u.status, closed_at = u.closed_at, last_event = u.last_event,
        last_event_at = u.last_event_at, turns = u.turns, turn_due = u.turn_due, seen_through = u.seen_through,
        wait = u.wait, wait_left = u.wait_left, commands = u.commands, cancel_requested = u.cancel_requested,
        signals_open = u.signals_open
        FROM ({
        rows_of('''h_run run_id, h_status status, h_closed_at closed_at, h_last_event last_event,
        h_last_event_at last_event_at, h_turns turns, h_turn_due turn_due, h_seen seen_through,
        h_wait wait, h_wait_left wait_left, h_commands commands, h_cancel cancel_requested,
        h_signals signals_open''')
    }) u WHERE x.run_id = u.run_id""",
    "events": f"""INSERT INTO sched_events (run_id, seq, shard, namespace, type, data)
        {rows_of("e_run, e_seq, e_shard, e_namespace, e_type, e_data")}""",
    "new_tasks": f"""INSERT INTO sched_tasks (run_id, kind, number, attempt, namespace, shard, queue, workflow_id,
        created_at, visible_at, start_to_close_us, heartbeat_timeout_us, delivery, owner, session, engine,
        claimed_at, lease_until, heartbeat_details)
        SELECT run_id, kind, number, attempt, namespace, shard, queue, workflow_id, created_at, created_at,
        start_to_close_us, heartbeat_timeout_us, (owner IS NOT NULL)::int, owner, session, engine, claimed_at,
        lease_until, CASE WHEN attempt > 1 THEN (SELECT a.heartbeat_details
        FROM sched_activities a WHERE a.run_id = u.run_id AND a.number = u.number) END
        FROM ({
        rows_of('''
        t_run run_id, t_kind kind, t_number number, t_attempt attempt, t_namespace namespace,
        t_shard shard, t_queue queue, t_workflow_id workflow_id, t_created_at created_at,
        t_start_to_close start_to_close_us, t_heartbeat heartbeat_timeout_us, t_owner owner,
        t_session session, t_engine engine, t_claimed_at claimed_at, t_lease_until lease_until''')
    }) u""",
    "changed_tasks": f"""UPDATE sched_tasks t SET lost = coalesce(u.lost, t.lost),
        visible_at = coalesce(u.visible_at, t.visible_at), problem = coalesce(u.problem, t.problem),
        cancel_requested = t.cancel_requested OR u.stop,
        owner = CASE WHEN u.lost IS NULL THEN t.owner END, session = CASE WHEN u.lost IS NULL THEN t.session END,
        engine = CASE WHEN u.lost IS NULL THEN t.engine END,
        claimed_at = CASE WHEN u.lost IS NULL THEN t.claimed_at END,
        lease_until = CASE WHEN u.lost IS NULL THEN t.lease_until END,
        heartbeat_at = CASE WHEN u.lost IS NULL THEN t.heartbeat_at END
        FROM ({
        rows_of('''c_run run_id, c_kind kind, c_number number, c_attempt attempt, c_delivery delivery,
        c_lost lost, c_visible_at visible_at, c_problem problem, c_stop stop''')
    }) u
        WHERE t.run_id = u.run_id AND t.kind = u.kind AND t.number = u.number AND t.attempt = u.attempt
        AND (t.delivery = u.delivery OR u.stop)""",
    "ended_tasks": f"""DELETE FROM sched_tasks t
        USING ({rows_of("d_run run_id, d_kind kind, d_number number, d_attempt attempt")}) u
        WHERE t.run_id = u.run_id AND t.kind = u.kind AND t.number = u.number AND t.attempt = u.attempt""",
    "timers": f"""INSERT INTO sched_timers (run_id, kind, number, namespace, shard, due_at, stamp)
        {rows_of("m_run, m_kind, m_number, m_namespace, m_shard, m_due_at, m_stamp")}
        ON CONFLICT (run_id, kind, number) DO UPDATE SET due_at = excluded.due_at, stamp = excluded.stamp""",
    "ended_timers": f"""DELETE FROM sched_timers t
        USING ({rows_of("x_run run_id, x_kind kind, x_number number")}) u
        WHERE t.run_id = u.run_id AND t.kind = u.kind AND t.number = u.number""",
    "activities": f"""INSERT INTO sched_activities (run_id, number, namespace, shard, command, activity_type,
        task_queue, scheduled_at, retry, start_to_close_us, schedule_to_start_us, schedule_to_close_us,
        heartbeat_timeout_us, detached, cancel_requested, attempt, backing_off, last_failure)
        {
        rows_of('''
        a_run, a_number, a_namespace, a_shard, a_command, a_type, a_queue, a_scheduled_at, a_retry,
        a_start_to_close, a_schedule_to_start, a_schedule_to_close, a_heartbeat, a_detached, a_cancel,
        a_attempt, a_backing_off, a_last_failure''')
    }
        ON CONFLICT (run_id, number) DO UPDATE SET cancel_requested = excluded.cancel_requested,
        attempt = excluded.attempt, backing_off = excluded.backing_off, last_failure = excluded.last_failure""",
    # The task of the failed attempt ends in the same statement, whose snapshot still has it.
    "failed_activities": f"""UPDATE sched_activities a SET cancel_requested = u.cancel_requested, attempt = u.attempt,
        backing_off = true, last_failure = u.last_failure, heartbeat_details = coalesce((SELECT t.heartbeat_details
        FROM sched_tasks t WHERE t.run_id = u.run_id AND t.kind = 2 AND t.number = u.number AND t.attempt = u.attempt),
        a.heartbeat_details)
        FROM ({
        rows_of('''b_run run_id, b_number number, b_cancel cancel_requested, b_attempt attempt,
        b_last_failure last_failure''')
    }) u
        WHERE a.run_id = u.run_id AND a.number = u.number""",
    "ended_activities": f"""DELETE FROM sched_activities t USING ({rows_of("y_run run_id, y_number number")}) u
        WHERE t.run_id = u.run_id AND t.number = u.number""",
    "requests": f"""INSERT INTO sched_requests (namespace, workflow_id, request_id, shard, run_id)
        {rows_of("r_namespace, r_workflow_id, r_request_id, r_shard, r_run")}""",
    "new_current": f"""INSERT INTO sched_current_runs (namespace, workflow_id, shard, run_id)
        {rows_of("k_namespace, k_workflow_id, k_shard, k_run")}""",
    "moved_current": f"""UPDATE sched_current_runs c SET run_id = u.run_id
        FROM ({rows_of("v_namespace namespace, v_workflow_id workflow_id, v_run run_id, v_before before")}) u
        WHERE c.namespace = u.namespace AND c.workflow_id = u.workflow_id AND c.run_id = u.before RETURNING 1""",
}


class Part(NamedTuple):
    """Of a statement: which, and whether it is for one row, whose values are its parameters."""

    name: str
    is_one_row: bool

    @property
    def text(self) -> str:
        return of_one_row(PARTS[self.name]) if self.is_one_row else PARTS[self.name]


@cache
def statement(parts: tuple[Part, ...], *, behind_locks: bool) -> LiteralString:
    """The statement of these parts. It fails (division by zero) unless every id moved from where it was.

    Args:
        behind_locks: it fails, too, where its transaction has locked nothing before.
    """
    tables = ", ".join(f"{part.name} AS ({part.text})" for part in parts)
    wrong = ["pg_current_xact_id_if_assigned() IS NULL"] if behind_locks else []
    if any(part.name == "moved_current" for part in parts):
        wrong.append("(SELECT count(*) FROM moved_current) <> %(moves)s")
    cases = "".join(f"WHEN {rule} THEN 0 " for rule in wrong)  # in this order
    return f"WITH {tables} SELECT 1 / (CASE {cases}ELSE 1 END)" if wrong else f"WITH {tables} SELECT 1"
