"""What was asked on the command line, checked."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.bars import is_ours
from benchmarks.workloads.workload import Workload

NONE = "none"


class ArgumentError(ValueError):
    """An argument that is not allowed; says which, its value, and the rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Of which workloads, against which peers, how often, and with which part of their size."""

    only: tuple[str, ...]
    peers: tuple[str, ...]
    runs: int
    scale: float
    statements: bool


def parse(arguments: Sequence[str] | None, workloads: Mapping[str, Workload]) -> Asked:
    """The command line.

    Raises:
        ArgumentError: It asks for what there is not.
    """
    names, peers = list(workloads), known_peers(workloads)
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="\n".join(f"  {each.name:12} {each.about}" for each in workloads.values()),
    )
    parser.add_argument("--only", action="append", help=f"a workload: {', '.join(names)}; again for more")
    parser.add_argument(
        "--peers", action="append", help=f"of {', '.join(peers)}, or {NONE}; again for more; else all"
    )
    parser.add_argument("--runs", default="3", help="of each workload and system, in turn; the median counts")
    parser.add_argument("--scale", default="1", help="a part of each workload's size; bars count at 1 only")
    parser.add_argument("--statements", action="store_true", help="print what our engine executed most")
    found = parser.parse_args(arguments)
    return Asked(
        only=chosen("only", found.only, names),
        peers=() if found.peers == [NONE] else chosen("peers", found.peers, peers),
        runs=_whole("runs", found.runs, 1, 100),
        scale=fraction("scale", found.scale),
        statements=found.statements,
    )


def known_peers(workloads: Mapping[str, Workload]) -> list[str]:
    """The peers that any workload is measured against, by name."""
    systems = (system for each in workloads.values() for system in each.sizes)
    return list(dict.fromkeys(system.partition(" ")[0] for system in systems if not is_ours(system)))


def chosen(field: str, values: Sequence[str] | None, known: Sequence[str]) -> tuple[str, ...]:
    """These names, if all are known; all that are known, if none are given."""
    if values is None:
        return tuple(known)
    for value in values:
        if value not in known:
            raise ArgumentError(f"{field}: {value!r}: must be one of {', '.join(known)}")
    return tuple(values)


def _whole(field: str, text: str, least: int, most: int) -> int:
    if not text.isdecimal() or not least <= int(text) <= most:
        raise ArgumentError(f"{field}: {text!r}: must be a whole number from {least} to {most}")
    return int(text)


def fraction(field: str, text: str) -> float:
    """A number above 0 and at most 1."""
    rule = f"{field}: {text!r}: must be a number above 0 and at most 1"
    try:
        value = float(text)
    except ValueError:
        raise ArgumentError(rule) from None
    if not 0 < value <= 1:
        raise ArgumentError(rule)
    return value
