"""Random programs: what a simulated workflow does, and how it must end whatever goes wrong meanwhile.

A program is a list of steps, carried in the run's input as JSON. Where a step depends on timing (a race, a time-out)
its log says no more than that it happened, so that the end is known beforehand.

| step | meaning |
| --- | --- |
| `do KIND` | an activity is awaited; its value, or `failed`, is logged |
| `queue KIND` | a detached activity |
| `all KIND …` | several at once, all awaited |
| `race KIND ms` | an activity against a timer; the loser is cancelled |
| `sleep ms` | a timer |
| `signal NAME` | a signal is awaited |
| `maybe NAME ms` | a signal is awaited for so long |
| `fail` | the function raises |
"""

from __future__ import annotations

from random import Random
from typing import Any

Step = list[Any]

KINDS = ("quick", "quick", "slow", "flaky", "fatal", "beating", "limited")
SURE = {"quick": "done", "slow": "done", "flaky": "done", "beating": "done", "fatal": "failed"}
"""What becomes of an activity in the end. Of a limited one nobody can say."""


def a_program(rng: Random) -> list[Step]:
    """One to four steps."""
    steps = [_step(rng, place) for place in range(rng.choice((1, 1, 2, 2, 3)))]
    if rng.random() < 0.08:
        steps.append(["fail"])
    return steps


def _step(rng: Random, place: int) -> Step:
    luck = rng.random()
    if luck < 0.34:
        return ["do", rng.choice(KINDS)]
    if luck < 0.48:
        return ["queue", rng.choice(KINDS)]
    if luck < 0.60:
        return ["all", *(rng.choice(KINDS) for _ in range(rng.choice((2, 2, 3))))]
    if luck < 0.70:
        return ["race", rng.choice(KINDS), rng.choice((50, 400, 2_000))]
    if luck < 0.80:
        return ["sleep", rng.choice((0, 50, 300, 1_500))]
    if luck < 0.92:
        return ["signal", f"s{place}"]
    return ["maybe", f"m{place}", rng.choice((50, 500, 1_500))]


def signals_of(program: list[Step]) -> list[str]:
    """Those that the program needs to go on."""
    return [step[1] for step in program if step[0] == "signal"]


def expected(program: list[Step]) -> tuple[str, list[str]]:
    """Status and log at the end, if nobody cancels, terminates or times it out."""
    log: list[str] = []
    for step in program:
        match step[0]:
            case "do":
                log.append(SURE.get(step[1], "limited"))
            case "all":
                log.append(of_all(step[1:]))
            case "race" | "maybe" | "sleep":
                log.append(step[0])
            case "signal":
                log.append(f"got {step[1]}")
            case "fail":
                return "FAILED", log
    return "COMPLETED", log


def of_all(kinds: list[str]) -> str:
    """What is logged of several: that all are done, that one failed, or nothing that is certain."""
    if "limited" in kinds:
        return "limited"
    return "failed" if "fatal" in kinds else "done"
