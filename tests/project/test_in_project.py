"""What the settings of a Django project say to the engine: the variables, and the project's own database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from psycopg.conninfo import conninfo_to_dict

from schedproject.databases import sqlite
from schedproject.environment import BadVariable
from schedproject.in_project import project_environment, sched_settings

POSTGRES: dict[str, Any] = {
    "ENGINE": "django.db.backends.postgresql",
    "NAME": "the shop",
    "USER": "shop",
    "PASSWORD": "it's secret",
    "HOST": "db.example.org",
    "PORT": 5433,
    "OPTIONS": {"sslmode": "require", "pool": True, "isolation_level": 3},
}


def test_postgres_is_the_project_s() -> None:
    """With what libpq knows of its options; the variables of another database are not looked at."""
    elsewhere = {"SCHED_POSTGRES_DSN": "no dsn", "POSTGRES_DSN": "no dsn", "SCHED_DATABASE_PATH": "/"}
    found = project_environment(POSTGRES, elsewhere)
    assert conninfo_to_dict(found.postgres_dsn or "") == {
        "dbname": "the shop",
        "user": "shop",
        "password": "it's secret",
        "host": "db.example.org",
        "port": "5433",
        "sslmode": "require",
    }
    assert found.postgres_variable == "DATABASES['default']"
    assert found.unknown == ()


def test_sqlite_is_the_project_s(tmp_path: Path) -> None:
    """As `schedproject.databases.sqlite` makes it."""
    found = project_environment(sqlite(str(tmp_path / "shop.sqlite3")), {})
    assert (found.postgres_dsn, found.database_path) == (None, str(tmp_path / "shop.sqlite3"))


def test_variables_are_those_of_every_process() -> None:
    """And are checked alike."""
    given = {"ENGINE_PORT": "50052", "SCHED_REDIS_URL": "redis://cache:6379/0", "SCHED_AUTH": "open"}
    found = project_environment(POSTGRES, given)
    assert (found.engine_port, found.redis_url, found.open_access) == (50052, "redis://cache:6379/0", True)
    with pytest.raises(BadVariable, match="ENGINE_PORT is 'x'; allowed is a port number"):
        project_environment(POSTGRES, {"ENGINE_PORT": "x"})


@pytest.mark.parametrize(
    ("database", "variables", "told"),
    [
        (
            {"ENGINE": "django.db.backends.mysql"},
            {},
            "has the ENGINE 'django.db.backends.mysql'; allowed are",
        ),
        ({**POSTGRES, "NAME": ""}, {}, "has no NAME; it must name a database"),
        ({"ENGINE": "django.db.backends.sqlite3", "NAME": "x"}, {}, "is SQLite without OPTIONS"),
        (sqlite("x"), {"SCHED_REDIS_URL": "redis://cache"}, "SCHED_REDIS_URL is set and DATABASES"),
        (POSTGRES, {"ENGINE_PORT": "9090"}, "ENGINE_PORT and SCHED_METRICS_PORT are both 9090"),
        (POSTGRES, {"SCHED_BIND": "0.0.0.0"}, "SCHED_TLS_CERT is not set and SCHED_BIND is '0.0.0.0'"),
    ],
    ids=["mysql", "no name", "sqlite", "redis", "ports", "clear text"],
)
def test_what_cannot_work_is_refused(database: dict[str, Any], variables: dict[str, str], told: str) -> None:
    """With what is wrong, its value and what is allowed."""
    with pytest.raises(BadVariable) as refusal:
        project_environment(database, variables)
    assert told in str(refusal.value)


def test_a_refusal_ends_the_process_in_one_sentence() -> None:
    """As that of any process of ours."""
    with pytest.raises(SystemExit, match=r"^sched: DATABASES\['default'\] has the ENGINE ''"):
        sched_settings({"default": {}}, {})


def test_unknown_variables_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    """With the one that may be meant."""
    sched_settings({"default": POSTGRES}, {"SCHED_REDIS_ULR": "x"})
    assert "SCHED_REDIS_ULR (is it SCHED_REDIS_URL?)" in capsys.readouterr().err


def test_no_credential_is_in_its_repr() -> None:
    """Django's error pages show the settings."""
    given = {"SCHED_REDIS_URL": "redis://:hush@cache", "SCHED_POSTGRES_DIRECT_DSN": "dbname=x password=hush"}
    found = project_environment({**POSTGRES, "PASSWORD": "hush"}, given | {"SCHED_SECRET_KEY": "hush" * 20})
    assert "hush" in f"{found.redis_url}{found.postgres_dsn}{found.postgres_direct_dsn}{found.secret_key}"
    assert "hush" not in repr(found)
