"""Connections that processes have to Postgres and Redis, and the table of docs/capacity.md: how many they may have."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

import psutil
import psycopg
import redis

from tests.e2e.harness.backends import Backend, name_of
from tests.e2e.harness.processes import ROOT

PAGE = ROOT / "docs" / "capacity.md"
POSTGRES, REDIS = "Postgres", "Redis"
POOL = "Django's pool"
"""As the page has it; its sessions have no name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What the page says of one kind of connection of one process."""

    process: str
    kind: str
    server: str
    quiet: int
    most: int


def lines() -> list[Line]:
    """The table with the heading `process`; a cell `1 …` counts as 1, whatever explains it."""
    table = PAGE.read_text().partition("| process | what for |")[2].partition("\n\n")[0]
    rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in table.splitlines()[2:]]
    return [
        Line(
            process=row[0], kind=row[1].strip("`"), server=row[2], quiet=_number(row[3]), most=_number(row[4])
        )
        for row in rows
    ]


def _number(cell: str) -> int:
    found = re.match(r"\d+", cell)
    assert found is not None, f"{PAGE.name}: {cell!r} is no number"
    return int(found[0])


class Connections:
    """What the two servers say, by the process whose connection it is."""

    def __init__(self, backend: Backend) -> None:
        self._dsn = backend.variables["SCHED_POSTGRES_DSN"]
        self._redis_url = backend.variables["SCHED_REDIS_URL"]

    def to_postgres(self, pid: int) -> Counter[str]:
        """How many sessions by `application_name`; those without one are the pool's."""
        ours = _ports(pid)
        with psycopg.connect(self._dsn) as connection:
            found = connection.execute(
                "SELECT client_port, application_name FROM pg_stat_activity WHERE datname = %s",
                [name_of(self._dsn)],
            ).fetchall()
        return Counter(name or POOL for port, name in found if port in ours)

    def to_redis(self, pid: int) -> int:
        ours = _ports(pid)
        with redis.Redis.from_url(self._redis_url) as client:
            listed = client.client_list()
        return sum(int(each["addr"].rpartition(":")[2]) in ours for each in listed)


def _ports(pid: int) -> set[int]:
    """Local ports of a process's connections."""
    found = psutil.Process(pid).net_connections("tcp")
    return {each.laddr.port for each in found if each.status == psutil.CONN_ESTABLISHED}
