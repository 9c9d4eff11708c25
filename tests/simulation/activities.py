"""The activities of the programs, run by the SDK's own runner. Each notes that it has run to its end."""

from __future__ import annotations

import asyncio
from random import Random
from typing import Any

from sched_sdk.errors import ApplicationError
from sched_sdk.registry import Registry
from sched_sdk.worker.activity_context import ActivityContext

REGISTRY = Registry()


class Hands:
    """Of the run under way: where its activities take their luck, and what they have done."""

    rng = Random()
    done: set[tuple[str, int, int, int]] = set()
    """(run, number, attempt, delivery) of every call that returned."""

    @classmethod
    def begin(cls, rng: Random) -> None:
        cls.rng = rng
        cls.done = set()


async def _work(seconds: float) -> None:
    if Hands.rng.random() < 0.6:
        await asyncio.sleep(Hands.rng.random() * seconds)


def _done(ctx: ActivityContext) -> dict[str, Any]:
    info = ctx.info
    Hands.done.add((info.run_id, info.activity_id, info.attempt, info.delivery))
    return {"by": [info.activity_id, info.attempt, info.delivery]}


@REGISTRY.activity("quick")
async def quick(ctx: ActivityContext) -> Any:
    await _work(0.05)
    return _done(ctx)


@REGISTRY.activity("slow")
async def slow(ctx: ActivityContext) -> Any:
    await _work(2.5)
    return _done(ctx)


@REGISTRY.activity("limited")
async def limited(ctx: ActivityContext) -> Any:
    await _work(1.5)
    return _done(ctx)


@REGISTRY.activity("flaky")
async def flaky(ctx: ActivityContext) -> Any:
    await _work(0.1)
    if ctx.info.attempt == 1:
        raise RuntimeError("the first attempt fails")
    return _done(ctx)


@REGISTRY.activity("fatal")
async def fatal(ctx: ActivityContext) -> Any:
    await _work(0.1)
    raise ApplicationError("not to be retried", non_retryable=True)


@REGISTRY.activity("beating")
async def beating(ctx: ActivityContext) -> Any:
    for beat in range(Hands.rng.choice((1, 2, 4))):
        ctx.heartbeat({"beat": beat})
        await asyncio.sleep(0.3)
    return _done(ctx)
