"""Mutated messages against both services: no INTERNAL, no UNKNOWN, nothing stored of what is refused, and at the end an
engine that works and a database that keeps its promises.

Each run has a fresh seed; `SCHED_TEST_SEED` repeats one. A failure prints it.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import uuid
from collections import Counter
from contextlib import suppress
from typing import Any

import grpc
import psycopg
import pytest
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from grpc_status import rpc_status
from sched_sdk.proto.v1 import common_pb2
from sched_sdk.proto.v1 import worker_pb2 as wb
from sched_sdk.proto.v1 import workflow_pb2 as pb

from tests.rpc.fuzzing import Fuzzer
from tests.rpc.peers import Peer, finish, payload, schedule, subscription, turn
from tests.store.databases import Database
from workflows.service.reading import look
from workflows.store import fsck

Code = grpc.StatusCode
SEED = int(os.environ.get("SCHED_TEST_SEED") or random.randrange(2**32))
MESSAGES = 25
"""By RPC, in CI."""
MESSAGES_LONG = 400
UNSENT = "Internal error from Core"
"""What grpc.aio says, of itself, of a call that ended while the next message was being written; the engine's own status
is lost to it then. (`grpc/aio/_call.py`, `_write`: `set_internal_error`.)"""
FORBIDDEN = (Code.INTERNAL, Code.UNKNOWN, Code.UNIMPLEMENTED, Code.DATA_LOSS)
OF_CLIENTS = ("sched_executions", "sched_current_runs", "sched_requests", "sched_inbox")
"""Tables that only a caller's request makes longer; the engine's own timers write the others meanwhile."""
STORED = " UNION ALL ".join(f"SELECT count(*) FROM {table}" for table in OF_CLIENTS)
POLL_SECONDS = 0.05
CALL_SECONDS = 10.0


def services() -> list[tuple[str, Any]]:
    files = (pb.DESCRIPTOR, wb.DESCRIPTOR)
    return [(name, each) for file in files for name, each in file.services_by_name.items()]


class Attack:
    """One engine under fire."""

    def __init__(self, peer: Peer, database: Database, messages: int) -> None:
        self.peer = peer
        self.connection = psycopg.connect(database.target, autocommit=True)
        self.messages = messages
        self.random = random.Random(SEED)
        self.fuzzer = Fuzzer(self.random)
        self.answered: Counter[Code] = Counter()
        self.templates: dict[type[Message], list[Message]] = {}

    async def prepare(self) -> None:
        """Workflows to aim at, with tokens that are good, and for each message some that are right."""
        for number in range(3):
            task = await self.peer.activity(f"target-{number}")
            self.fuzzer.tokens.append(task.token)
            self.fuzzer.known += [f"target-{number}", task.run_id]
        for number in range(3):
            await self.peer.start(f"turn-{number}")
            held = await self.peer.poll_workflow()
            self.fuzzer.tokens.append(held.token)
            self.fuzzer.known.append(held.workflow_id)
            self._add(turn(held, schedule(), waits_for=[0]))
            self._add(turn(held, finish()))
        token, given = self.fuzzer.tokens[0], dict[str, Any](workflow_id="target-0")
        failure = common_pb2.Failure(type="E", message="m", cause=common_pb2.Failure(type="C"))
        beat = wb.ActivityHeartbeat(token=token, details=payload(b"1"))
        self._add(wb.ActivityTaskCompletion(token=token, result=payload(b"1")))
        self._add(wb.ActivityTaskCompletion(token=token, failure=wb.ActivityFailure(failure=failure)))
        self._add(beat)
        self._add(wb.PollTaskRequest(subscription=subscription(), wait_seconds=POLL_SECONDS))
        start = pb.StartWorkflowRequest(workflow_id="new", workflow_type="Type", input=payload(b"{}"))
        self._add(start)
        self._add(pb.StartWorkflowsRequest(starts=[start, start]))
        self._add(pb.SignalWithStartWorkflowRequest(start=start, signal_name="go"))
        self._add(pb.SignalWorkflowRequest(name="go", **given))
        self._add(pb.StreamCallsRequest(calls=[pb.Call(id=1, start=start), pb.Call(id=2, result=given)]))
        for reading in (pb.GetWorkflowRequest, pb.GetWorkflowResultRequest, pb.GetWorkflowHistoryRequest):
            self._add(reading(**given))
        self._add(wb.StreamActivityTasksRequest(subscription=subscription(), credits=1, heartbeats=[beat]))
        self._add(wb.StreamWorkflowTasksRequest(subscription=subscription(), credits=1))

    async def run(self) -> None:
        """Every RPC, with as many messages as were asked for."""
        for service, descriptor in services():
            for method in descriptor.methods:
                path = f"/{descriptor.full_name}/{method.name}"
                kind = GetMessageClass(method.input_type)
                for number in range(self.messages):
                    where = f"seed {SEED}: {service}.{method.name} number {number}"
                    if method.client_streaming:
                        await self._stream(path, kind, where)
                    else:
                        await self._unary(path, kind, where)

    def _add(self, message: Message) -> None:
        self.templates.setdefault(type(message), []).append(message)

    def _bytes(self, kind: type[Message]) -> bytes:
        """A third each: random, nearly right, and no message at all."""
        good = self.random.choice(self.templates.get(kind, [kind()]))
        sort = self.random.randrange(3)
        if sort == 2:
            return self.fuzzer.broken(good)
        message = self.fuzzer.message(kind) if sort == 0 else self.fuzzer.mutated(good)
        if isinstance(message, wb.PollTaskRequest) and message.wait_seconds == 0:
            message.wait_seconds = POLL_SECONDS  # it would mean 20 seconds
        return bytes(message.SerializeToString())

    async def _unary(self, path: str, kind: type[Message], where: str) -> None:
        data = self._bytes(kind)
        before = self._stored()
        is_poll = kind is wb.PollTaskRequest
        method: Any = self.peer.channel.unary_unary(path)
        try:
            answer = await method(data, timeout=1.0 if is_poll else CALL_SECONDS)
        except grpc.aio.AioRpcError as error:
            refusal = error
        else:
            self.answered[Code.OK] += 1
            self._learn(path, answer)
            return
        if not (is_poll and refusal.code() is Code.DEADLINE_EXCEEDED):
            self._check(refusal, where)
            assert self._stored() == before, f"{where}: stored, and refused: {refusal.details()}"

    async def _stream(self, path: str, kind: type[Message], where: str) -> None:
        method: Any = self.peer.channel.stream_stream(path)
        messages = [self._bytes(kind) for _ in range(self.random.randint(1, 3))]
        if self.random.random() < 0.6:
            messages.insert(0, self.templates[kind][0].SerializeToString())
        call = method(timeout=CALL_SECONDS)
        with suppress(grpc.aio.AioRpcError, asyncio.InvalidStateError):  # it may end at the first
            for message in messages:
                await call.write(message)
            await call.done_writing()
        error = await self._end_of(call)
        await self._settled()
        if error is None:
            self.answered[Code.OK] += 1
        elif error.details() != UNSENT:
            self._check(error, where)

    async def _settled(self) -> None:
        """What a stream has begun is committed, though it has ended: these take the same ways behind it."""
        for run_id in ("", str(uuid.uuid4())):
            with suppress(grpc.aio.AioRpcError):
                await self.peer.client.GetWorkflowResult(
                    pb.GetWorkflowResultRequest(workflow_id="nobody", run_id=run_id)
                )
        await self.peer.start(task_queue="settled")

    @staticmethod
    async def _end_of(call: Any) -> grpc.aio.AioRpcError | None:
        try:
            while await call.read() is not grpc.aio.EOF:
                pass
        except grpc.aio.AioRpcError as error:
            return error
        return None

    def _check(self, error: grpc.aio.AioRpcError, where: str) -> None:
        code = error.code()
        self.answered[code] += 1
        assert code not in (*FORBIDDEN, Code.DEADLINE_EXCEEDED), f"{where}: {code}: {error.details()}"
        status = rpc_status.from_call(error)  # type: ignore[arg-type]
        assert status is not None, f"{where}: {code} without a reason: {error.details()}"
        assert status.details, f"{where}: {code} without a reason"
        assert len(error.details() or "") < 20_000, f"{where}: {len(error.details() or '')} characters"

    def _learn(self, path: str, answer: bytes) -> None:
        """Tokens of tasks that a poll has brought."""
        kinds: dict[str, Any] = {
            "PollWorkflowTask": wb.PollWorkflowTaskResponse,
            "PollActivityTask": wb.PollActivityTaskResponse,
        }
        kind = kinds.get(path.rpartition("/")[2])
        if kind is not None:
            token = kind.FromString(answer).task.token
            self.fuzzer.tokens = [*self.fuzzer.tokens[-20:], *([token] if token else [])]

    def _stored(self) -> list[int]:
        return [row[0] for row in self.connection.execute(STORED.encode())]


async def lives(peer: Peer) -> None:
    """The engine serves: a workflow on a queue of its own runs to its end."""
    await peer.start("after-all", task_queue="calm")
    await peer.complete_turn(await peer.poll_workflow(task_queue="calm"), finish())
    assert await peer.names("after-all") == "WS Y WC"


async def assault(peer: Peer, database: Database, messages: int, caplog: pytest.LogCaptureFixture) -> None:
    attack = Attack(peer, database, messages)
    with attack.connection:
        await attack.prepare()
        await attack.run()
    print(f"seed {SEED}: {dict(attack.answered)}")
    assert attack.answered[Code.OK] > messages
    assert attack.answered[Code.INVALID_ARGUMENT] > messages
    await lives(peer)
    failures = [each for each in caplog.records if each.exc_info or each.levelno >= logging.ERROR]
    assert not failures, [each.getMessage() for each in failures]
    assert (await look(fsck.check)).findings == ()


async def test_no_message_makes_the_engine_fail(
    peer: Peer, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """A sample of what can come."""
    print(f"SCHED_TEST_SEED={SEED}")
    await assault(peer, database, MESSAGES, caplog)


@pytest.mark.long
async def test_no_message_makes_the_engine_fail_for_long(
    peer: Peer, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """Four hundred for each RPC."""
    print(f"SCHED_TEST_SEED={SEED}")
    await assault(peer, database, MESSAGES_LONG, caplog)
