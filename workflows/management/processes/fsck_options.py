"""What `manage.py fsck` was asked to look at: a filter that is empty, malformed or names nothing is refused.

An unset variable of a script must not turn a look at one run into one at the whole database.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connections

from workflows.core.keys import DEFAULT_NAMESPACE
from workflows.management.processes.refusal import CannotStart
from workflows.service.limits import IDENTIFIER_RULE, identifier_error
from workflows.store.fsck import Scope

FILTERS = ("workflow_id", "namespace", "run_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The options, checked."""

    database: str
    scope: Scope
    forget: str
    """A run id; empty: nothing is to be forgotten."""

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> "Asked":
        """Reads them.

        Raises:
            CannotStart: naming the option and the rule.
        """
        for name in (*FILTERS, "forget", "database"):
            if options[name] == "":
                raise _refusal(name, "", "must not be empty")
        return cls(database=_database(options["database"]), scope=_scope(options), forget=_forget(options))


def check_named(scope: Scope) -> None:
    """Of a scope in which nothing was found, not even a run.

    Raises:
        CannotStart: it names something that is not there.
    """
    if scope.run_id and scope.workflow_id:
        what = f"names no run of the workflow id {scope.workflow_id!r} in the namespace {scope.namespace!r}"
        raise _refusal("run_id", scope.run_id, what)
    if scope.run_id:
        raise _refusal("run_id", scope.run_id, "names no run")
    if scope.workflow_id:
        raise _refusal("workflow_id", scope.workflow_id, f"has no run in the namespace {scope.namespace!r}")


def _database(alias: str) -> str:
    if alias not in connections.settings:
        raise _refusal("database", alias, f"must be one of {', '.join(sorted(connections.settings))}")
    return alias


def _scope(options: Mapping[str, Any]) -> Scope:
    namespace = options["namespace"]
    if namespace is not None and options["workflow_id"] is None:
        raise _refusal("namespace", namespace, "must come with --workflow-id, whose namespace it is")
    for name in ("workflow_id", "namespace"):
        if options[name] is not None and identifier_error(name, options[name]) is not None:
            raise _refusal(name, options[name], IDENTIFIER_RULE)
    return Scope(
        workflow_id=options["workflow_id"] or "",
        run_id=_run_id(options, "run_id"),
        namespace=namespace or DEFAULT_NAMESPACE,
    )


def _forget(options: Mapping[str, Any]) -> str:
    run_id = _run_id(options, "forget")
    if run_id and (options["repair"] or any(options[name] for name in FILTERS)):
        raise _refusal("forget", options["forget"], "must come without --repair and without filters")
    return run_id


def _run_id(options: Mapping[str, Any], name: str) -> str:
    """In its canonical form; empty if none is given."""
    text = options[name]
    try:
        return "" if text is None else str(uuid.UUID(text))
    except ValueError:
        raise _refusal(name, text, "must be a run id, a UUID") from None


def _refusal(name: str, value: str, rule: str) -> CannotStart:
    return CannotStart(f"--{name.replace('_', '-')} {value!r}: {rule}.")
