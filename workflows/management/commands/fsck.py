"""`manage.py fsck`: whether the database keeps the promises; one line for each thing that does not.

Exit status: 0 nothing found, 1 something found, 2 could not check.
"""

import json
import sys
import uuid
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from workflows.core.keys import DEFAULT_NAMESPACE
from workflows.management.processes.migrated import check_migrated
from workflows.management.processes.refusal import CannotStart
from workflows.management.processes.usable import told_in_a_sentence
from workflows.store.fsck import Count, Finding, Scope, findings

FOUND, COULD_NOT_CHECK = 1, 2


class Command(BaseCommand):
    help = "Checks the whole database against its histories, beside running engines."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False
    _typed = False

    def run_from_argv(self, argv: list[str]) -> None:
        self._typed = True
        super().run_from_argv(argv)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--database", default="default", help="Django's alias of the database")
        parser.add_argument("--workflow-id", default="", help="only the runs of this workflow id")
        parser.add_argument("--namespace", default=DEFAULT_NAMESPACE, help="of the workflow id")
        parser.add_argument("--run-id", default="", help="only this run")
        parser.add_argument(
            "--json", action="store_true", help="a JSON object a line, the last one the summary"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        self._json = options["json"]
        try:
            scope = Scope(
                workflow_id=options["workflow_id"],
                run_id=_run_id(options["run_id"]),
                namespace=options["namespace"],
            )
            if self._typed:
                check_migrated()
            with told_in_a_sentence():
                found = self._check(options["database"], scope)
        except CannotStart as refusal:
            self.stderr.write(f"sched: {refusal}")
            sys.exit(COULD_NOT_CHECK)
        if found:
            sys.exit(FOUND)

    def _check(self, using: str, scope: Scope) -> int:
        count, found = Count(), 0
        for finding in findings(using=using, scope=scope, count=count):
            found += 1
            self._tell(finding)
        if self._json:
            self._line(json.dumps({"runs": count.runs, "events": count.events, "findings": found}))
        else:
            plural = "" if found == 1 else "s"
            self._line(f"{count.runs} runs, {count.events} events: {found or 'no'} finding{plural}")
        return found

    def _tell(self, finding: Finding) -> None:
        self._line(
            json.dumps(asdict(finding) | {"repairable": finding.repairable}) if self._json else str(finding)
        )

    def _line(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def _run_id(text: str) -> str:
    """In its canonical form.

    Raises:
        CannotStart: it is none.
    """
    try:
        return str(uuid.UUID(text)) if text else ""
    except ValueError:
        raise CannotStart(f"--run-id {text!r}: must be a run id, a UUID.") from None
