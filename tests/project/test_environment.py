"""What the platform's variables mean, and how a bad one is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest

from schedproject.environment import DEFAULT_LOCK_KEY, BadVariable, Environment, check_ports, check_web, read

POSTGRES = {"SCHED_POSTGRES_DSN": "postgresql://sched:hush@db:5432/sched"}


def test_nothing_set_is_the_embedded_default() -> None:
    """Without a variable: SQLite, memory dispatch, loopback, authentication required."""
    environment = read({})
    assert environment == Environment(
        engine_port=50051,
        engine_address="localhost:50051",
        engine_processes=1,
        metrics_port=9090,
        dashboard_port=8080,
        bind="127.0.0.1",
        auth="required",
        postgres_dsn=None,
        postgres_direct_dsn=None,
        redis_url=None,
        database_path="var/sched.sqlite3",
        leader_lock_key=DEFAULT_LOCK_KEY,
        log_level="info",
        log_format="text",
        otlp_endpoint=None,
        otel_service_name=None,
        shutdown_grace=timedelta(seconds=8),
        retention=None,
        secret_key=None,
        allowed_hosts=(),
        tls_ca=None,
        tls_cert=None,
        tls_key=None,
        rate_limit=6000,
        trusted_proxies=(),
    )


def test_aliases_are_read_where_the_main_name_is_unset() -> None:
    """`POSTGRES_DSN` and `REDIS_ADDR` work; the main names win; an empty variable is an unset one."""
    aliased = read(
        {"POSTGRES_DSN": "postgresql://h/alias", "REDIS_ADDR": "cache:6379", "SCHED_POSTGRES_DSN": " "}
    )
    assert (aliased.postgres_dsn, aliased.redis_url) == ("postgresql://h/alias", "redis://cache:6379/0")
    assert aliased.postgres_variable == "POSTGRES_DSN"
    both = read(
        POSTGRES
        | {"POSTGRES_DSN": "postgresql://h/alias", "SCHED_REDIS_URL": "redis://r/1", "REDIS_ADDR": "c:1"}
    )
    assert (both.postgres_dsn, both.redis_url) == (POSTGRES["SCHED_POSTGRES_DSN"], "redis://r/1")


@pytest.mark.parametrize(
    ("text", "key"),
    [("0x53636845644c6431", DEFAULT_LOCK_KEY), ("42", 42), ("-0x10", -16), (str(2**63 - 1), 2**63 - 1)],
)
def test_the_lock_key_is_decimal_or_hexadecimal(text: str, key: int) -> None:
    """Any signed 64-bit number names the advisory lock."""
    assert read({"SCHED_LEADER_LOCK_KEY": text}).leader_lock_key == key


@pytest.mark.parametrize(
    ("text", "kept"),
    [("1h", timedelta(hours=1)), ("90d", timedelta(days=90)), ("", None), (" 36500d ", timedelta(36500))],
)
def test_retention_is_hours_or_days(text: str, kept: timedelta | None) -> None:
    """Unset and empty keep everything."""
    assert read({"SCHED_RETENTION": text}).retention == kept


REFUSED = [
    ("ENGINE_PORT", "0", "a port number from 1 to 65535"),
    ("ENGINE_PORT", "http", "a port number from 1 to 65535"),
    ("SCHED_METRICS_PORT", "65536", "a port number from 1 to 65535"),
    ("SCHED_ENGINE_PROCESSES", "0", "a whole number from 1 to 64"),
    ("SCHED_ENGINE_PROCESSES", "many", "a whole number from 1 to 64"),
    ("SCHED_RETENTION", "90", "a whole number of hours or days, as 12h or 90d"),
    ("SCHED_RETENTION", "d", "a whole number of hours or days, as 12h or 90d"),
    ("SCHED_RETENTION", "1.5d", "a whole number of hours or days, as 12h or 90d"),
    ("SCHED_RETENTION", "0h", "from 1h to 36500d"),
    ("SCHED_RETENTION", "36501d", "from 1h to 36500d"),
    ("DASHBOARD_PORT", "-1", "a port number from 1 to 65535"),
    ("DASHBOARD_PORT", "٣٣", "a port number from 1 to 65535"),
    ("ENGINE_ADDRESS", "engine", "host:port"),
    ("ENGINE_ADDRESS", "engine:x", "host:port with a port number from 1 to 65535"),
    ("SCHED_BIND", "example.org", "an IP address or localhost"),
    ("SCHED_AUTH", "none", "required or open"),
    ("SCHED_LEADER_LOCK_KEY", "sched", "a signed 64-bit number, decimal or hexadecimal with 0x"),
    (
        "SCHED_LEADER_LOCK_KEY",
        "0x1ffffffffffffffff",
        "a signed 64-bit number, decimal or hexadecimal with 0x",
    ),
    ("SCHED_LOG_LEVEL", "loud", "debug or info or warning or error"),
    ("SCHED_LOG_FORMAT", "xml", "text or json"),
    ("SCHED_OTLP_ENDPOINT", "collector", "an address that starts with http:// or https://"),
    ("SCHED_SHUTDOWN_GRACE_SECONDS", "soon", "a number of seconds from 0 to 3600"),
    ("SCHED_SHUTDOWN_GRACE_SECONDS", "nan", "a number of seconds from 0 to 3600"),
    ("SCHED_SHUTDOWN_GRACE_SECONDS", "-1", "a number of seconds from 0 to 3600"),
    ("SCHED_ALLOWED_HOSTS", "*", "host names separated by commas, without wildcards"),
    ("SCHED_RATE_LIMIT", "-1", "a whole number of requests a minute from 0 (no limit) to 10000000"),
    ("SCHED_RATE_LIMIT", "lots", "a whole number of requests a minute"),
    ("SCHED_TRUSTED_PROXIES", "proxy.example", "IP addresses and networks separated by commas"),
    ("SCHED_TRUSTED_PROXIES", "10.0.0.1/8", "IP addresses and networks separated by commas"),
    ("SCHED_TLS_CA", "/no/such/file", "the path of a file that can be read"),
    ("REDIS_ADDR", "cache", "host:port"),
    ("SCHED_DATABASE_PATH", "/", "the path of a file, not of a folder, or :memory:"),
]


@pytest.mark.parametrize(
    ("name", "value", "rule"), REFUSED, ids=[f"{name}={value}" for name, value, _ in REFUSED]
)
def test_a_bad_value_is_refused(name: str, value: str, rule: str) -> None:
    """The sentence names the variable, the value and what is allowed."""
    with pytest.raises(BadVariable) as refusal:
        read({name: value})
    sentence = str(refusal.value)
    assert sentence.startswith(f"{name} is {value!r}; allowed is {rule}")
    assert sentence.endswith(".")


SECRETS = [
    ("SCHED_POSTGRES_DSN", "postgresql://sched:hush@db:99x/sched", "a port number"),
    ("SCHED_POSTGRES_DSN", "postgresql://sched:hush@db", "it must name a database"),
    ("POSTGRES_DSN", "mysql://sched:hush@db/sched", "a Postgres connection string"),
    ("SCHED_POSTGRES_DIRECT_DSN", "hush", "a Postgres connection string"),
    ("SCHED_REDIS_URL", "http://:hush@cache", "redis://host:port/number"),
    ("SCHED_REDIS_URL", "redis://:hush@cache:x/0", "redis://host:port/number"),
    ("SCHED_SECRET_KEY", "hush", "a random text of at least 32 characters"),
]


@pytest.mark.parametrize(("name", "value", "rule"), SECRETS)
def test_a_bad_value_that_may_be_secret_is_not_echoed(name: str, value: str, rule: str) -> None:
    """The sentence names the variable and the rule, never a password."""
    with pytest.raises(BadVariable, match=name) as refusal:
        read({name: value})
    assert rule in str(refusal.value)
    assert "hush" not in str(refusal.value)


def test_a_long_value_is_shortened() -> None:
    """A refusal quotes at most sixty characters of the value."""
    with pytest.raises(BadVariable) as refusal:
        read({"SCHED_LOG_LEVEL": "x" * 500})
    assert "x" * 59 + "…" in str(refusal.value)
    assert "x" * 60 not in str(refusal.value)


@pytest.mark.parametrize(
    ("variables", "names"),
    [
        ({"SCHED_REDIS_URL": "redis://r/0"}, ("SCHED_REDIS_URL", "SCHED_POSTGRES_DSN", "SQLite")),
        ({"REDIS_ADDR": "r:6379"}, ("SCHED_REDIS_URL", "SCHED_POSTGRES_DSN")),
        (
            {"SCHED_POSTGRES_DIRECT_DSN": "postgresql://h/d"},
            ("SCHED_POSTGRES_DIRECT_DSN", "SCHED_POSTGRES_DSN"),
        ),
        ({"SCHED_AUTH": "open", "SCHED_BIND": "0.0.0.0"}, ("SCHED_AUTH", "'0.0.0.0'", "loopback")),
        ({"SCHED_AUTH": "open", "SCHED_BIND": "::"}, ("SCHED_AUTH", "'::'", "loopback")),
        ({"SCHED_TLS_CERT": __file__}, ("SCHED_TLS_CERT", "SCHED_TLS_KEY")),
    ],
)
def test_a_bad_combination_is_refused(variables: dict[str, str], names: tuple[str, ...]) -> None:
    """Values that are valid alone are refused together, with both variables named."""
    with pytest.raises(BadVariable) as refusal:
        read(variables)
    assert all(name in str(refusal.value) for name in names)


def test_equal_ports_of_one_process_are_refused() -> None:
    """Before anything starts; both are named."""
    check_ports(DASHBOARD_PORT=8080, ENGINE_PORT=50051)
    with pytest.raises(BadVariable, match="DASHBOARD_PORT and ENGINE_PORT are both 8090; they must differ"):
        check_ports(DASHBOARD_PORT=8090, SCHED_METRICS_PORT=9090, ENGINE_PORT=8090)


@pytest.mark.parametrize("bind", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_open_access_is_accepted_on_loopback(bind: str) -> None:
    """`SCHED_AUTH=open` works wherever only this machine can connect."""
    assert read({"SCHED_AUTH": "open", "SCHED_BIND": bind}).open_access


@pytest.mark.parametrize("missing", ["SCHED_SECRET_KEY", "SCHED_ALLOWED_HOSTS"])
def test_beyond_loopback_the_web_process_demands_its_secrets(missing: str) -> None:
    """A key and host names are generated on loopback only."""
    complete = {"SCHED_BIND": "0.0.0.0", "SCHED_SECRET_KEY": "k" * 50, "SCHED_ALLOWED_HOSTS": "sched.example"}
    check_web(read(complete))
    check_web(read({}))
    with pytest.raises(BadVariable, match=f"{missing} is not set and SCHED_BIND is '0.0.0.0'"):
        check_web(read({name: value for name, value in complete.items() if name != missing}))
