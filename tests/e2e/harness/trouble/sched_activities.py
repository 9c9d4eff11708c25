"""What activities do with their connection. Each answers the attempt and the server process that served it."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from asgiref.sync import sync_to_async
from django.db import connection
from sched_sdk import ActivityContext

from workflows.worker import activity

LOOK_SECONDS = 0.02
MEETING = threading.Barrier(2, timeout=20)


def served_by() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def cut_off() -> None:
    """The server ends this very session; Django is told by an error."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")


@activity("Ask")
def ask(ctx: ActivityContext) -> dict[str, int]:
    return {"attempt": ctx.info.attempt, "pid": served_by()}


@activity("AskAsync")
async def ask_async(ctx: ActivityContext) -> dict[str, int]:
    return {"attempt": ctx.info.attempt, "pid": await sync_to_async(served_by)()}


@activity("MeetAsync")
async def meet_async(ctx: ActivityContext) -> dict[str, int]:
    """Two of them, each on the thread that its queries have, wait for one another there."""
    await sync_to_async(MEETING.wait)()
    return {"attempt": ctx.info.attempt, "pid": await sync_to_async(served_by)()}


@activity("Cut")
def cut(ctx: ActivityContext) -> dict[str, int]:
    if ctx.info.attempt == 1:
        cut_off()
    return {"attempt": ctx.info.attempt, "pid": served_by()}


@activity("CutAsync")
async def cut_async(ctx: ActivityContext) -> dict[str, int]:
    if ctx.info.attempt == 1:
        await sync_to_async(cut_off)()
    return {"attempt": ctx.info.attempt, "pid": await sync_to_async(served_by)()}


@activity("Hold")
def hold(ctx: ActivityContext, name: str) -> dict[str, Any]:
    """Until somebody makes the file `name.go`; makes `name.begun` first."""
    Path(f"{name}.begun").touch()
    never = threading.Event()
    while not Path(f"{name}.go").exists():
        ctx.heartbeat()
        never.wait(LOOK_SECONDS)
    return {"attempt": ctx.info.attempt}
