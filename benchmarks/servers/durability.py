"""Whether what is measured would survive a crash: asked of the server itself, while it is under load."""

from typing import Any

import psycopg

from benchmarks.servers.ground import Ground

SETTINGS = ("server_version", "fsync", "synchronous_commit", "full_page_writes", "wal_sync_method")


def settings_in_use(ground: Ground) -> dict[str, Any]:
    """The server's settings and its unlogged tables.

    Raises:
        SystemExit: a crash would lose what was acknowledged; the figures would be worth nothing.
    """
    with psycopg.connect(ground.dsn, autocommit=True) as connection:
        found = {name: connection.execute(f"SHOW {name}").fetchone()[0] for name in SETTINGS}  # type: ignore[index]
        query = "SELECT relname FROM pg_class WHERE relpersistence = 'u' AND relkind IN ('r', 'p')"
        found["unlogged_tables"] = [row[0] for row in connection.execute(query).fetchall()]
        # A session may turn it off for itself.
        query = "SELECT setconfig FROM pg_db_role_setting"
        found["overridden"] = [row[0] for row in connection.execute(query).fetchall()]
    if (found["fsync"], found["synchronous_commit"]) != ("on", "on") or found["unlogged_tables"]:
        raise SystemExit(f"not durable: {found}")
    return found
