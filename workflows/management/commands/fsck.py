"""`manage.py fsck`: whether the database keeps the promises; one line for each thing that does not.

Exit status: 0 nothing found, or all of it repaired; 1 something found, or left; 2 could not check.
"""

import json
import sys
import traceback
import uuid
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from workflows.core.keys import DEFAULT_NAMESPACE
from workflows.management.processes.migrated import check_migrated
from workflows.management.processes.refusal import CannotStart
from workflows.management.processes.usable import told_in_a_sentence
from workflows.store.fsck import Count, Outcome, Scope, findings, repair

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
            "--repair", action="store_true", help="put right what the events tell; engines may be running"
        )
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
                left = self._run(options["database"], scope, repairing=options["repair"])
        except CannotStart as refusal:
            self.stderr.write(f"sched: {refusal}")
            sys.exit(COULD_NOT_CHECK)
        except Exception:  # a database that says what nobody thought of is not found clean, nor found wrong
            self.stderr.write(traceback.format_exc())
            sys.exit(COULD_NOT_CHECK)
        if left:
            sys.exit(FOUND)

    def _run(self, using: str, scope: Scope, *, repairing: bool) -> int:
        """How many findings are left."""
        count, found, repaired = Count(), 0, 0
        for outcome in self._outcomes(using, scope, count, repairing=repairing):
            found += 1
            repaired += outcome.repaired
            self._tell(outcome, repairing=repairing)
        summary = {"runs": count.runs, "events": count.events, "findings": found, "repaired": repaired}
        if self._json:
            self._line(json.dumps(summary))
        else:
            told = f"{found or 'no'} finding{'' if found == 1 else 's'}"
            told += f", {repaired} repaired" if repairing and found else ""
            self._line(f"{count.runs} runs, {count.events} events: {told}")
        return found - repaired

    def _outcomes(self, using: str, scope: Scope, count: Count, *, repairing: bool) -> Iterator[Outcome]:
        if repairing:
            return repair(using=using, scope=scope, count=count)
        return (
            Outcome(finding, repaired=False) for finding in findings(using=using, scope=scope, count=count)
        )

    def _tell(self, outcome: Outcome, *, repairing: bool) -> None:
        finding = outcome.finding
        if self._json:
            told = asdict(finding) | {"repairable": finding.repairable, "repaired": outcome.repaired}
            self._line(json.dumps(told))
        else:
            word = "repaired: " if outcome.repaired else "left: "
            self._line(f"{word if repairing else ''}{finding}")

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
