"""The benchmarks' clients: `python -m benchmarks.load {bulk|callers} ADDRESS …`, in a process of their own.

Prints one JSON object. Times are of this process, from before its first call.
"""

import argparse
import asyncio
import json
import time
from collections.abc import Sequence
from itertools import batched

from sched_sdk import AsyncClient, converter
from sched_sdk.proto.v1 import workflow_pb2

from benchmarks.work import WORKFLOW

BATCH = 250
"""Starts of one request."""
IN_FLIGHT = 4
"""Requests of starts under way at once."""
RESULT_SECONDS = 30
CONNECTIONS = 4
"""Of the concurrent callers: they are many clients, not one."""


async def bulk(address: str, count: int) -> dict[str, object]:
    """Starts `count` workflows as fast as it goes, in batches."""
    client = AsyncClient(address)
    payload = converter.encode({"order": 4711}, field="input")
    one = workflow_pb2.StartWorkflowRequest(workflow_type=WORKFLOW, task_queue="default", input=payload)
    gate = asyncio.Semaphore(IN_FLIGHT)

    async def start(starts: Sequence[int]) -> int:
        async with gate:
            request = workflow_pb2.StartWorkflowsRequest(starts=[one] * len(starts))
            answer = await client._call("StartWorkflows", request)
            return sum(outcome.response.started for outcome in answer.outcomes)

    begun_at = time.time()
    started = sum(await asyncio.gather(*map(start, batched(range(count), BATCH))))
    seconds = time.time() - begun_at
    await client.close()
    return {"begun_at": begun_at, "started": started, "start_seconds": seconds}


async def callers(address: str, callers: int, count: int) -> dict[str, object]:
    """`callers` at once, each starting a workflow and waiting for its result, until `count` are done."""
    clients = [AsyncClient(address) for _ in range(min(CONNECTIONS, callers))]
    left = iter(range(count))
    taken: list[float] = []

    async def call(client: AsyncClient) -> None:
        for number in left:
            begun = time.perf_counter()
            handle = await client.start(WORKFLOW, {"order": number}, wait=RESULT_SECONDS)
            result = await handle.result(RESULT_SECONDS)
            taken.append(time.perf_counter() - begun)
            assert result == {"order": number}, result

    begun = time.perf_counter()
    await asyncio.gather(*(call(clients[place % len(clients)]) for place in range(callers)))
    seconds = time.perf_counter() - begun
    for client in clients:
        await client.close()
    return {"seconds": seconds, "taken": taken}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=("bulk", "callers"))
    parser.add_argument("address")
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--callers", type=int, default=1)
    asked = parser.parse_args()
    if asked.kind == "bulk":
        found = asyncio.run(bulk(asked.address, asked.count))
    else:
        found = asyncio.run(callers(asked.address, asked.callers, asked.count))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
