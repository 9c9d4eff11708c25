"""Checks that kept states are those of the database, in the transaction that goes on with them.

All of them lock what they find, headers and ids, and step over what another transaction has locked.
"""

# ruff: noqa: S608 - put together from this module's constants; values are parameters

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, LiteralString

from workflows.store.backend import StartKey
from workflows.store.inbox import KNOWN_KINDS
from workflows.store.kept import Expected, Held
from workflows.store.postgres import arrays as a
from workflows.store.postgres.load import FRESH_STARTS, starts_parameters
from workflows.store.postgres.unnest import of_one_row, rows_of

_UNCHANGED = f"""SELECT x.run_id FROM ({rows_of("k_run run_id, k_version version")}) k
    JOIN sched_executions x ON x.run_id = k.run_id
    WHERE x.xmin::text::bigint = k.version AND (SELECT e.id FROM sched_inbox e
        WHERE e.run_id = k.run_id AND e.kind IN ({KNOWN_KINDS}) LIMIT 1) IS NULL
    FOR UPDATE OF x SKIP LOCKED"""
"""Runs whose headers are of that version, and whose inboxes are empty."""
_HELD = f"({rows_of('g_run run_id, g_kind kind, g_number number, g_attempt attempt, g_delivery delivery')}) g"
_IS_HELD = """(SELECT t.delivery FROM sched_tasks t WHERE t.run_id = g.run_id AND t.kind = g.kind
    AND t.number = g.number AND t.attempt = g.attempt AND t.owner IS NOT NULL) IS NOT DISTINCT FROM g.delivery"""

UNCHANGED: LiteralString = f"SELECT u.run_id::text FROM ({_UNCHANGED}) u"
"""Those that may be gone on with, one in a row, but for those of `NOT_HELD`."""
NOT_HELD: LiteralString = f"SELECT g.run_id::text FROM {_HELD} WHERE NOT {_IS_HELD}"
"""Runs of tasks that are not held as was said."""


@cache
def guess(*, runs: bool, tasks: bool, starts: bool, timed: bool, alone: bool) -> LiteralString:
    """One row: the time, and the transaction's id. Fails (division by zero) unless all is as expected.

    Args:
        alone: of each kind there is one at most, and its values are the parameters.
    """
    rules = [f"(SELECT count(*) FROM ({_UNCHANGED}) u) = %(k_count)s"] if runs else []
    rules += [f"NOT EXISTS (SELECT FROM {_HELD} WHERE NOT {_IS_HELD})"] if tasks else []
    rules += [f"(SELECT count(*) FROM ({FRESH_STARTS}) s) = %(k_starts)s"] if starts else []
    rules += ["clock_timestamp() >= (%(k_now)s)[1]"] if timed else []
    check = f"1 / (CASE WHEN {' AND '.join(rules)} THEN 1 ELSE 0 END)" if rules else "1"
    text = f"SELECT {check}, clock_timestamp(), pg_current_xact_id()::text"
    return of_one_row(text) if alone else text


def guess_statement(expected: Expected, starts: Sequence[StartKey]) -> tuple[LiteralString, dict[str, Any]]:
    """With its parameters. Of starts nothing is known, and so they are expected to be the first of their ids."""
    parameters: dict[str, Any] = {}
    if expected.versions:
        parameters |= runs_parameters(expected.versions) | {"k_count": a.Number(len(expected.versions))}
    if expected.held:
        parameters |= held_parameters(expected.held)
    if starts:
        parameters |= starts_parameters(starts) | {"k_starts": a.Number(len(starts))}
    alone = max(len(expected.versions), len(expected.held), len(starts)) == 1
    if alone:
        parameters = a.values(parameters)
    timed = expected.now is not None
    if expected.now is not None:
        parameters["k_now"] = a.instants([expected.now])
    runs, tasks = bool(expected.versions), bool(expected.held)
    return guess(runs=runs, tasks=tasks, starts=bool(starts), timed=timed, alone=alone), parameters


def runs_parameters(versions: Mapping[str, int]) -> dict[str, Any]:
    """Of `UNCHANGED`, in the order of their keys."""
    ordered: Iterable[str] = sorted(versions)
    return {"k_run": a.uuids(ordered), "k_version": a.bigs(versions[run] for run in ordered)}


def held_parameters(held: Sequence[Held]) -> dict[str, Any]:
    """Of `NOT_HELD`."""
    keys = [each.key for each in held]
    return {
        "g_run": a.uuids(key.run_id for key in keys),
        "g_kind": a.smalls(key.kind for key in keys),
        "g_number": a.ints(key.number for key in keys),
        "g_attempt": a.ints(key.attempt for key in keys),
        "g_delivery": a.ints(each.delivery for each in held),
    }
