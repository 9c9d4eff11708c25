"""Problems of tasks: why they came back, in the words of workers, whose tracebacks tell of payloads."""

from workflows.store.reader.damage import DAMAGED


def problem_shown(problem: str, *, payloads: bool) -> str:
    """As it may be read: without `payloads` its kind, which ends at the first colon or line break.

    What tells of damage is whole: it is of the reader's own words.
    """
    if payloads or problem.startswith(DAMAGED):
        return problem
    line = problem.splitlines()[0] if problem else ""
    return line.partition(":")[0]
