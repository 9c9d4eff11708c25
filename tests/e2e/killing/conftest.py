"""The lanes of a session, and the cases that it has picked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from typing import Any

import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tests.e2e.harness.backends import POSTGRES_REDIS, Backend
from tests.e2e.killing.cases import Case
from tests.e2e.killing.lane import Lane
from tests.e2e.killing.runs import LANES, Runs
from tests.e2e.killing.wire import LosingWire, Lost

type WiredLane = tuple[Lane, LosingWire]


@pytest.fixture(scope="session")
def wired_lane(
    backend_of: Callable[[str, str], Backend], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], WiredLane]]:
    """A lane whose engines reach the database by a wire; made when it is asked for first."""
    with ExitStack() as made:

        @cache
        def find() -> WiredLane:
            backend = backend_of(POSTGRES_REDIS, "wired-lane")
            dsn = backend.variables["SCHED_POSTGRES_DSN"]
            parts: dict[str, Any] = dict(conninfo_to_dict(dsn))
            wire = LosingWire(parts["host"], int(parts["port"]))
            made.callback(wire.down)
            through = make_conninfo(dsn, host="127.0.0.1", port=wire.port)
            lane = Lane(backend, tmp_path_factory.mktemp("wired-lane"), dsn=through)
            made.callback(lane.close)
            return lane, wire

        yield find


@pytest.fixture(scope="session")
def runs(
    request: pytest.FixtureRequest,
    backend_of: Callable[[str, str], Backend],
    wired_lane: Callable[[], WiredLane],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Runs]:
    """All cases that this session has picked, under way."""
    picked = [case for item in request.session.items if (case := _case_of(item)) is not None]
    if any(case.wired for case in picked):
        wired_lane()
    with ExitStack() as made:
        lanes = []
        for number in range(min(LANES, len(picked))):
            backend = backend_of(POSTGRES_REDIS, f"lane-{number}")
            lanes.append(Lane(backend, tmp_path_factory.mktemp(f"lane-{number}")))
            made.callback(lanes[-1].close)
            lanes[0].wait_until_loaded()  # the others find everything compiled

        def losing_one() -> Lane:
            lane, wire = wired_lane()
            wire.lose(Lost.ANSWER, every=1, at_most=1)
            return lane

        found = Runs(lanes, losing_one)
        made.callback(found.close)
        found.begin(picked)
        yield found


def _case_of(item: Any) -> Case | None:
    callspec = getattr(item, "callspec", None)
    found = callspec.params.get("case") if callspec is not None else None
    return found if isinstance(found, Case) else None
