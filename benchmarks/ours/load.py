"""The benchmarks' clients: `python -m benchmarks.ours.load`, a process that is asked for one load after the other.

Times are of this process, from before its first call.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from itertools import batched, cycle
from itertools import count as counting
from typing import Any

from sched_sdk import AsyncClient, converter
from sched_sdk.proto.v1 import workflow_pb2

from benchmarks.child import Answer, serve
from benchmarks.ours import work
from benchmarks.ours.metrics import metric

BATCH = 250
"""Starts of one request."""
IN_FLIGHT = 4
"""Requests of starts under way at once."""
RESULT_SECONDS = 120
CONNECTIONS = 4
"""Of the concurrent callers: they are many clients, not one."""
SENDERS = 64
"""Signals under way at once."""
POLL_SECONDS = 0.1
"""Between two looks at the engine's counter: what a look costs the engine is part of what is measured."""
PULSES = 10
"""A second, of a steady load."""
IDS = counting()


async def bulk(count: int) -> Answer:
    """Starts `count` workflows as fast as it goes, in batches; until the engine has counted the last one's end."""
    wanted = completed() + count
    begun = time.perf_counter()
    await start_many(work.ONE, [{"order": 4711}] * count)
    start_seconds = time.perf_counter() - begun
    await until_completed(wanted)
    return {"seconds": time.perf_counter() - begun, "start_seconds": start_seconds}


async def callers(count: int, at_once: int = 64) -> Answer:
    """`at_once` callers, each starting a workflow and waiting for its result, until `count` are done."""
    left = iter(range(count))
    taken: list[float] = []

    async def call(client: AsyncClient) -> None:
        for number in left:
            begun = time.perf_counter()
            handle = await client.start(work.ONE, {"order": number}, wait=RESULT_SECONDS)
            result = await handle.result(RESULT_SECONDS)
            taken.append(time.perf_counter() - begun)
            assert result == {"order": number}, result

    async with connected(min(CONNECTIONS, at_once)) as clients:
        begun = time.perf_counter()
        await asyncio.gather(*(call(clients[place % len(clients)]) for place in range(at_once)))
        return {"seconds": time.perf_counter() - begun, "taken": taken}


async def single(count: int) -> Answer:
    """One caller alone."""
    return await callers(count, at_once=1)


async def fan_out(count: int, width: int = 200) -> Answer:
    """`count` workflows, one after the other, each of `width` activities at once."""
    taken = []
    async with connected(1) as [client]:
        for _ in range(count):
            begun = time.perf_counter()
            assert await result_of(client, work.FAN_OUT, width) == width
            taken.append(time.perf_counter() - begun)
    return {"seconds": sum(taken), "taken": taken}


async def steps(count: int) -> Answer:
    """One workflow of `count` activities, one after the other; `marks`: when each of them ran."""
    async with connected(1) as [client]:
        begun = time.perf_counter()
        marks = await result_of(client, work.STEPS, count)
        return {"seconds": time.perf_counter() - begun, "marks": marks}


async def signals(count: int, each: int = 10) -> Answer:
    """`count` signals to workflows that wait for `each`; from the first signal until the last workflow's end."""
    workflows = count // each
    ids = [f"signals-{next(IDS)}" for _ in range(workflows)]
    wanted = completed() + workflows
    await start_many(work.SIGNALS, [each] * workflows, ids)
    left = iter([name for _ in range(each) for name in ids])
    taken: list[float] = []

    async def send(client: AsyncClient) -> None:
        for workflow_id in left:
            begun = time.perf_counter()
            await client.signal(workflow_id, "step")
            taken.append(time.perf_counter() - begun)

    async with connected(CONNECTIONS) as clients:
        begun = time.perf_counter()
        await asyncio.gather(*(send(clients[place % CONNECTIONS]) for place in range(SENDERS)))
        sent = time.perf_counter() - begun
        await until_completed(wanted)
        return {"seconds": time.perf_counter() - begun, "send_seconds": sent, "taken": taken}


async def waiting(ids: Sequence[str]) -> Answer:
    """Starts workflows that take signals for as long as the benchmark lasts."""
    begun = time.perf_counter()
    await start_many(work.SIGNALS, [10_000] * len(ids), ids)
    return {"seconds": time.perf_counter() - begun}


async def paced(count: int, per_second: int, ids: Sequence[str]) -> Answer:
    """Starts workflows of one activity at a steady pace, ten times a second, and signals each of `ids` once a second;
    until the last one's end."""
    wanted = completed() + count
    step = max(per_second // PULSES, 1)
    targets = cycle(ids)
    async with connected(1) as [client]:
        begun = time.perf_counter()
        for pulse, first in enumerate(range(0, count, step)):
            await asyncio.sleep(max(0.0, begun + pulse / PULSES - time.perf_counter()))
            await start_many(work.ONE, [{"order": 4711}] * min(step, count - first))
            for _ in range(len(ids) // PULSES):
                await client.signal(next(targets), "step")
        await until_completed(wanted)
        return {"seconds": time.perf_counter() - begun}


async def sleepers(count: int, due_at: float, within: float = 0.0) -> Answer:
    """Starts workflows that sleep until moments spread evenly over `within` seconds from `due_at` (since 1970)."""
    begun = time.perf_counter()
    await start_many(work.SLEEP, [due_at + within * number / count for number in range(count)])
    return {"seconds": time.perf_counter() - begun}


async def start_many(workflow: str, inputs: Sequence[object], ids: Sequence[str] = ()) -> None:
    """Starts a workflow for each input, in batches, through all engines in turn."""
    gate = asyncio.Semaphore(IN_FLIGHT)

    async def start(client: AsyncClient, starts: Sequence[workflow_pb2.StartWorkflowRequest]) -> int:
        async with gate:
            answer = await client._call("StartWorkflows", workflow_pb2.StartWorkflowsRequest(starts=starts))
            return sum(outcome.response.started for outcome in answer.outcomes)

    wanted = [
        workflow_pb2.StartWorkflowRequest(
            workflow_type=workflow,
            task_queue="default",
            workflow_id=ids[place] if ids else "",
            input=converter.encode(value, field="input"),
        )
        for place, value in enumerate(inputs)
    ]
    async with connected(len(addresses())) as clients:
        batches = zip(cycle(clients), batched(wanted, BATCH), strict=False)
        started = sum(await asyncio.gather(*(start(client, batch) for client, batch in batches)))
    assert started == len(inputs), f"{started} of {len(inputs)} were started"


async def result_of(client: AsyncClient, workflow: str, value: object) -> Any:
    handle = await client.start(workflow, value, wait=RESULT_SECONDS)
    return await handle.result(RESULT_SECONDS)


async def until_completed(wanted: float) -> None:
    """Until the engines have counted that many workflows that ended well."""
    while completed() < wanted:  # noqa: ASYNC110 - an engine is asked over HTTP; it has no event to wait for
        await asyncio.sleep(POLL_SECONDS)


def completed() -> float:
    urls = os.environ["BENCH_METRICS"].split(",")
    return sum(metric(url, "sched_workflows_completed_total", status="COMPLETED") for url in urls)


def addresses() -> list[str]:
    return os.environ["BENCH_ADDRESSES"].split(",")


@asynccontextmanager
async def connected(count: int) -> AsyncIterator[list[AsyncClient]]:
    """That many clients, of all engines in turn."""
    clients = [AsyncClient(address) for address, _ in zip(cycle(addresses()), range(count), strict=False)]
    try:
        yield clients
    finally:
        for client in clients:
            await client.close()


def main() -> None:
    loads = (bulk, callers, single, fan_out, steps, signals, sleepers, waiting, paced)

    def answered(load: Any) -> Any:
        def run(**arguments: Any) -> Answer:
            asked: Coroutine[Any, Any, Answer] = load(**arguments)
            return asyncio.run(asked)

        return run

    serve({load.__name__: answered(load) for load in loads})


if __name__ == "__main__":
    main()
