"""`manage.py fsck`: whether the database keeps the promises; one line for each thing that does not.

Exit status: 0 nothing found, or all of it repaired; 1 something found, or left; 2 could not check, or what was asked
for is not there.
"""

import json
import sys
import traceback
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from workflows.core.keys import DEFAULT_NAMESPACE
from workflows.core.rejection import Rejected
from workflows.management.processes.fsck_options import Asked, check_named
from workflows.management.processes.migrated import check_migrated
from workflows.management.processes.refusal import CannotStart
from workflows.management.processes.usable import told_in_a_sentence
from workflows.store.fsck import Count, NotForgotten, Outcome, Scope, findings, forget, repair

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
        parser.add_argument("--workflow-id", help="only the runs of this workflow id")
        parser.add_argument("--namespace", help=f"of the workflow id; {DEFAULT_NAMESPACE} if not given")
        parser.add_argument("--run-id", help="only this run")
        parser.add_argument(
            "--repair", action="store_true", help="put right what the events tell; engines may be running"
        )
        parser.add_argument(
            "--forget",
            metavar="RUN_ID",
            help="delete all rows of a run that is over and whose history is broken",
        )
        parser.add_argument(
            "--json", action="store_true", help="a JSON object a line, the last one the summary"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        self._json = options["json"]
        try:
            asked = Asked.of(options)
            if self._typed:
                check_migrated()
            with told_in_a_sentence():
                if asked.forget:
                    left = self._forget(asked.database, asked.forget)
                else:
                    left = self._run(asked.database, asked.scope, repairing=options["repair"])
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
            self._tell(outcome, _word(outcome) if repairing else "")
        if not (count.runs or found):
            check_named(scope)
        summary = {"runs": count.runs, "events": count.events, "findings": found, "repaired": repaired}
        if self._json:
            self._line(json.dumps(summary))
        else:
            told = f"{found or 'no'} finding{'' if found == 1 else 's'}"
            told += f", {repaired} repaired" if repairing and found else ""
            self._line(f"{count.runs} runs, {count.events} events: {told}")
        return found - repaired

    def _forget(self, using: str, run_id: str) -> int:
        """How many findings of its workflow id are left."""
        try:
            forgotten = forget(run_id, using=using)
        except (NotForgotten, Rejected) as refusal:
            raise CannotStart(f"--forget {run_id}: {refusal}.") from None
        for finding in forgotten.findings:
            self._tell(Outcome(finding, repaired=False), "forgotten: ")
        for outcome in forgotten.of_its_id:
            self._tell(outcome, _word(outcome))
        if self._json:
            self._line(json.dumps({"forgotten": run_id, "events": forgotten.events}))
        else:
            self._line(f"run {run_id} is forgotten, with the {forgotten.events} events that were left of it")
        return sum(not outcome.repaired for outcome in forgotten.of_its_id)

    def _outcomes(self, using: str, scope: Scope, count: Count, *, repairing: bool) -> Iterator[Outcome]:
        if repairing:
            return repair(using=using, scope=scope, count=count)
        return (
            Outcome(finding, repaired=False) for finding in findings(using=using, scope=scope, count=count)
        )

    def _tell(self, outcome: Outcome, word: str) -> None:
        finding = outcome.finding
        if self._json:
            told = asdict(finding) | {"repairable": finding.repairable, "repaired": outcome.repaired}
            self._line(json.dumps(told))
        else:
            self._line(f"{word}{finding}")

    def _line(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def _word(outcome: Outcome) -> str:
    return "repaired: " if outcome.repaired else "left: "
