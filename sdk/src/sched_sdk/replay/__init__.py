"""Replay: histories in, turns out.

A task of a workflow brings the events of its run; this package runs the workflow's function over them and answers with
the commands that the function issued beyond what history already holds, and with what it waits for now.

Guarantees: pure. No clock, no network, no thread; time, randomness and ids come from the history. The same history
gives the same commands. A function that does not do again what history says is found out and never answered for.
Does not: fetch history, keep tasks, or catch a function that never comes to a wait (the lease of its task does).

A function that is plain `def` runs on a greenlet, an `async def` on an event loop of ours; both on the calling thread,
which must stay the same from an execution's first `activate` to its `close`.
"""

from sched_sdk.replay.execution import (
    Execution,
    TaskInfo,
    TurnResult,
    check_history,
    run_turn,
    unknown_type,
)

__all__ = ["Execution", "TaskInfo", "TurnResult", "check_history", "run_turn", "unknown_type"]
