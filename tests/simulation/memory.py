"""Kept states in a simulation: the product's own `KeptStates`, over the versions that the simulated database counts.

SQLite has no use for them, so this is how the simulation has them in its scope: it decides on kept states as the
backend for PostgreSQL does, checks what that one checks, and holds each kept state that passes against the rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from sqlite3 import Connection

from workflows.core.inputs import Needs
from workflows.core.keys import TaskKey
from workflows.core.state import State
from workflows.core.transition import Transition
from workflows.store import kept as kept_module
from workflows.store.backend import LoadRequest
from workflows.store.inbox import KNOWN_KINDS
from workflows.store.kept import Held, Kept, KeptStates
from workflows.store.sqlite.load import state
from workflows.store.sqlite.values import hex_id

_INBOX = f"SELECT 1 FROM sched_inbox WHERE run_id = ? AND kind IN ({KNOWN_KINDS})"
_TASK = """SELECT 1 FROM sched_tasks WHERE run_id = ? AND kind = ? AND number = ? AND attempt = ? AND delivery = ?
    AND owner IS NOT NULL"""
_CHILDREN = ("activities", "timers", "unseen", "tasks")


class Memory:
    """Of one backend."""

    def __init__(self, versions: Mapping[str, int]) -> None:
        self.states = KeptStates()
        self._versions = versions
        self._kept: dict[str, Kept] = {}
        self._request = LoadRequest()

    def suits(self, request: LoadRequest) -> bool:
        """Whether the batch may be decided on what is kept alone."""
        self._request, self._kept = request, {}
        if request.held is None or request.starts or request.run_requests:
            return False
        kept = self.states.suitable(request.runs, request.held)
        if len(kept) < len(request.runs) or not self.states.may_guess():
            return False
        self._kept = kept
        return True

    @property
    def guessed(self) -> dict[str, State]:
        """The states that the batch is decided on."""
        return {run: kept.state for run, kept in self._kept.items()}

    def is_right(self, connection: Connection) -> bool:
        """In the transaction that writes: whether nobody else has."""
        held = self._request.held or {}
        right = all(
            self._versions[run] == kept.version
            and connection.execute(_INBOX, [hex_id(run)]).fetchone() is None
            and all(_is_held(connection, each) for each in held[run])
            for run, kept in self._kept.items()
        )
        self.states.guessed(right=right)
        if not right:
            self.states.forget(self._kept)
        return right

    def differences(self, connection: Connection) -> list[tuple[str, object, object]]:
        """Between the kept states and the rows: what is kept, and what a load would have found."""
        found: list[tuple[str, object, object]] = []
        for run, kept in self._kept.items():
            loaded = state(connection, run, Needs(all_children=True, seen_through=0))
            assert loaded is not None, "the check has found it"
            found += _differences(kept, loaded)
        return found

    def left_by(self, transitions: Sequence[Transition]) -> dict[str, Kept]:
        if self._request.held is None:
            return {}
        return kept_module.left_by(transitions, loaded=self._request.runs, before=self._kept)

    def versions_of(self, left: Mapping[str, Kept]) -> dict[str, int]:
        """Right after the commit, once they have been counted: others may write before its answer is heard."""
        return {run: self._versions[run] for run in left}

    def keep(self, left: Mapping[str, Kept], versions: Mapping[str, int]) -> None:
        """Once the answer is heard."""
        for run, kept in left.items():
            self.states.keep({run: kept}, version=versions[run])


def _is_held(connection: Connection, held: Held) -> bool:
    key: TaskKey = held.key
    named = [hex_id(key.run_id), int(key.kind), key.number, key.attempt, held.delivery]
    return connection.execute(_TASK, named).fetchone() is not None


def _differences(kept: Kept, loaded: State) -> list[tuple[str, object, object]]:
    """A state that was loaded in part has the children that were asked for. Who holds a task may have changed."""
    mine = kept.state
    pairs = [
        (each.name, getattr(mine, each.name), getattr(loaded, each.name))
        for each in fields(State)
        if each.name not in _CHILDREN
    ]
    for name in ("activities", "timers"):
        theirs = getattr(loaded, name)
        known = getattr(mine, name)
        pairs.append((name, known, theirs if kept.all_children else {n: theirs.get(n) for n in known}))
    if kept.all_children:
        pairs.append(("tasks", set(mine.tasks), set(loaded.tasks)))
    if kept.unseen:
        pairs.append(
            ("unseen", [each.number for each in mine.unseen], [each.number for each in loaded.unseen])
        )
    return [pair for pair in pairs if pair[1] != pair[2]]


def counted(versions: dict[str, int], transitions: Sequence[Transition]) -> None:
    """Each commit gives the headers that it writes a version that none has had."""
    for each in transitions:
        if each.state is not None and (each.events or each.tasks or each.timers or each.activities):
            versions[each.state.run_id] = versions.get(each.state.run_id, 0) + 1
