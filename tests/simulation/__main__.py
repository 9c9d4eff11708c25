"""`python -m tests.simulation`: runs seeds, and tells the first that breaks a law."""

from __future__ import annotations

import argparse
import gc
import os
import secrets
import sys
import time

from tests.simulation.arguments import mutants, seeds

TELL_EVERY = 1_000


def main() -> int:
    parser = _parser()
    arguments = parser.parse_args()
    if os.environ.get("PYTHONHASHSEED") != "0":
        os.execve(
            sys.executable,
            [sys.executable, "-m", "tests.simulation", *sys.argv[1:]],
            os.environ | {"PYTHONHASHSEED": "0"},
        )
    from tests.simulation import setup

    setup.prepare()
    from tests.simulation.simulation import Failure, run

    if arguments.mutant:
        for mutant in mutants([arguments.mutant], parser):
            mutant.apply()
    if arguments.seed is not None:
        return _replay(arguments.seed)
    base = secrets.randbits(48) if arguments.base is None else arguments.base
    print(f"{arguments.seeds} seeds from {base}", flush=True)
    begun = time.process_time()
    steps = commits = events = eager = guesses = alone = faults = 0
    for number in range(arguments.seeds):
        try:
            report = run(base + number)
        except Failure as failure:
            _tell(failure)
            return 1
        if arguments.fingerprints:
            print(f"seed {report.seed} {report.fingerprint}")
        steps += report.steps
        commits += report.commits
        events += report.events
        eager += report.eager_turns
        guesses += report.guesses
        alone += report.alone
        faults += report.faults
        if number % 20 == 19:
            gc.collect()  # runs the clean-up of what crashes have left behind, and so frees it the next time
        if number % TELL_EVERY == TELL_EVERY - 1:
            print(f"{number + 1} passed", flush=True)
    spent = time.process_time() - begun
    n = arguments.seeds
    print(
        f"{n} seeds passed in {spent:.1f} s of CPU, {spent / n * 1000:.1f} ms each; on average {steps / n:.0f} steps,"
        f" {commits / n:.1f} commits, {events / n:.1f} events, {eager / n:.1f} eager turns,"
        f" {guesses / n:.1f} batches on kept states, {alone / n:.1f} inputs alone, {faults / n:.1f} faults"
    )
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=seeds, default=5_000)
    parser.add_argument("--base", type=int, help="the first seed; random unless told")
    parser.add_argument("--mutant", help="spoil the product first; see tests/simulation/mutants.py")
    parser.add_argument("--fingerprints", action="store_true", help="tell each seed's")
    parser.add_argument("--seed", type=int, help="run this one and print its trace")
    return parser


def _replay(seed: int) -> int:
    from tests.simulation.simulation import Failure, Simulation

    simulation = Simulation(seed)
    try:
        report = simulation.go()
    except Failure as failure:
        _tell(failure)
        return 1
    print("\n".join(simulation.told()))
    print(report)
    return 0


def _tell(failure: object) -> None:
    from tests.simulation.simulation import Failure

    assert isinstance(failure, Failure)
    print("\n".join(failure.trace))
    print(f"seed {failure.seed} breaks a law: {failure.error}")
    print(f"`make simulate SEED={failure.seed}` repeats it")


if __name__ == "__main__":
    sys.exit(main())
