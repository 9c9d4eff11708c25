"""`python -m benchmarks`: throughput on Postgres and Redis, the table, and the bars. Exits 1 below a bar."""

import argparse
import json
import os
import platform
import sysconfig
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import psycopg

from benchmarks import bars
from benchmarks.durability import settings_in_use
from benchmarks.idle import IDLE_SECONDS, measure_idle
from benchmarks.stack import Stack, call, running
from benchmarks.statements import Counts, counted

BULK = 3_000
CALLERS = 64
CALLS = 1_920
SINGLE_CALLS = 60
WARM_UP = 300
POLL_SECONDS = 0.1
"""Between two looks at the engine's counter: what a look costs the engine is part of what is measured."""
RESULTS = Path(__file__).with_name("results")
Figures = dict[str, Any]


def bulk(stack: Stack, count: int = BULK) -> Figures:
    """From the first start's request to the last workflow's end."""
    wanted = stack.metric("sched_workflows_completed_total", status="COMPLETED") + count
    with counted(stack) as counts:
        load = json.loads(call(["-m", "benchmarks.load", "bulk", stack.address, f"--count={count}"]))
        while stack.metric("sched_workflows_completed_total", status="COMPLETED") < wanted:
            time.sleep(POLL_SECONDS)
        seconds = time.time() - load["begun_at"]
    return {
        "workflows_per_second": count / seconds,
        "start_seconds": load["start_seconds"],
        "transitions_per_commit": counts.transitions / counts.commits,
        "statements_per_transition": counts.statements / counts.transitions,
        **cpu_by_workflow(counts, count),
        "top": counts.top,
    }


def callers(stack: Stack, callers: int = CALLERS, count: int = CALLS) -> Figures:
    """Callers that start a workflow, wait for its result, and start the next."""
    with counted(stack) as counts:
        command = ["-m", "benchmarks.load", "callers", stack.address]
        load = json.loads(call([*command, f"--callers={callers}", f"--count={count}"]))
    percentiles = quantiles(load["taken"], n=100)
    return {
        "workflows_per_second": count / load["seconds"],
        "p50_ms": median(load["taken"]) * 1000,
        "p99_ms": percentiles[98] * 1000,
        "transitions_per_commit": counts.transitions / counts.commits,
        "transitions_per_transaction": counts.transitions / counts.transactions,
        "statements_per_transition": counts.statements / counts.transitions,
        "transitions": counts.transitions,
        **cpu_by_workflow(counts, count),
        "top": counts.top,
    }


def cpu_by_workflow(counts: Counts, workflows: int) -> Figures:
    """Milliseconds of CPU that a workflow costs each part."""
    return {f"cpu_ms_{name}": seconds * 1000 / workflows for name, seconds in counts.cpu_seconds.items()}


def single(stack: Stack) -> Figures:
    """One caller alone: the latency of a workflow."""
    return callers(stack, callers=1, count=SINGLE_CALLS)


WORKLOADS: dict[str, Callable[[Stack], Figures]] = {"bulk": bulk, "callers": callers, "single": single}


def check_database(stack: Stack) -> None:
    """Every workflow that was started has ended well, with the history of one activity."""
    with psycopg.connect(stack.dsn, autocommit=True) as connection:
        found = connection.execute(
            "SELECT status, last_event, count(*) FROM sched_executions GROUP BY status, last_event"
        ).fetchall()
    if [row[:2] for row in found] != [("COMPLETED", 6)]:
        raise SystemExit(f"executions by status and number of events: {found}; all must be COMPLETED with 6")


def environment() -> Figures:
    """What the figures were taken on."""
    return {
        "python": platform.python_version(),
        "python_build": sysconfig.get_config_var("CONFIG_ARGS"),
        "cores": len(os.sched_getaffinity(0)),
        "machine": platform.platform(),
        "taken_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", choices=tuple(WORKLOADS), action="append")
    parser.add_argument("--statements", action="store_true", help="print what was executed most")
    parser.add_argument(
        "--idle", action="store_true", help=f"also the engine's memory after {IDLE_SECONDS:g} s"
    )
    asked = parser.parse_args()
    report = measure(asked.only or list(WORKLOADS), asked.runs)
    if asked.idle:
        report["runs"]["idle"] = [measure_idle(IDLE_SECONDS)]
    medians = {name: medians_of(each) for name, each in report["runs"].items()}
    bars.show(report, medians, save(report))
    if asked.statements:
        show_statements(report["runs"])
    raise SystemExit(1 if bars.missed(medians) else 0)


def measure(chosen: Sequence[str], runs: int) -> Figures:
    """All workloads in turn, `runs` times, on one set of servers."""
    found: dict[str, list[Figures]] = {name: [] for name in chosen}
    with running() as stack:
        bulk(stack, WARM_UP)
        durability = settings_in_use(stack)
        for _ in range(runs):
            for name in chosen:
                found[name].append(WORKLOADS[name](stack))
        check_database(stack)
    return {"environment": environment(), "server": durability, "runs": found}


def save(report: Figures) -> Path:
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{time.strftime('%Y%m%d-%H%M%S')}.json"
    path.write_text(json.dumps(report, indent=1))
    return path


def show_statements(runs: Figures) -> None:
    for name, each in runs.items():
        print(f"\n{name}: statements of the last run (calls, ms, text)")
        for text, calls, ms in each[-1].get("top", ()):
            print(f"{calls:8d} {ms:10.1f}  {text}")


def medians_of(runs: list[Figures]) -> dict[str, float]:
    return {name: median(run[name] for run in runs) for name in runs[0] if name != "top"}


if __name__ == "__main__":
    main()
