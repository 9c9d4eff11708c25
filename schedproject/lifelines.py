"""What makes libpq notice that a server is gone without a word: by default it waits for hours."""

from psycopg.conninfo import conninfo_to_dict, make_conninfo

LIFELINES = {
    "connect_timeout": "5",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
}
"""Noticed after about ten seconds, with a statement under way and without."""


def with_lifelines(dsn: str) -> str:
    """The DSN with `LIFELINES`, where it says nothing else."""
    return make_conninfo(
        dsn, **{key: value for key, value in LIFELINES.items() if key not in conninfo_to_dict(dsn)}
    )
